"""The page of what surveys and catalogues ask to be cited."""

from _pages.text import entry, page, plain
from stellarwh.surveys.citations.known import (
    Ask,
    ask_of_survey,
    asks_of_columns,
    asks_of_software,
    known_references,
)
from stellarwh.surveys.known import read_survey, survey_names


def pages() -> dict[str, str]:
    """Return the page, by its name."""
    catalogues = {
        ask.title: ask for name in survey_names() for ask, _ in asks_of_columns(name)
    }
    bibtex = "\n\n".join(r.bibtex for r in known_references().values())
    return {
        "acknowledgements": page(
            "Acknowledgements",
            "What surveys, the catalogues that their columns are from, and the "
            "software ask to be cited. `stellarwh cite` prints what the files in a "
            "warehouse ask for: [Cite what you used](../../howto/cite.md).",
            *(
                entry(f"cite-{name}", asks[0].title.split(":")[0], _told(asks))
                for name, asks in _of_surveys().items()
            ),
            entry(
                "cite-columns",
                "Catalogues that columns are from",
                _told(list(catalogues.values())),
            ),
            entry(
                "cite-software", "Software", _told([a for a, _ in asks_of_software()])
            ),
            entry("cite-bibtex", "BibTeX", f"```bibtex\n{bibtex}\n```"),
        )
    }


def _of_surveys() -> dict[str, list[Ask]]:
    """Return the asks of each survey's releases, once where they ask alike."""
    found: dict[str, list[Ask]] = {}
    for name in survey_names():
        releases = [r.name for r in read_survey(name).releases]
        for ask in (ask_of_survey(name, release) for release in releases):
            alike = [a for a in found.get(name, []) if _alike(a, ask)]
            if not alike:
                found.setdefault(name, []).append(ask)
    return found


def _alike(one: Ask, other: Ask) -> bool:
    return (one.references, one.acknowledgement) == (
        other.references,
        other.acknowledgement,
    )


def _told(asks: list[Ask]) -> str:
    parts = []
    for ask in asks:
        cited = ", ".join(plain(r.label) for r in ask.references)
        also = "".join(
            f" For {plain(of)}, too: {', '.join(plain(r.label) for r in more)}."
            for of, more in ask.also
        )
        parts.append(f"**{plain(ask.title)}.** Cite {cited}.{also}")
        if ask.acknowledgement is not None:
            parts.append(f"> {plain(ask.acknowledgement.text)}")
        address = ask.instructions or (
            ask.acknowledgement.source if ask.acknowledgement else None
        )
        if address:
            parts.append(f"<{address}>")
    return "\n\n".join(parts)
