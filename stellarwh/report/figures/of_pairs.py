"""The figures of two surveys that see the same stars, before and after calibration."""

from stellarwh.report.figures.figure import Column, Figure, Parameter
from stellarwh.report.figures.of_scale import COMPARED, PAIR_ROWS, SCALE_PAIRS

PAIR = (
    Parameter("left", "name of a survey", known="surveys"),
    Parameter("right", "name of another survey", known="surveys"),
)
_QUANTITY = Parameter("quantity", "what differs", choices=COMPARED)
_OFFSETS = (
    Column("quantity", "what differs; offset and scatter have its unit"),
    Column("stage_group", "all, giant or dwarf"),
    Column("n", "number of clean stars in common"),
    Column("offset_value", "median of left - right"),
    Column("offset_err", "its standard error"),
    Column("scatter", "robust scatter of single stars"),
)


def _sides(name: str, description: str, quantity: str = "") -> tuple[Column, ...]:
    """Return a column of each of the two surveys."""
    return tuple(
        Column(f"{name}_{side}", f"{description} of the {side} survey", quantity)
        for side in ("left", "right")
    )


PAIR_FIGURES = (
    Figure(
        name="offsets",
        title="Offsets between two surveys",
        steps=("sources/offset_rows", "offsets"),
        needs=("main.survey_offsets",),
        parameters=PAIR,
        columns=_OFFSETS,
    ),
    Figure(
        name="calibrated_offsets",
        title="Offsets between two surveys on the one scale",
        steps=(*PAIR_ROWS, "calibrated_offsets"),
        needs=(*SCALE_PAIRS, "scale.in_use"),
        parameters=PAIR,
        columns=_OFFSETS,
    ),
    Figure(
        name="pair_trend",
        title="Differences of two surveys, and what the calibration takes away",
        steps=(
            *PAIR_ROWS,
            "sources/pair_places",
            "frames/pair_trend",
            "pair_trend",
        ),
        needs=(*SCALE_PAIRS, "scale.in_use"),
        parameters=(*PAIR, _QUANTITY),
        columns=(
            Column("axis", "what x is: teff, logg, fe_h or snr (its log10)"),
            Column("layer", "'cells', or 'trend': medians in bins of x"),
            Column("x_cell", "number of the cell or bin along x, from 0"),
            Column("y_cell", "number of the cell along y, from 0"),
            Column("x", "middle of the cell or bin along x"),
            Column("n", "number of stars"),
            Column("y_16", "16th percentile of left - right in a bin", "$quantity"),
            Column("y_50", "their median", "$quantity"),
            Column("y_84", "84th percentile", "$quantity"),
            Column("fitted", "what the calibration takes from it", "$quantity"),
            Column("fitted_err", "error of that", "$quantity"),
            Column("calibrated", "median on the one scale", "$quantity"),
            Column("core", "beyond it y is logarithmic; NULL where it never is"),
            Column("n_points", "number of all stars"),
            Column("x_low", "lower end of the axis of x"),
            Column("x_high", "upper end of the axis of x"),
            Column("x_bins", "into how many cells the axis of x is divided"),
            Column("y_low", "lower end of the axis of y, as it is drawn"),
            Column("y_high", "upper end of the axis of y, as it is drawn"),
            Column("y_bins", "into how many cells the axis of y is divided"),
        ),
    ),
    Figure(
        name="discrepant_stars",
        title="The stars that two surveys disagree on most",
        steps=(*PAIR_ROWS, "discrepant_stars"),
        needs=(*SCALE_PAIRS, "scale.in_use"),
        parameters=(*PAIR, _QUANTITY),
        columns=(
            Column("star_id", "number of the star"),
            *_sides("source_id", "id of its best row"),
            *_sides("flags", "quality flags of that row"),
            *_sides("snr", "S/N of that row"),
            *_sides("value", "value as measured", "$quantity"),
            Column("difference", "left - right as measured", "$quantity"),
            Column("calibrated", "the same on the one scale", "$quantity"),
            Column("err", "error of both that was compared with", "$quantity"),
            Column("n_sigma", "difference in units of that error"),
        ),
    ),
)
