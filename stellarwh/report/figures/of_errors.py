"""The figures of the errors that surveys state, and of what repeats say of them."""

from stellarwh.report.figures.figure import Column, Figure, Parameter

_SURVEY = (Parameter("survey", "name of a survey", known="surveys"),)
_QUANTITY = Column("quantity", "what the errors are of, in whose unit all others are")
_SNR = (
    Column("x_low", "lower end of the bin of S/N", "snr"),
    Column("x_high", "upper end of the bin of S/N", "snr"),
)

ERROR_FIGURES = (
    Figure(
        name="stated_errors",
        title="Stated errors against S/N",
        steps=("sources/drawn_surveys", "stated_errors"),
        needs=("main.measurements",),
        parameters=_SURVEY,
        columns=(
            _QUANTITY,
            *_SNR,
            Column("n", "number of clean rows with an error"),
            Column("y_16", "16th percentile of the stated errors"),
            Column("y_50", "their median"),
            Column("y_84", "84th percentile"),
        ),
    ),
    Figure(
        name="repeat_pulls",
        title="Repeated observations in units of their errors",
        steps=("sources/drawn_surveys", "sources/repeat_rows", "repeat_pulls"),
        needs=("main.measurements",),
        parameters=_SURVEY,
        columns=(
            Column("quantity", "what differs"),
            Column("x_cell", "number of the bin, from 0"),
            Column("x_from", "lower end of the bin, in errors"),
            Column("x_to", "upper end of the bin, in errors"),
            Column("n", "number of pairs in the bin"),
            Column("n_points", "number of all pairs"),
            Column("spread", "robust spread of all, in errors: 1 where they hold"),
        ),
    ),
    Figure(
        name="repeat_scatter",
        title="Scatter of repeated observations",
        steps=("sources/drawn_surveys", "sources/repeat_rows", "repeat_scatter"),
        needs=("main.measurements",),
        parameters=_SURVEY,
        columns=(
            Column("quantity", "what differs; scatter and stated have its unit"),
            *_SNR,
            Column("n", "number of pairs"),
            Column("factor", "scatter in units of the stated errors"),
            Column("factor_err", "its standard error"),
            Column("scatter", "robust scatter of the differences"),
            Column("stated", "median of the errors that are stated for them"),
        ),
    ),
)
