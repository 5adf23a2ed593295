"""Find the star that somebody means: by an id, a survey's name, or a position."""

import re
from dataclasses import dataclass

import duckdb

from stellarwh.errors import UsageError, WarehouseError
from stellarwh.explain.asking import Row, literal, rows_of, select
from stellarwh.explain.explanation import Step
from stellarwh.quoting import quote_text
from stellarwh.runtime.plain_text import short

KINDS = ("star_id", "gaia_dr3", "gaia_dr2", "name", "position")
_STARS = {
    "star_id": ("star_id", "star_id"),
    "gaia_dr3": ("gaia_dr3_source_id", "Gaia DR3 id"),
    "gaia_dr2": ("gaia_dr2_source_id", "Gaia DR2 id"),
}
_NAMES = ("survey_star_id", "source_id", "designation")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_DEGREES = re.compile(rf"({_NUMBER})(?:\s*,\s*|\s+)({_NUMBER})")
_PARTS = r"(\d{1,3})[:hd ]\s*(\d{1,2})[:m ]\s*(\d{1,2}(?:\.\d*)?)s?"
_SEXAGESIMAL = re.compile(rf"{_PARTS}(?:\s*,\s*|\s+)([+-]?){_PARTS}")
_MOST_ID = 2**63 - 1
_LISTED = 5


@dataclass(frozen=True)
class Found:
    """A star, and what its name was taken for.

    Attributes
    ----------
    star_id : int
    taken_for : str
        Its star_id, a Gaia id, a name in a survey, the star nearest to a position.
    step : Step
        How it was found.
    """

    star_id: int
    taken_for: str
    step: Step


def find_star(
    connection: duckdb.DuckDBPyConnection, asked: str, kind: str | None, radius: float
) -> Found:
    """Return the one star that is meant.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse.
    asked : str
        A star_id, a Gaia id, a survey's name or id, or a position: degrees, or hours
        and degrees with colons.
    kind : str, optional
        One of `KINDS`; without it whatever fits.
    radius : float
        How far from a position the star may be, in arcsec.

    Raises
    ------
    UsageError
        If no position is given where one was said to be, or there is no such one.
    WarehouseError
        If there is no such star, or several.
    """
    position = position_of(asked)
    if kind == "position" and position is None:
        raise UsageError(
            f"{short(asked)} is no position; give right ascension and declination in "
            "degrees, as '10.68 41.27', or with colons, '00:42:44.3 +41:16:09'."
        )
    if position is not None and kind in (None, "position"):
        return _nearest(connection, asked, position, radius)
    found: list[Found] = []
    if asked.isascii() and asked.isdigit() and int(asked) <= _MOST_ID:
        for which, (column, words) in _STARS.items():
            if kind in (None, which):
                found += _by_id(connection, column, words, int(asked))
    if kind in (None, "name"):
        found += _by_name(connection, asked)
    stars = {one.star_id for one in found}
    if len(stars) == 1:
        words = " and ".join(dict.fromkeys(one.taken_for for one in found))
        return Found(found[0].star_id, words, found[0].step)
    if stars:
        raise WarehouseError(_ambiguous(asked, found))
    raise WarehouseError(_missing(connection, asked, kind))


def position_of(asked: str) -> tuple[float, float] | None:
    """Return right ascension and declination in degrees; None of anything else.

    Raises
    ------
    UsageError
        If it is written as a position and lies nowhere on the sky.

    Examples
    --------
    >>> position_of("10.68, 41.27")
    (10.68, 41.27)
    >>> position_of("00:42:00 -41:30:00")
    (10.5, -41.5)
    >>> position_of("2M00000002+7417074")
    """
    written = _DEGREES.fullmatch(asked)
    parts = _SEXAGESIMAL.fullmatch(asked)
    if written is not None:
        ra, dec = float(written[1]), float(written[2])
        inside = -180 <= ra <= 360 and -90 <= dec <= 90
    elif parts is not None:
        hours, minutes, seconds = (float(parts[i]) for i in (1, 2, 3))
        degrees, arcminutes, arcseconds = (float(parts[i]) for i in (5, 6, 7))
        ra = 15 * (hours + minutes / 60 + seconds / 3600)
        dec = degrees + arcminutes / 60 + arcseconds / 3600
        dec = -dec if parts[4] == "-" else dec
        inside = ra <= 360 and -90 <= dec <= 90
        inside = inside and max(minutes, seconds, arcminutes, arcseconds) < 60
    else:
        return None
    if not inside:
        raise UsageError(
            f"{short(asked)} lies nowhere on the sky: right ascension is 0 to 360 "
            "degrees (0 to 24 hours), declination -90 to 90."
        )
    return ra, dec


def _nearest(
    connection: duckdb.DuckDBPyConnection,
    asked: str,
    position: tuple[float, float],
    radius: float,
) -> Found:
    cone = f"cone_search('main.stars', {position[0]!r}, {position[1]!r}, {radius!r})"
    sql = select(["star_id", "separation"], cone, (), ["separation", "star_id"])
    rows = rows_of(connection, sql)
    if not rows:
        raise WarehouseError(
            f"No star lies within {radius:g}″ of {asked}; give a larger --radius."
        )
    others = f"; {len(rows) - 1} more within {radius:g}″" if len(rows) > 1 else ""
    away = f"the nearest star to that position, {rows[0]['separation']:.2f}″ away"
    step = Step((f"taken for {away}{others}",), sql, tuple(rows))
    return Found(rows[0]["star_id"], f"{away}{others}", step)


def _by_id(
    connection: duckdb.DuckDBPyConnection, column: str, words: str, value: int
) -> list[Found]:
    sql = select(["star_id"], "main.stars", [f"{column} = {value}"])
    rows = rows_of(connection, sql)
    return [
        Found(
            row["star_id"], f"its {words}", Step((f"taken for a {words}",), sql, (row,))
        )
        for row in rows
    ]


def _by_name(connection: duckdb.DuckDBPyConnection, asked: str) -> list[Found]:
    name = quote_text(asked)
    sql = select(
        ["star_id", "survey", *_NAMES],
        "main.measurements",
        ["\n    or ".join(f"{column} = {name}" for column in _NAMES)],
        ["star_id", "survey", "source_id"],
    )
    rows = rows_of(connection, sql)
    placed = [row for row in rows if row["star_id"] is not None]
    if rows and not placed:
        raise WarehouseError(
            f"{short(asked)} is a row of {rows[0]['survey']} without a position: it is "
            'of no star; stellarwh query "from main.measurements where source_id = '
            f'{quote_text(rows[0]["source_id"])}" shows it.'
        )
    found = []
    for star in dict.fromkeys(row["star_id"] for row in placed):
        own = tuple(row for row in placed if row["star_id"] == star)
        words = _called(own, asked)
        found.append(
            Found(star, words, Step((f"taken for {words}",), sql, tuple(rows)))
        )
    return found


def _called(rows: tuple[Row, ...], asked: str) -> str:
    """Return in which columns of which surveys a name stands."""
    surveys: dict[str, list[str]] = {}
    for row in rows:
        for column in _NAMES:
            if row[column] == asked:
                surveys.setdefault(column, [])
                if row["survey"] not in surveys[column]:
                    surveys[column].append(row["survey"])
    return ", ".join(
        f"the {column} in {' and '.join(which)}" for column, which in surveys.items()
    )


def _ambiguous(asked: str, found: list[Found]) -> str:
    told = [f"{one.taken_for} of star {one.star_id}" for one in found]
    more = f" and {len(told) - _LISTED} more" if len(told) > _LISTED else ""
    kinds = {one.taken_for for one in found}
    say = " (with --kind star_id)" if len(kinds) > 1 else ""
    told = [text.removeprefix("its ") for text in told[:_LISTED]]
    return (
        f"{short(asked)} may be several stars: {', '.join(told)}{more}. "
        f"Name one by its star_id{say}."
    )


def _missing(
    connection: duckdb.DuckDBPyConnection, asked: str, kind: str | None
) -> str:
    what = "star_id, Gaia id, survey's id or name" if kind is None else kind
    said = f"No star has the {what} {short(asked)}."
    if kind in (None, "name") and (near := _near(connection, asked)):
        quoted = " or ".join(f"'{name}'" for name in near)
        return f"{said} Did you mean {quoted}?"
    return (
        f"{said} Give another, or a position, as: stellarwh explain 10.68 41.27"
        if kind is None
        else f"{said} Leave out --kind to look for it as anything."
    )


def _near(connection: duckdb.DuckDBPyConnection, asked: str) -> list[str]:
    """Return names of surveys that are written nearly so."""
    if len(asked) < 4 or len(asked) > 60 or asked.isdigit():
        return []
    text = literal(asked.lower())
    rows = connection.execute(
        f"""
        with names as (
            select distinct unnest([{", ".join(_NAMES)}]) as name
            from main.measurements
            where star_id is not null
        ),
        judged as (
            select
                name,
                case
                    when starts_with(lower(name), {text}) then 0
                    when abs(len(name) - len({text})) < 3
                        then levenshtein(lower(name), {text})
                end as distance
            from names
        )
        select name from judged where distance < 3 order by distance, name limit 3
        """  # noqa: S608 - a quoted text
    ).fetchall()
    return [name for (name,) in rows]
