"""What a warehouse's files ask to be cited: of each release, of its columns, of us."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import wrap

import duckdb

from stellarwh.errors import UsageError
from stellarwh.quoting import quote_identifier, quote_table
from stellarwh.surveys.citations.known import (
    Ask,
    Reference,
    ask_of_survey,
    asks_of_columns,
    asks_of_software,
)
from stellarwh.surveys.known import survey_names
from stellarwh.warehouse.files.whole_file import whole_file
from stellarwh.warehouse.tables import count_rows, table_names

_WIDTH = 88
# How the words of an acknowledgement are known, for who is to print them.
_KNOWN = {
    "read": "as its page has it",
    "relayed": "as others quote its page",
    "recalled": "from memory: look there first",
}


@dataclass(frozen=True)
class Citations:
    """What the files of a warehouse ask to be cited.

    Printed, it is the text of ``stellarwh cite``.

    Parameters
    ----------
    asks : tuple of Ask
        Of surveys, of catalogues that columns are from, and of the software.
    simulated, own : tuple of str
        Tables with simulated rows, and catalogues of the user's own.
    """

    asks: tuple[Ask, ...]
    simulated: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    n_software: int = 0  # the last of the asks

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every reference, once."""
        found = (
            reference
            for ask in self.asks
            for some in (ask.references, *(more for _, more in ask.also))
            for reference in some
        )
        return tuple({reference.key: reference for reference in found}.values())

    @property
    def bibtex(self) -> str:
        """Their entries, one after another."""
        return "\n\n".join(map(_entry, self.references))

    def write(
        self, file: Path, *, bibtex: bool = False, overwrite: bool = False
    ) -> None:
        """Write it to a file, which appears whole or not at all.

        Parameters
        ----------
        file : pathlib.Path
            The file.
        bibtex : bool
            The entries alone.
        overwrite : bool
            Replace a file that exists.

        Raises
        ------
        UsageError
            If there is one already.
        WarehouseError
            If it cannot be written.
        """
        if file.exists() and not overwrite:
            raise UsageError(f"{file} exists already; add --overwrite to replace it.")
        text = self.bibtex if bibtex else str(self)
        with whole_file(file) as partial:
            partial.write_text(f"{text}\n", encoding="utf-8")

    def __str__(self) -> str:
        """Return it in words, with the entries at the end."""
        return "\n".join([*self._lines(), "", "# BibTeX", "", self.bibtex])

    def _lines(self) -> Iterator[str]:
        data = self.asks[: len(self.asks) - self.n_software]
        yield "# Data"
        for ask in data:
            yield from _told(ask)
        if self.simulated:
            yield from _paragraph(
                f"{_listed(self.simulated)}: SIMULATED. Nothing is to be cited for "
                "these rows: stellarwh made them up in the layout of the releases, and "
                "nobody observed them. Say so where you show them."
            )
        if self.own:
            yield from _paragraph(
                f"{_listed(self.own)}: not a survey that stellarwh knows. What to cite "
                "for it you must find out: it stands with whoever published the file."
            )
        if not (data or self.simulated or self.own):
            yield from _paragraph("No catalogue is ingested: no data are to be cited.")
        yield from ("", "# Software")
        for ask in self.asks[len(data) :]:
            yield from _told(ask)


def _entry(reference: Reference) -> str:
    if not reference.recalled:
        return reference.bibtex
    # BibTeX skips what stands between entries.
    which = ", ".join(reference.recalled)
    return f"% From memory, to be compared with ADS: {which}.\n{reference.bibtex}"


def _told(ask: Ask) -> Iterator[str]:
    yield from ("", f"## {ask.title}", "")
    cited = "; ".join(f"{r.label} [{r.key}]" for r in ask.references)
    yield from wrap(f"Cite: {cited}.", _WIDTH)
    for of, references in ask.also:
        more = "; ".join(f"{r.label} [{r.key}]" for r in references)
        yield from wrap(f"For {of}, too: {more}.", _WIDTH)
    words = ask.acknowledgement
    if words is not None:
        yield f"Acknowledge ({_KNOWN[words.known]}, {words.source}):"
        yield from _paragraph(words.text)
    if ask.instructions and (words is None or words.source != ask.instructions):
        yield f"All that is asked for: {ask.instructions}"


def _paragraph(text: str) -> list[str]:
    return ["", *wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def citations(connection: duckdb.DuckDBPyConnection) -> Citations:
    """Return what the files in a warehouse ask to be cited.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    """
    releases, simulated, own = _ingested(connection)
    surveys = [ask_of_survey(survey, release) for survey, release in releases]
    software = [_with_version(*found) for found in asks_of_software()]
    catalogues = _catalogues(connection, sorted({survey for survey, _ in releases}))
    return Citations(
        (*surveys, *catalogues, *software),
        simulated=tuple(simulated),
        own=tuple(own),
        n_software=len(software),
    )


def _ingested(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[list[tuple[str, str | None]], list[str], list[str]]:
    """Return the releases that were observed, and tables simulated and one's own.

    Pairs that a match stored are of catalogues that stand there themselves.
    """
    # An earlier version's ingests do not say what they are made of.
    made_of = "made_of" in _columns(connection, "meta", "ingests")
    of_files = "where made_of is null " if made_of else ""
    rows = connection.execute(
        "select distinct survey, release, is_simulated, false as is_spectra "  # noqa: S608 - one of two texts
        f"from meta.ingests {of_files}order by all"
    ).fetchall()
    if any(str(table) == "raw.spectra" for table in table_names(connection)):
        rows += connection.execute(
            "select distinct survey, release, is_simulated, true from raw.spectra "
            "where refusal is null order by all"
        ).fetchall()
    releases: dict[tuple[str, str | None], None] = {}
    simulated: dict[str, None] = {}
    own: dict[str, None] = {}
    known = survey_names()
    for survey, release, is_simulated, is_spectra in rows:
        if not is_spectra and not count_rows(connection, f"raw.{survey}"):
            continue
        table = f"spectra of {survey}" if is_spectra else f"raw.{survey}"
        if is_simulated:
            simulated[table] = None
        elif survey in known:
            releases[survey, release] = None
        else:
            own[table] = None
    # A spectrum often says less of its release than the catalogue does.
    named = {survey for survey, release in releases if release}
    kept = [found for found in releases if found[1] or found[0] not in named]
    return kept, list(simulated), list(own)


def _catalogues(
    connection: duckdb.DuckDBPyConnection, surveys: list[str]
) -> Iterator[Ask]:
    """Return the asks of catalogues that columns of these surveys are from."""
    found: dict[str, tuple[Ask, list[str]]] = {}
    for survey in surveys:
        columns = _filled(connection, survey)
        for ask, patterns in asks_of_columns(survey):
            used = [c for c in columns if any(fnmatchcase(c, p) for p in patterns)]
            if used:
                _, tables = found.setdefault(ask.title, (ask, []))
                more = f" and {len(used) - 1} more" if len(used) > 1 else ""
                tables.append(f"{used[0]}{more} of raw.{survey}")
    for ask, tables in found.values():
        yield _renamed(ask, f"{ask.title}: {', '.join(tables)}")


def _filled(connection: duckdb.DuckDBPyConnection, survey: str) -> list[str]:
    """Return the columns of a raw table that hold a value; it may be gone."""
    table = f"raw.{survey}"
    names = _columns(connection, "raw", survey)
    patterns = [p for _, some in asks_of_columns(survey) for p in some]
    asked = [n for n in names if any(fnmatchcase(n, p) for p in patterns)]
    if not asked:
        return []
    counts = ", ".join(f"count({quote_identifier(name)})" for name in asked)
    (row,) = connection.execute(
        f"select {counts} from {quote_table(table)}"  # noqa: S608 - quoted identifiers
    ).fetchall()
    return [name for name, n in zip(asked, row, strict=True) if n]


def _columns(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str
) -> list[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where schema_name = ? "
        "and table_name = ? and database_name = current_database() "
        "order by column_index",
        [schema, table],
    ).fetchall()
    return [name for (name,) in rows]


def _with_version(ask: Ask, package: str) -> Ask:
    for name in (package, package.removesuffix("-cpu")):
        try:
            return _renamed(ask, f"{ask.title} {version(name)}")
        except PackageNotFoundError:
            continue
    return ask


def _renamed(ask: Ask, title: str) -> Ask:
    return Ask(title, ask.references, ask.acknowledgement, ask.instructions, ask.also)
