"""What every page has."""

from dataclasses import dataclass
from typing import Any

from stellarwh.report.names import slug
from stellarwh.report.provenance import Provenance


@dataclass(frozen=True)
class Page:
    """A page before it is rendered.

    Parameters
    ----------
    file : str
        Name of the HTML file.
    title : str
        Heading, and the words of a link to the page.
    group : str
        Part of the navigation it stands in.
    template : str
        Template without its ending.
    provenance : Provenance
        Of the data on this page.
    content : dict
        What the template shows.
    state : str
        What the page would be written again for, where that is seldom.
    """

    file: str
    title: str
    group: str
    template: str
    provenance: Provenance
    content: dict[str, Any]
    state: str = ""


def file_name(*words: str) -> str:
    """Return the file name of a page; no two pages have the same.

    Underscores become hyphens where one word alone has them: of two, nobody could
    tell where the first ends.
    """
    slugs = [slug(word) for word in words]
    if len(slugs) < 3:
        slugs = [word.replace("_", "-") for word in slugs]
    return "-".join(slugs) + ".html"
