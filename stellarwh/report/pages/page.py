"""What every page has."""

from dataclasses import dataclass
from typing import Any

from stellarwh.report.figures.data import FigureData
from stellarwh.report.figures.figure import Asked
from stellarwh.report.names import slug
from stellarwh.report.provenance import Provenance
from stellarwh.report.reader import Reader
from stellarwh.surveys.known import staged_surveys


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
    figures : tuple of Asked
        All that are drawn on it.
    """

    file: str
    title: str
    group: str
    template: str
    provenance: Provenance
    content: dict[str, Any]
    state: str = ""
    figures: tuple[Asked, ...] = ()


class Figures:
    """Asks for the figures of one page by name, and knows afterwards which they were.

    Parameters
    ----------
    reader : Reader
        The warehouse.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._asked: list[Asked] = []

    def __call__(self, name: str, **parameters: Any) -> FigureData | None:
        """Return the rows of a figure; None where the warehouse lacks what it reads."""
        data = self._reader.figure(name, **parameters)
        if data:
            self._asked.append(data.asked)
        return data

    @property
    def asked(self) -> tuple[Asked, ...]:
        """All figures that had rows."""
        return tuple(self._asked)


def survey_file(survey: str) -> str:
    """Return the file name of the page of a survey.

    A catalogue of the user's own that is taken for one may be called as a page is.
    """
    known = survey in staged_surveys()
    return file_name(survey) if known else file_name("survey", survey)


def catalogue_file(name: str) -> str:
    """Return the file name of a catalogue's page."""
    return file_name("catalogue", name)


def file_name(*words: str) -> str:
    """Return the file name of a page; no two pages have the same.

    Underscores become hyphens where one word alone has them: of two, nobody could
    tell where the first ends.
    """
    slugs = [slug(word) for word in words]
    if len(slugs) < 3:
        slugs = [word.replace("_", "-") for word in slugs]
    return "-".join(slugs) + ".html"
