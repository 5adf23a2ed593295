"""The command that brings surveys to one scale."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from stellarwh.api.warehouse import Warehouse
from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import progress, say, warn

if TYPE_CHECKING:
    from stellarwh.scales import Calibration, ScaleFact

_PARAMETERS = ("teff", "logg", "fe_h", "alpha_fe", "radial_velocity")
_FAR = 20.0  # times too small: no errors
_BY_OTHERS = ("pairs", "other quantities", "differences")
_DIGITS = {"teff": 1, "radial_velocity": 2}
_UNITS = {"teff": " [K]", "radial_velocity": " [km/s]"}


@app.command()
def calibrate(
    context: typer.Context,
    reference: Annotated[
        str | None,
        typer.Option(
            help="Survey whose scale it is; APOGEE if there, else the survey that "
            "shares the most stars."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same numbers.")
    ] = 0,
    use: Annotated[
        str | None,
        typer.Option(
            help="Fit nothing; take this earlier calibration in use again: its run, or "
            "the beginning of it. 'stellarwh query \"from scale.runs\"' lists them.",
            metavar="RUN",
        ),
    ] = None,
) -> None:
    """Bring the surveys to one scale, with errors that hold."""
    with (
        progress("calibrate"),
        Warehouse(
            warehouse_of(context), write=True, create=False, once=True
        ) as warehouse,
    ):
        result = warehouse.calibrate(
            reference=reference.strip().lower() if reference is not None else None,
            seed=seed,
            use=use.strip() if use is not None else None,
        )
    report_calibration(result)


def report_calibration(result: "Calibration") -> None:
    """Print what a calibration found, the parameters alone."""
    left_out = (result.reference, *result.apart, *result.valueless)
    others = [s for s in result.surveys if s not in left_out]
    is_told = result.why == "most shared stars" and len(result.surveys) > 1
    told = f" ({result.why})" if is_told else ""
    if result.is_new:
        end = f"in {result.seconds:.1f} s, run {result.run_id}"
    elif result.was_in_use:
        end = f"by run {result.run_id}, which is in use already: nothing was stored"
    else:
        end = f"by run {result.run_id}, which is in use again"
    if not result.is_new and result.why != "chosen":
        say("The same files, values, reference and seed were calibrated before:")
    if not others:
        say(
            f"There is nothing to bring to the scale of {result.reference}{told}: no "
            f"other survey shares enough stars with it; {end}"
        )
    else:
        say(
            f"{', '.join(others)} brought to the scale of {result.reference}{told} on "
            f"{result.stars:,} common stars {end}"
        )
    for line in _lines(result):
        say(f"  {line}")
    if result.unlike:
        say(
            f"  values of {result.unlike:,} stars are unlike any neighbour's: kept, "
            "and listed in main.unlike_neighbours"
        )
    for survey in result.surveys:
        facts = [fact for fact in result.facts if fact.survey == survey]
        if facts and not any(fact.judged_by in _BY_OTHERS for fact in facts):
            say(
                f"  Errors of {survey} are as stated, or as its repeated observations "
                "tell: nothing else judges them"
            )
    if result.outdated:
        warn(
            f"This calibration is of other data: {', '.join(result.outdated)}. Run "
            "'stellarwh calibrate' for one of those that are here."
        )
    for survey in result.apart:
        why = (
            "shares no star with the others"
            if survey in result.alone
            else "shares too few stars with the others, or does not follow them"
        )
        warn(f"{survey} {why}: its values stay as measured, in_range is false.")
    for line in _warnings(result):
        warn(line)


def _warnings(result: "Calibration") -> list[str]:
    """Return what is to be known of errors, and of values that do not follow."""
    lines = []
    for survey in result.surveys:
        facts = [fact for fact in result.facts if fact.survey == survey]
        far = [
            f
            for f in facts
            if f.factor is not None and f.factor - 2 * (f.factor_err or 0.0) > _FAR
        ]
        if far:
            told = ", ".join(f"{f.quantity} {f.factor:,.0f}" for f in far)
            lines.append(
                f"The errors that {survey} states are no errors, or another column or "
                f"unit: they are that many times too small ({told})."
            )
        lost = [f.quantity for f in facts if f.judged_by == "differences"]
        if lost and survey not in result.apart:
            lines.append(
                f"Values of {survey} do not vary as those of other surveys do "
                f"({', '.join(lost)}): they stay as measured, in_range is false, and "
                "their errors are as large as they differ. Is it the right column?"
            )
    return lines


def _factor(factor: float, error: float | None) -> str:
    return f"{factor:.2f}" + ("" if error is None else f" ± {error:.2f}")


def _tells(fact: "ScaleFact") -> bool:
    """Return whether anything was found of a quantity of a survey."""
    found = (fact.zero_point, fact.factor)
    return bool(fact.n_out_of_range) or any(value is not None for value in found)


def _share(fact: "ScaleFact") -> str:
    """Return how many values stay as measured, and which share of all it is."""
    if not fact.n_out_of_range:
        return "" if fact.zero_point is None else "0"
    percent = 100 * fact.n_out_of_range / fact.n_values
    told = f"{percent:.0f}" if percent >= 9.5 else f"{percent:.1g}"
    return f"{fact.n_out_of_range:,} ({told} %)"


def _lines(result: "Calibration") -> Sequence[str]:
    """Return a table of the parameters: zero points, scatter, factors of errors."""
    rows = [
        (
            "",
            "survey",
            "reference - survey",
            "scatter",
            "errors times",
            "stars",
            "out of range",
        ),
    ]
    facts = [fact for fact in result.facts if _tells(fact)]
    order = {name: place for place, name in enumerate(_PARAMETERS)}
    shown = sorted(
        (fact for fact in facts if fact.quantity in order),
        key=lambda fact: (order[fact.quantity], fact.survey),
    )
    if not shown:
        return []
    for fact in shown:
        digits = _DIGITS.get(fact.quantity, 3)
        moved = "as measured" if fact.n_out_of_range else "reference"
        if fact.zero_point is not None:
            moved = f"{fact.zero_point:+.{digits}f} ± {fact.zero_point_err:.{digits}f}"
        over = f" over {', '.join(fact.via)}" if fact.via else ""
        rows.append(
            (
                fact.quantity + _UNITS.get(fact.quantity, " [dex]"),
                fact.survey + over,
                moved,
                "" if fact.scatter is None else f"{fact.scatter:.{digits}f}",
                "" if fact.factor is None else _factor(fact.factor, fact.factor_err),
                f"{fact.n:,}" if fact.n else "",
                _share(fact),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    more = len({fact.quantity for fact in facts}) - len(
        {fact.quantity for fact in shown}
    )
    if more:
        lines.append(f"and {more} abundances: see scale.zero_points, scale.trends")
    lines += _why_out_of_range(result)
    if result.valueless:
        lines.append(
            f"{', '.join(result.valueless)}: no value that surveys share, nothing to "
            "calibrate"
        )
    return lines


def _why_out_of_range(result: "Calibration") -> list[str]:
    """Return the line that says why values stay as measured, if any do."""
    outside = {fact.survey for fact in result.facts if fact.n_out_of_range}
    alone = [survey for survey in result.alone if survey in outside]
    few = [s for s in result.apart if s in outside and s not in alone]
    reasons = []
    if outside - set(result.apart):
        reasons.append("as the calibration knows no such stars")
    if alone:
        reasons.append(f"those of {', '.join(alone)} as no other survey has its stars")
    if few:
        reasons.append(f"those of {', '.join(few)} as it could not be calibrated")
    if not reasons:
        return []
    return [
        f"out of range: values that stay as measured, {'; '.join(reasons)} "
        "(in_range is false)"
    ]
