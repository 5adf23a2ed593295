"""The figures of the one scale of all surveys."""

from stellarwh.report.figures.figure import Column, Figure, Parameter

# What two surveys are compared in.
COMPARED = ("teff", "logg", "fe_h", "alpha_fe", "radial_velocity")
# What gives differences of two surveys, and what that reads.
SHARED = ("shared_stars", "scale_pair_rows")
PAIR_ROWS = tuple(f"sources/{name}" for name in SHARED)
SCALE_PAIRS = (
    "main.measurements",
    "main.stars",
    "scale.places",
    "scale.values",
)
_QUANTITY = Parameter("quantity", "what differs", choices=COMPARED)
_OF_SURVEY = (
    Column("survey", "name of a survey"),
    Column("quantity", "what it gives"),
)
_SCALE = Column("scale", "'measured', or 'calibrated' (main.calibrated)")
_SIDES = (
    Column("survey_left", "name of a survey"),
    Column("survey_right", "name of another survey: left - right"),
)
_PUBLISHED = (
    ("measured", "median of GALAH - APOGEE as measured"),
    ("calibrated", "the same on the one scale"),
    ("published", "GALAH DR4 - APOGEE DR17 as published"),
)

SCALE_FIGURES = (
    Figure(
        name="scale_difference",
        title="Difference to the reference, before and after",
        steps=(*PAIR_ROWS, "scale_difference"),
        needs=(*SCALE_PAIRS, "scale.in_use"),
        parameters=(
            Parameter("survey", "name of a survey", known="surveys"),
            _QUANTITY,
        ),
        columns=(
            Column("axis", "what is binned: teff, logg, fe_h or snr"),
            _SCALE,
            Column("x_low", "lower end of the bin"),
            Column("x_high", "upper end of the bin; infinite for the last one of S/N"),
            Column("n", "number of stars"),
            Column("y_16", "16th percentile of survey - reference", "$quantity"),
            Column("y_50", "their median", "$quantity"),
            Column("y_84", "84th percentile", "$quantity"),
        ),
    ),
    Figure(
        name="scale_pulls",
        title="Differences of surveys in units of their errors",
        steps=(*PAIR_ROWS, "scale_pulls"),
        needs=SCALE_PAIRS,
        parameters=(_QUANTITY,),
        columns=(
            *_SIDES,
            _SCALE,
            Column("x_cell", "number of the bin, from 0"),
            Column("x_from", "lower end of the bin, in errors"),
            Column("x_to", "upper end of the bin, in errors"),
            Column("n", "number of pairs in the bin"),
            Column("n_points", "number of all pairs"),
            Column("middle", "median of all, in errors"),
            Column("spread", "robust spread of all, in errors: 1 where they hold"),
            Column("share_68", "share within one error: 0.683 where they hold"),
        ),
    ),
    Figure(
        name="scale_published",
        title="GALAH - APOGEE, here and as published",
        steps=(*PAIR_ROWS, "scale_published"),
        needs=SCALE_PAIRS,
        columns=(
            Column("quantity", "what differs; all others have its unit"),
            Column("n", "number of clean stars in common"),
            *(
                column
                for name, what in _PUBLISHED
                for column in (
                    Column(name, what),
                    Column(f"{name}_scatter", "its scatter"),
                )
            ),
        ),
    ),
    Figure(
        name="scale_terms",
        title="Terms of the calibration in use",
        steps=("scale_terms",),
        needs=("scale.trends", "scale.in_use"),
        columns=(
            *_OF_SURVEY,
            Column("via", "surveys over which it comes to the reference; or empty"),
            Column("term", "name of the term"),
            Column("position", "its place in trend_terms"),
            Column("coefficient", "what the term is multiplied by, to be added"),
            Column("coefficient_err", "its error"),
            Column("n", "number of stars of the fit"),
        ),
    ),
    Figure(
        name="scale_errors",
        title="Error factors of the calibration in use",
        steps=("scale_errors",),
        needs=("scale.error_factors", "scale.in_use"),
        columns=(
            *_OF_SURVEY,
            Column("stage_group", "all, giant or dwarf"),
            Column("snr_low", "lower end of the range of S/N"),
            Column("snr_high", "upper end of the range of S/N; infinite if open"),
            Column("factor", "what stated errors are multiplied by"),
            Column("factor_err", "its error"),
            Column("floor_err", "what is added in quadrature, in the quantity's unit"),
            Column("method", "pairs, repeats or stated"),
            Column("n", "number of pairs"),
            Column("repeat_factor", "factor of repeated observations alone"),
            Column("n_repeats", "number of those"),
        ),
    ),
    Figure(
        name="scale_zero_points",
        title="Zero points, and values out of range",
        steps=("sources/counted_stars", "sources/scale_counts", "scale_zero_points"),
        needs=(
            "scale.zero_points",
            "scale.in_use",
            "scale.constant_offsets",
            "scale.values",
            "main.stars",
        ),
        columns=(
            *_OF_SURVEY,
            Column("zero_point", "median of reference - survey"),
            Column("zero_point_err", "its error"),
            Column("scatter", "robust scatter of single stars"),
            Column("n", "number of stars of the fit; NULL for constant offsets"),
            Column("n_values", "number of the survey's values, of counted stars"),
            Column("n_outside", "number of those to which nothing is added"),
        ),
    ),
)
