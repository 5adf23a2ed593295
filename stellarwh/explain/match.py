"""Fourth stage: what makes rows of several catalogues one star."""

from collections.abc import Sequence
from itertools import combinations

import duckdb

from stellarwh.explain.asking import Row, rows_of, select, shown
from stellarwh.explain.explanation import Stage, Step
from stellarwh.explain.raw import RawRow
from stellarwh.quoting import quote_text

# A pair of surveys in either order, beside what chance alone would give.
_PAIRS = """matching.matches as pairs
left join matching.surveys as stars on pairs.survey_left = stars.survey
left join matching.chance_matches as chance
    on
        pairs.survey_left = chance.survey_left
        and pairs.survey_right = chance.survey_right"""
_COLUMNS = (
    "pairs.survey_left", "pairs.survey_right", "separation", "match_radius() as radius",
    "ids_agree", "matched_by", "is_moved", "coalesce(n_chance, 0) as n_chance",
    "n_stars",
    "coalesce(n_chance, 0) / n_stars"
    " * pow(least(separation / match_radius(), 1), 2) as chance",
)  # fmt: skip


def tell_match(
    connection: duckdb.DuckDBPyConnection, star: Row, rows: Sequence[RawRow]
) -> Stage:
    """Return the pairs that make one star of rows of several surveys."""
    best = [row for row in rows if row.measured["is_best"]]
    steps = [_pair(connection, *pair) for pair in combinations(best, 2)]
    if len(best) < 2:
        sql = select(
            ["n_surveys", "surveys"], "main.stars", [f"star_id = {star['star_id']}"]
        )
        lines = ("seen by one survey: there is no pair to match",)
        steps.append(Step(lines, sql, tuple(rows_of(connection, sql))))
    if best and (star["has_conflict"] or len(best) > 1):
        steps += _disagreements(connection, best)
    return Stage("match", "What makes them one star", tuple(steps))


def _pair(connection: duckdb.DuckDBPyConnection, one: RawRow, other: RawRow) -> Step:
    # Names of surveys are in order in the table.
    left, right = sorted((one, other), key=lambda row: row.survey)
    where = [
        f"pairs.survey_left = {quote_text(left.survey)}",
        f"source_id_left = {quote_text(left.measured['source_id'])}",
        f"pairs.survey_right = {quote_text(right.survey)}",
        f"source_id_right = {quote_text(right.measured['source_id'])}",
    ]
    sql = select(list(_COLUMNS), _PAIRS, where)
    rows = rows_of(connection, sql)
    names = f"{left.survey} and {right.survey}"
    if not rows:
        line = f"{names}: no pair of their own; another survey joins them"
        return Step((line,), sql, ())
    return Step(
        tuple(line for row in rows for line in _told(names, row)), sql, tuple(rows)
    )


def _told(names: str, row: Row) -> list[str]:
    agree = {
        True: "their Gaia ids agree",
        False: "their Gaia ids differ",
        None: "no Gaia id of one release in both",
    }[row["ids_agree"]]
    moved = ", moved to a common epoch" if row["is_moved"] else ""
    stars = f"{row['n_stars'] or 0:,}"
    chance = (
        f"  by chance: none of {stars} stars is so near when all are moved by 1′"
        if not row["n_chance"]
        else f"  so near by chance: {shown(row['chance'], 2)} ({row['n_chance']:,} of "
        f"{stars} stars within the radius when all are moved by 1′)"
    )
    return [
        f"{names}: {row['separation']:.3f}″ apart{moved} (radius {row['radius']:g}″)",
        f"  {agree}",
        chance,
    ]


def _disagreements(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[RawRow]
) -> list[Step]:
    ids = ", ".join(
        f"({quote_text(row.survey)}, {quote_text(row.measured['source_id'])})"
        for row in rows
    )
    sql = select(
        [
            "survey_left", "source_id_left", "survey_right", "source_id_right",
            "disagreement", "gaia_release", "gaia_source_id_left",
            "gaia_source_id_right", "separation", "is_same_star",
        ],
        "matching.disagreements",
        [
            f"((survey_left, source_id_left) in ({ids})\n    or "
            f"(survey_right, source_id_right) in ({ids}))"
        ],
    )  # fmt: skip
    found = rows_of(connection, sql)
    if not found:
        return []
    lines = []
    for row in found:
        taken = "one star all the same" if row["is_same_star"] else "not taken for one"
        lines.append(
            f"{row['survey_left']} {row['source_id_left']} and {row['survey_right']} "
            f"{row['source_id_right']}: {row['disagreement']}"
        )
        lines.append(
            f"  Gaia {row['gaia_release']} {row['gaia_source_id_left']} and "
            f"{row['gaia_source_id_right']}, {row['separation']:.3f}″; {taken}"
        )
    return [Step(tuple(lines), sql, tuple(found))]
