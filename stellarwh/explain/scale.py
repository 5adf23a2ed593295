"""Fifth stage: each measured value on the one scale of all surveys."""

from collections.abc import Iterator, Sequence

import duckdb

from stellarwh.explain.asking import Row, filled, listed, rows_of, select, shown
from stellarwh.explain.explanation import Stage, Step
from stellarwh.quoting import quote_text

_COLUMNS = (
    "survey", "source_id", "quantity", "measured", "measured_err", "terms",
    "correction", "correction_err", '"value"', "err", "weight", "in_range",
)  # fmt: skip
_FACTORS = (
    "survey", "stage_group", "snr_low", "snr_high", "factor", "floor_err",
    "missing_err", "least_err",
)  # fmt: skip
_PLACE = ("teff", "logg", "fe_h")
_CALIBRATE = "run 'stellarwh calibrate' for trends and errors that hold"


def tell_scale(
    connection: duckdb.DuckDBPyConnection,
    star_id: int,
    snrs: dict[tuple[str, str], float | None],
    quantities: Sequence[str],
) -> Stage:
    """Return each value on the scale: its correction by terms, its error, its weight.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse.
    star_id : int
        Of the star.
    snrs : dict
        S/N of each survey's rows, by survey and source_id.
    quantities : sequence of str
        Which are told.
    """
    scale = _in_use(connection)
    reference = scale.rows[0]["reference"] if scale.rows else None
    steps = [scale]
    place_step, place = _place(connection, star_id)
    steps.append(place_step)
    rows = rows_of(
        connection,
        select(list(_COLUMNS), "main.calibrated", _of(star_id, quantities), _ORDER),
    )
    for quantity in quantities:
        own = [row for row in rows if row["quantity"] == quantity]
        steps.append(_values(star_id, quantity, own, reference))
        if own:
            steps.append(_factors(connection, quantity, own, place, snrs))
        steps += _outside(connection, star_id, own, place)
    return Stage("scale", "On one scale", tuple(steps))


_ORDER = ["survey_rank(survey)", "survey", "source_id", "quantity"]


def _of(star_id: int, quantities: Sequence[str]) -> list[str]:
    named = ", ".join(map(quote_text, quantities))
    is_one = len(quantities) == 1
    which = f"quantity = {named}" if is_one else f"quantity in ({named})"
    return [f"star_id = {star_id}", which]


def _in_use(connection: duckdb.DuckDBPyConnection) -> Step:
    sql = select(["reference", "method", "run_id"], "scale.in_use")
    rows = rows_of(connection, sql)
    if not rows:
        return Step(("there is no scale: no survey has stars",), sql, ())
    (row,) = rows
    scale = f"the scale is that of {row['reference']}:"
    if row["run_id"]:
        return Step((f"{scale} calibration {row['run_id']}",), sql, (row,))
    lines = (f"{scale} constant offsets", f"  {_CALIBRATE}")
    return Step(lines, sql, (row,))


def _place(
    connection: duckdb.DuckDBPyConnection, star_id: int
) -> tuple[Step, Row | None]:
    sql = select([*_PLACE, "stage_group"], "scale.places", [f"star_id = {star_id}"])
    rows = rows_of(connection, sql)
    if not rows:
        return Step(("no clean row: it has no place among the stars",), sql, ()), None
    (row,) = rows
    group = (
        "neither giant nor dwarf" if row["stage_group"] == "all" else row["stage_group"]
    )
    teff, logg, fe_h = (
        shown(row["teff"], 6),
        shown(row["logg"], 4),
        shown(row["fe_h"], 4),
    )
    line = f"its place there: Teff {teff}, log g {logg}, [Fe/H] {fe_h}, {group}"
    return Step((line,), sql, (row,)), row


def _values(
    star_id: int, quantity: str, rows: Sequence[Row], reference: str | None
) -> Step:
    sql = select(list(_COLUMNS), "main.calibrated", _of(star_id, [quantity]), _ORDER)
    lines: list[str] = []
    for row in rows:
        moved = _moved(row, reference)
        lines.append(
            f"{quantity} {row['survey']} {row['source_id']}: {_with(row, 'measured')}"
        )
        lines.append(f"  {moved}: {_with(row, 'value')}, weight {row['weight']:.3f}")
        if not row["in_range"] and row["correction_err"]:
            lacks = shown(row["correction_err"], 3)
            lines.append(f"  the zero point that it lacks, {lacks}, is in its error")
        if row["terms"]:
            terms = [
                f"{name} {_signed(value)}"
                for name, value in row["terms"].items()
                if value
            ]
            lines += filled("  terms:", listed(terms))
    if not rows:
        lines.append(f"{quantity}: no clean row has a value")
    return Step(tuple(lines), sql, tuple(rows))


def _moved(row: Row, reference: str | None) -> str:
    if not row["in_range"]:
        return "not corrected, outside the calibrated range"
    if row["correction"] is None:
        return "not corrected"
    if row["survey"] == reference and not row["terms"]:
        return "the reference, as it is"
    err = row["correction_err"]
    known = f" ± {shown(err, 3)}" if err else ""
    return f"corrected by {_signed(row['correction'])}{known}"


def _with(row: Row, column: str) -> str:
    err = row["err" if column == "value" else f"{column}_err"]
    stated = "(no error stated)" if err is None else f"± {shown(err, 4)}"
    return f"{shown(row[column])} {stated}"


def _signed(value: float) -> str:
    return f"{value:+.4g}"


def _factors(
    connection: duckdb.DuckDBPyConnection,
    quantity: str,
    rows: Sequence[Row],
    place: Row | None,
    snrs: dict[tuple[str, str], float | None],
) -> Step:
    """Return what stated errors are multiplied by, at the star's place and S/N."""
    group = "all" if place is None else place["stage_group"]
    wanted = dict.fromkeys(
        f"survey = {quote_text(row['survey'])} and snr_low <= {_snr(row, snrs)} "
        f"and snr_high > {_snr(row, snrs)}"
        for row in rows
    )
    sql = select(
        list(_FACTORS),
        "scale.factors",
        [
            f"quantity = {quote_text(quantity)}",
            f"stage_group = {quote_text(group)}",
            "(\n        " + "\n        or ".join(wanted) + "\n    )",
        ],
        ["survey_rank(survey)", "survey", "snr_low"],
    )
    found = rows_of(connection, sql)
    lines = []
    for row in found:
        text = f"× {row['factor']:.2f}"
        parts = [shown(row["floor_err"], 3)] if row["floor_err"] else []
        own = [r["correction_err"] for r in rows if r["survey"] == row["survey"]]
        if any(own):
            parts.append("the correction's")
        if parts:
            text += f", with {' and '.join(parts)} in quadrature"
        if row["least_err"]:
            text += f", at least {shown(row['least_err'], 3)}"
        if row["snr_low"] or row["snr_high"] != "inf":
            text += f" (S/N {_range(row['snr_low'], row['snr_high'])})"
        if any(
            r["measured_err"] is None and r["survey"] == row["survey"] for r in rows
        ):
            text += f"; {shown(row['missing_err'], 3)} where none is stated"
        lines += filled(f"  {quantity} errors of {row['survey']}:", text.split())
    return Step(tuple(lines) or ("  errors as stated",), sql, tuple(found))


def _range(low: float, high: float | str) -> str:
    return f"{low:g} and more" if isinstance(high, str) else f"{low:g} to {high:g}"


def _snr(row: Row, snrs: dict[tuple[str, str], float | None]) -> str:
    return repr(float(snrs.get((row["survey"], row["source_id"])) or 0.0))


def _outside(
    connection: duckdb.DuckDBPyConnection,
    star_id: int,
    rows: Sequence[Row],
    place: Row | None,
) -> Iterator[Step]:
    """Tell of values that are not corrected where the star lies beyond the fit."""
    for survey in dict.fromkeys(row["survey"] for row in rows if not row["in_range"]):
        quantity = rows[0]["quantity"]
        limits = [f"{name}_{end}" for name in _PLACE for end in ("least", "most")]
        sql = select(
            [*(f"places.{name}" for name in _PLACE), *limits],
            "scale.places as places\ncross join scale.corrections as corrections",
            [
                f"places.star_id = {star_id}",
                f"corrections.survey = {quote_text(survey)}",
                f"corrections.quantity = {quote_text(quantity)}",
            ],
        )
        found = rows_of(connection, sql)
        lines = filled(f"  {survey} is not corrected:", listed(_beyond(found, place)))
        yield Step(tuple(lines), sql, tuple(found))


def _beyond(found: Sequence[Row], place: Row | None) -> list[str]:
    """Return why no correction is known: where the star lies beyond the fit."""
    if not found:
        return ["it shares too few stars with the others"]
    if place is None or any(place[name] is None for name in _PLACE):
        return ["the star has no Teff, log g and [Fe/H] to read a correction at"]
    (row,) = found
    told = []
    for name in _PLACE:
        least, most = row[f"{name}_least"], row[f"{name}_most"]
        if isinstance(least, float) and row[name] < least:
            told.append(f"{name} {shown(row[name], 5)} below {shown(least, 5)}")
        if isinstance(most, float) and row[name] > most:
            told.append(f"{name} {shown(row[name], 5)} above {shown(most, 5)}")
    return [*told, "where no stars of the fit are"] if told else ["out of range"]
