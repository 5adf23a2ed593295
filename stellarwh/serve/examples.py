"""Queries to begin with: on the page of the service, and as DALI has examples."""

from dataclasses import dataclass
from html import escape

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["EXAMPLES", "Example", "examples"]


@dataclass(frozen=True)
class Example:
    """A query to begin with.

    Parameters
    ----------
    id : str
        Within the page.
    title, text : str
        What it is.
    query : str
        In ADQL, of a kind that 2.0 has, too: clients look at it with either.
    """

    id: str
    title: str
    text: str
    query: str


EXAMPLES = (
    Example(
        "kiel",
        "A Kiel diagram",
        "Teff, log g and [Fe/H] as APOGEE has them, of spectra with S/N above 100.",
        "SELECT TOP 5000 star_id, teff, logg, fe_h, snr\n"
        "FROM main.measurements\n"
        "WHERE survey = 'apogee' AND snr > 100\n"
        "    AND teff IS NOT NULL AND logg IS NOT NULL",
    ),
    Example(
        "cone",
        "Stars around a position",
        "All stars within half a degree of a place, the nearest first.",
        "SELECT star_id, ra, dec, surveys,\n"
        "    DISTANCE(\n"
        "        POINT('ICRS', ra, dec), POINT('ICRS', 300.9, -6.0)) AS separation\n"
        "FROM main.stars\n"
        "WHERE 1 = CONTAINS(\n"
        "    POINT('ICRS', ra, dec), CIRCLE('ICRS', 300.9, -6.0, 0.5))\n"
        "ORDER BY separation",
    ),
    Example(
        "surveys",
        "Stars by how many surveys saw them",
        "Counts of stars: how many were seen by one survey, by two, by three.",
        "SELECT n_surveys, COUNT(*) AS stars\n"
        "FROM main.stars\n"
        "GROUP BY n_surveys\n"
        "ORDER BY n_surveys",
    ),
    Example(
        "measurements",
        "What each survey says of the same stars",
        "The clean measurements of stars that three surveys saw.",
        "SELECT TOP 1000 m.star_id AS star, m.survey, m.teff, m.logg, m.fe_h, m.snr\n"
        "FROM main.measurements AS m\n"
        "JOIN main.stars AS s ON s.star_id = m.star_id\n"
        "WHERE s.n_surveys = 3 AND m.teff IS NOT NULL\n"
        "ORDER BY star, survey",
    ),
    Example(
        "columns",
        "What columns there are",
        "Columns whose values are effective temperatures, of whichever table.",
        "SELECT table_name, column_name, unit, description\n"
        "FROM TAP_SCHEMA.columns\n"
        "WHERE ucd LIKE 'phys.temperature.effective%'\n"
        "ORDER BY table_name, column_name",
    ),
)


async def examples(_: Request) -> Response:
    """Give the examples as DALI has them: XHTML with RDFa."""
    inside = "".join(
        f'<div typeof="example" id="{known.id}" resource="#{known.id}">\n'
        f'<h2 property="name">{escape(known.title)}</h2>\n'
        f"<p>{escape(known.text)}</p>\n"
        f'<pre property="query">{escape(known.query)}</pre>\n</div>\n'
        for known in EXAMPLES
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" lang="en">\n'
        "<head><title>Examples of queries</title></head>\n"
        '<body vocab="http://www.ivoa.net/rdf/examples#">\n'
        f"<h1>Examples of queries</h1>\n{inside}</body>\n</html>\n"
    )
    return Response(text, media_type="application/xhtml+xml")
