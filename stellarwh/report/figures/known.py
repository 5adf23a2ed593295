"""The figures that there are, by name."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from stellarwh.errors import UsageError, did_you_mean
from stellarwh.report.figures.figure import Asked, Column, Figure, Parameter
from stellarwh.report.figures.of_errors import ERROR_FIGURES
from stellarwh.report.figures.of_pairs import PAIR, PAIR_FIGURES
from stellarwh.report.figures.of_scale import COMPARED, SCALE_FIGURES
from stellarwh.runtime.plain_text import short

# What benchmark stars are compared in.
OF_BENCHMARKS = ("teff", "logg", "fe_h")
_ROWS = ("main.measurements",)
_REPORT_ROWS = ("sources/drawn_surveys", "sources/report_rows")
_ANY_SURVEY = Parameter(
    "survey",
    "name of a survey; of all where none is given",
    is_required=False,
    known="surveys",
)
_SURVEY = Parameter("survey", "name of a survey", known="surveys")
_RUN = (
    Parameter("run_id", "a training run, as ml.runs calls it", known="runs"),
    Parameter("target", "what it predicts", known="targets"),
)
_STARS = Column("n", "number of stars")
_CELL = (
    Column("x_cell", "number of the cell along x, from 0"),
    Column("y_cell", "number of the cell along y, from 0"),
)
_N_POINTS = Column(
    "n_points", "number of all points, whether they lie in a cell or not"
)


def _edges(axis: str) -> tuple[Column, ...]:
    return (
        Column(f"{axis}_low", f"lower end of the axis of {axis}"),
        Column(f"{axis}_high", f"upper end of the axis of {axis}"),
        Column(f"{axis}_bins", f"into how many cells the axis of {axis} is divided"),
    )


def _plane(
    name: str,
    title: str,
    x: Column,
    y: Column,
    z: Column,
    sources: Sequence[str] = (),
    needs: Sequence[str] = _ROWS,
) -> Figure:
    """Return a diagram of clean stars in cells, with the mean of a third quantity."""
    return Figure(
        name=name,
        title=title,
        steps=(
            *_REPORT_ROWS,
            *sources,
            f"points/{name}",
            "bulk",
            "frames/plane",
            "cells",
            "plane",
        ),
        needs=tuple(needs),
        parameters=(_ANY_SURVEY,),
        columns=(
            *_CELL,
            x,
            y,
            _STARS,
            z,
            _N_POINTS,
            *(
                Column(f"{axis}_{end}", f"{what} {axis}, but for one in a thousand")
                for axis in ("x", "y")
                for end, what in (("first", "smallest"), ("last", "largest"))
            ),
            Column("z_low", "2nd percentile of z"),
            Column("z_high", "98th percentile of z"),
            *_edges_of_plane(),
        ),
    )


def _edges_of_plane() -> tuple[Column, ...]:
    (x_low, x_high, x_bins), (y_low, y_high, y_bins) = _edges("x"), _edges("y")
    return x_low, x_high, y_low, y_high, x_bins, y_bins


def _sky(
    name: str,
    title: str,
    sources: Sequence[str],
    needs: Sequence[str],
    parameters: Sequence[Parameter],
) -> Figure:
    return Figure(
        name=name,
        title=title,
        steps=(*sources, f"places/{name}", "points/sky", "frames/sky", "cells", "sky"),
        needs=tuple(needs),
        parameters=tuple(parameters),
        columns=(
            *_CELL,
            Column("x", "middle of the cell in Hammer's projection, RA to the left"),
            Column(
                "y", "middle of the cell in Hammer's projection, from -1.41 to 1.41"
            ),
            Column("n", "number of stars or rows"),
            _N_POINTS,
            *_edges_of_plane(),
        ),
    )


def _middle(axis: str, quantity: str, **how: Any) -> Column:
    return Column(axis, f"middle of the cell along {axis}", quantity=quantity, **how)


def _mean(quantity: str) -> Column:
    return Column("z", "mean of the stars in the cell", quantity=quantity)


def _magnitudes(name: str, colour: str, magnitude: str) -> Figure:
    return _plane(
        name,
        "Colour–magnitude diagram",
        Column("x", "middle of the cell along x", unit="mag", label=f"{colour} [mag]"),
        Column(
            "y",
            "middle of the cell along y",
            unit="mag",
            label=f"{magnitude} [mag]",
            is_reversed=True,
        ),
        _mean("fe_h"),
        ("sources/colour_rows",),
        (*_ROWS, "main.star_photometry"),
    )


def _histogram(
    name: str,
    title: str,
    sources: Sequence[str],
    needs: Sequence[str],
    parameters: Sequence[Parameter],
    columns: Sequence[Column],
    more: Sequence[Column] = (),
) -> Figure:
    return Figure(
        name=name,
        title=title,
        steps=(*sources, f"points/{name}", f"frames/{name}", "histogram"),
        needs=tuple(needs),
        parameters=tuple(parameters),
        columns=(
            Column("x_cell", "number of the bin, from 0"),
            *columns,
            _N_POINTS,
            *_edges("x"),
            *more,
        ),
    )


def _of(column: Column, quantity: str) -> Column:
    return replace(column, quantity=quantity)


_TREND = (
    Column("y_16", "16th percentile of the differences in a bin of x"),
    Column("y_50", "their median"),
    Column("y_84", "84th percentile"),
)

_WHOSE = (
    Column(
        "scale", "'measured', 'calibrated' (main.calibrated) or 'combined' (parameters)"
    ),
    Column("survey", "name of a survey; 'all' where they are combined"),
)

_FIGURES = (
    _plane(
        "kiel",
        "Kiel diagram",
        _middle("x", "teff", digits=0, is_reversed=True),
        _middle("y", "logg", digits=1, is_reversed=True),
        _mean("fe_h"),
    ),
    _plane(
        "chemistry",
        "[α/Fe]–[Fe/H] plane",
        _middle("x", "fe_h"),
        _middle("y", "alpha_fe"),
        _mean("logg"),
    ),
    _magnitudes("absolute_magnitude", "(BP − RP)$_0$", "Absolute magnitude M$_G$"),
    _magnitudes(
        "absolute_infrared_magnitude", "(J − Ks)$_0$", "Absolute magnitude M$_{Ks}$"
    ),
    _magnitudes("infrared_magnitude", "(J − Ks)$_0$", "Apparent magnitude Ks"),
    _sky("sky", "Sky", _REPORT_ROWS, _ROWS, (_ANY_SURVEY,)),
    _sky("sky_of_pair", "Sky of shared stars", (), ("main.stars",), PAIR),
    _sky(
        "sky_of_catalogue",
        "Sky of a catalogue",
        ("sources/positions",),
        (),
        (Parameter("table", "a table with positions, such as raw.mine"),),
    ),
    Figure(
        name="overlap_sets",
        title="Stars by combination of surveys",
        steps=("overlap_sets",),
        needs=("main.stars",),
        columns=(
            Column("surveys", "names of exactly the surveys that saw the stars"),
            _STARS,
        ),
    ),
    _histogram(
        "signal_to_noise",
        "Signal to noise",
        _REPORT_ROWS,
        _ROWS,
        (_SURVEY,),
        (
            Column("x_from", "lower end of the bin, as log10 of S/N"),
            Column("x_to", "upper end of the bin, as log10 of S/N"),
            Column("n", "number of rows"),
            Column("n_selected", "number of clean rows"),
        ),
    ),
    _histogram(
        "separation",
        "Separations of the matched pairs",
        (),
        ("matching.matches", "main.overlaps"),
        PAIR,
        (
            Column("x_from", "lower end of the bin", quantity="separation"),
            Column("x_to", "upper end of the bin", quantity="separation"),
            Column("n", "number of pairs"),
            Column("n_selected", "number of pairs joined by their Gaia identifier"),
        ),
        (
            Column("match_radius", "radius of a match", quantity="separation"),
            Column("n_chance", "pairs that chance alone would give within the radius"),
        ),
    ),
    Figure(
        name="pair_residual",
        title="Differences of two surveys",
        steps=(
            *_REPORT_ROWS,
            "sources/pair_rows",
            "points/pair_residual",
            "bulk",
            "frames/differences",
            "cells",
            "trend",
            "differences",
        ),
        needs=_ROWS,
        parameters=(
            *PAIR,
            Parameter("quantity", "what differs", choices=COMPARED),
            Parameter("against", "of the left survey", choices=("teff", "fe_h")),
        ),
        columns=(
            Column("layer", "'cells', or 'trend': medians in bins of x"),
            Column("x_cell", "number of the cell or bin along x, from 0"),
            Column("y_cell", "number of the cell along y, from 0"),
            _middle("x", "$against"),
            Column("y", "middle of the cell: left - right", quantity="$quantity"),
            _STARS,
            *(_of(column, "$quantity") for column in _TREND),
            _N_POINTS,
            *_edges_of_plane(),
        ),
    ),
    Figure(
        name="prediction",
        title="Prediction against label",
        steps=(
            "sources/held_out_rows",
            "points/prediction",
            "bulk",
            "frames/prediction",
            "cells",
            "trend",
            "prediction",
        ),
        needs=("ml.out_of_fold",),
        parameters=_RUN,
        columns=(
            Column(
                "layer",
                "'cells' of prediction against label, 'differences': cells of "
                "prediction - label against label, or 'trend': their medians",
            ),
            Column("x_cell", "number of the cell or bin along x, from 0"),
            Column("y_cell", "number of the cell along y, from 0"),
            _middle("x", "$target"),
            Column("y", "middle of the cell along y", quantity="$target"),
            _STARS,
            *(_of(column, "$target") for column in _TREND),
            _N_POINTS,
            Column("x_first", "smallest label, but for one in a thousand"),
            Column("x_last", "largest label, but for one in a thousand"),
            Column(
                "difference_first", "smallest difference, but for one in a thousand"
            ),
            Column("difference_last", "largest difference, but for one in a thousand"),
            Column("x_low", "lower end of the axes of label and prediction"),
            Column("x_high", "upper end of the axes of label and prediction"),
            Column("difference_low", "lower end of the axis of differences"),
            Column("difference_high", "upper end of the axis of differences"),
            Column("x_bins", "into how many cells these axes are divided"),
            Column("difference_bins", "and that of differences"),
        ),
    ),
    Figure(
        name="worst_stars",
        title="Stars farthest from their labels",
        steps=("sources/held_out_rows", "worst_stars"),
        needs=("ml.out_of_fold", "main.measurements"),
        parameters=_RUN,
        columns=(
            Column("star_id", "of the star"),
            Column("label", "what it was to be", quantity="$target"),
            Column("label_err", "the label's own error", quantity="$target"),
            Column("value", "what was predicted", quantity="$target"),
            Column("difference", "prediction - label", quantity="$target"),
            Column("pull", "their distance in half widths of the 68 % interval"),
            Column("label_class", "true class, of classes"),
            Column("class", "class that was predicted"),
            Column("probability", "of that class"),
            Column("rows", "survey and source_id of all catalogue rows of the star"),
            Column("flags", "quality flags of any of these"),
        ),
    ),
    Figure(
        name="domain",
        title="Domain of a run",
        steps=(
            "sources/drawn_stars",
            "sources/star_places",
            "sources/held_out_rows",
            "domain",
        ),
        needs=("ml.out_of_fold", "ml.predictions", "main.stars", *_ROWS),
        parameters=_RUN,
        columns=(
            *_CELL,
            _middle("x", "teff", digits=0, is_reversed=True),
            _middle("y", "logg", digits=1, is_reversed=True),
            Column("n_labelled", "stars in the cell with a label"),
            Column("n_inside", "drawn predictions in the cell inside of the domain"),
            Column("n_outside", "drawn predictions in the cell outside of it"),
            Column("all_labelled", "all stars with a label"),
            Column("all_inside", "all predictions inside of the domain"),
            Column("all_outside", "all predictions outside of it"),
            Column("n_beyond", "labelled and drawn stars beyond the cells"),
            Column("n_placeless", "those without Teff or log g"),
            Column("step", "predictions of one star in so many are drawn"),
        ),
    ),
    Figure(
        name="coverage",
        title="Labels inside the intervals",
        steps=("sources/held_out_rows", "coverage"),
        needs=("ml.out_of_fold", "ml.metrics"),
        parameters=_RUN,
        columns=(
            Column(
                "fifth", "fifth of the predicted value; NULL for all and for groups"
            ),
            Column("value_low", "smallest value of the fifth", quantity="$target"),
            Column("value_high", "largest value of the fifth", quantity="$target"),
            Column("n", "number of held-out stars"),
            Column("coverage_68", "share of labels inside the 68 % interval"),
            Column("coverage_90", "share of labels inside the 90 % interval"),
            Column("stratum", "group of stars; NULL for all and for fifths"),
            Column("stratum_kind", "what makes it: 'group', 'features' or 'class'"),
            Column("stage_group", "giant or dwarf, where the group is of either"),
            Column("axis", "of what the group has a range, where it has one"),
            Column("axis_low", "lower end of that; infinite where it is open"),
            Column("axis_high", "upper end of that; infinite where it is open"),
        ),
    ),
    Figure(
        name="bias",
        title="Bias in bins",
        steps=("bias",),
        needs=("ml.metrics",),
        parameters=_RUN,
        columns=(
            Column("axis", "what is binned: teff, logg, fe_h or snr"),
            Column("by_label", "whether by the label; else by prediction or S/N"),
            Column("x_low", "lower end of the bin"),
            Column("x_high", "upper end of the bin; infinite for the last one of S/N"),
            Column("n", "number of held-out stars"),
            Column("bias", "median of prediction - label", quantity="$target"),
            Column("sigma", "its robust scatter", quantity="$target"),
            Column("share", "bias in units of the scatter"),
        ),
    ),
    Figure(
        name="confusion",
        title="Confusion of classes",
        steps=("confusion",),
        needs=("ml.out_of_fold",),
        parameters=_RUN,
        columns=(
            Column("label_class", "true class"),
            Column("predicted_class", "class that was predicted"),
            Column("n", "number of held-out stars"),
        ),
    ),
    Figure(
        name="reliability",
        title="Reliability of probabilities",
        steps=("reliability",),
        needs=("ml.out_of_fold",),
        parameters=_RUN,
        columns=(
            Column("bin", "tenth of the probability, from 0"),
            Column("n", "number of held-out stars"),
            Column("probability", "mean probability of the predicted class"),
            Column("accuracy", "share of stars whose predicted class was right"),
        ),
    ),
    Figure(
        name="importances",
        title="Importance of features",
        steps=("importances",),
        needs=("ml.feature_importance",),
        parameters=_RUN,
        columns=(
            Column("feature", "name of the feature"),
            Column("method", "how importance was measured"),
            Column("importance", "share of all importance"),
        ),
    ),
    Figure(
        name="rejections",
        title="Rows rejected, by reason",
        steps=("sources/rejection_rows", "rejections"),
        needs=("main.measurements",),
        parameters=(_SURVEY,),
        columns=(
            Column("reason", "flag bit with its column, or a named cut"),
            Column("n", "number of rows that it rejects, alone or with other reasons"),
            Column("n_first", "number of rows whose first reason it is"),
            Column("n_left", "rows that remain after this and the reasons above"),
            Column("n_rows", "number of all rows"),
        ),
    ),
    Figure(
        name="quality_flags",
        title="Rows per quality flag",
        steps=("sources/flag_rows", "quality_flags"),
        needs=("main.measurements", "meta.flag_bits"),
        parameters=(_SURVEY,),
        columns=(
            Column("flag", "flag bit with its column"),
            Column("n", "number of rows that carry it"),
            Column("description", "what the bit says"),
            Column("rejects", "whether it rejects a row"),
        ),
    ),
    Figure(
        name="benchmark_residual",
        title="Benchmark stars",
        steps=("sources/benchmark_rows", "benchmark_residual"),
        needs=("main.benchmark_residuals",),
        parameters=(Parameter("quantity", "what differs", choices=OF_BENCHMARKS),),
        columns=(
            *_WHOSE,
            Column("benchmark", "name of the benchmark star"),
            Column("is_clean", "whether the row is clean"),
            Column("x", "reference value", quantity="$quantity"),
            Column("y", "value - reference", quantity="$quantity"),
            Column("y_err", "error of that", quantity="$quantity"),
        ),
    ),
    Figure(
        name="cluster_metallicity",
        title="[Fe/H] of members of clusters",
        steps=("sources/cluster_rows", "cluster_metallicity"),
        needs=("main.cluster_metallicities",),
        columns=(
            *_WHOSE,
            Column("cluster", "name of the cluster"),
            Column("is_clean", "whether the row is clean: all are"),
            Column("x", "log g on the same scale", quantity="logg"),
            Column("y", "[Fe/H] - that of the literature", quantity="fe_h"),
        ),
    ),
    Figure(
        name="cluster_scatter",
        title="Scatter within clusters",
        steps=("sources/cluster_summaries", "cluster_scatter"),
        needs=("main.cluster_scatter",),
        columns=(
            *_WHOSE,
            Column("cluster", "name of the cluster"),
            Column("n", "number of members"),
            Column("median", "their median [Fe/H]", quantity="fe_h"),
            Column("scatter", "their robust scatter", quantity="fe_h"),
            Column("slope", "of [Fe/H] against log g, per dex"),
            Column("slope_err", "its standard error"),
            Column("literature", "[Fe/H] of the literature", quantity="fe_h"),
            Column("literature_source", "where that is from"),
        ),
    ),
    *ERROR_FIGURES,
    *PAIR_FIGURES,
    *SCALE_FIGURES,
)

FIGURES = {figure.name: figure for figure in _FIGURES}


def ask(name: str, **parameters: Any) -> Asked:
    """Return a figure with the values that it is asked with.

    Raises
    ------
    UsageError
        If there is no such figure, or it takes other parameters or values.
    """
    if name not in FIGURES:
        raise UsageError(
            f"There is no figure '{name}'. {did_you_mean(str(name), FIGURES)}"
        )
    figure = FIGURES[name]
    taken = {parameter.name: parameter for parameter in figure.parameters}
    for given in parameters:
        if given not in taken:
            takes = ", ".join(taken) or "none"
            raise UsageError(
                f"The figure '{name}' takes no parameter '{given}'; it takes: {takes}."
            )
    lacking = [
        f"{parameter.name}: {parameter.description}"
        for parameter in figure.parameters
        if parameter.is_required and parameters.get(parameter.name) is None
    ]
    if lacking:
        raise UsageError(f"The figure '{name}' needs {'; '.join(lacking)}.")
    for parameter in figure.parameters:
        value = parameters.get(parameter.name)
        if value is not None and not isinstance(value, str):
            raise UsageError(f"{parameter.name}={short(value)} is no text.")
        if value is not None and parameter.choices and value not in parameter.choices:
            raise UsageError(
                f"The figure '{name}' has no {parameter.name} '{value}'. "
                f"{did_you_mean(value, parameter.choices)}"
            )
    return Asked(figure, {known: parameters.get(known) for known in taken})
