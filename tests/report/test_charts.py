import re
from math import inf
from typing import Any

import numpy as np
import pytest

from stellarwh.report.charts.classes import confusion_matrix, in_order
from stellarwh.report.charts.residuals import is_biased, is_off
from stellarwh.report.figures.data import FigureData
from stellarwh.report.figures.known import ask
from stellarwh.report.pages.metrics import metrics_table
from stellarwh.report.pages.page import file_name
from stellarwh.report.strata import group_words


def test_marks_bins_off_by_a_tenth_of_their_scatter_if_well_filled() -> None:
    trend = {
        "n": np.array([500, 500, 499]),
        "y_16": np.array([-1.0, -0.8, -0.8]),
        "y_50": np.array([0.09, 0.2, 0.2]),
        "y_84": np.array([1.0, 1.2, 1.2]),
    }
    asked = ask("prediction", run_id="run", target="teff")
    assert is_biased(FigureData(asked, trend)).tolist() == [False, True, False]


def test_marks_no_bin_that_is_off_by_chance() -> None:
    # Medians of normal values about zero: 7 % of 600 are beyond a tenth.
    values = np.random.default_rng(1).standard_normal((2000, 600))
    shares = np.median(values, axis=1)
    assert np.mean(np.abs(shares) > 0.1) > 0.03
    assert is_off(shares, 600).mean() < 0.006
    assert is_off([0.16, 0.14, 0.11, 0.09], [600, 600, 2000, 10**6]).tolist() == [
        True,
        False,
        True,
        False,
    ]


def test_reads_spectral_types_in_order_of_temperature() -> None:
    assert in_order(["K", "A", "M", "G"]) == ["A", "G", "K", "M"]
    assert in_order(["V", "III", "IV"]) == ["III", "IV", "V"]
    assert in_order(["b", "a"]) == ["a", "b"]


def test_confusion_matrix_has_true_classes_in_rows() -> None:
    columns = {
        "label_class": np.array(["G", "K"], dtype=object),
        "predicted_class": np.array(["K", "K"], dtype=object),
        "n": np.array([3, 7]),
    }
    asked = ask("confusion", run_id="run", target="spectral_type")
    names, matrix = confusion_matrix(FigureData(asked, columns))
    assert names == ["G", "K"]
    assert matrix.tolist() == [[0, 3], [0, 7]]


def stratum(
    kind: str | None,
    name: str,
    stage: str | None = None,
    axis: str | None = None,
    low: float | None = None,
    high: float | None = None,
) -> dict[str, Any]:
    """Return what ``ml.metrics`` says of a stratum."""
    return {
        "stratum": name, "stratum_kind": kind, "stage_group": stage, "axis": axis,
        "axis_low": low, "axis_high": high,
    }  # fmt: skip


def test_metrics_stand_in_reading_order_with_all_stars_first() -> None:
    rows = [
        {**s, "folds": f, "metric": m, "n": 10, "value": v}
        for s in (
            stratum("bin", "teff 4500 to 5000", axis="teff", low=4500.0, high=5000.0),
            stratum("class", "giant"),
            stratum("group", "giant", stage="giant"),
            stratum("all", "all"),
            stratum(None, "dwarf"),
        )
        for f in ("blocked", "random")
        for m, v in (("coverage_68", 0.675), ("mae", 61.234), ("shiny", 0.5))
    ]
    table = metrics_table("teff", rows)
    headings = ("Stars", "Held out", "n", "MAE [K]", "in 68 %", "shiny")
    assert tuple(table.headings) == headings
    assert [row[:2] for row in table.rows] == [
        ("all", "sky\u00a0cells"),
        ("all", "single\u00a0stars"),
        ("giants", "sky\u00a0cells"),
        ("giants", "single\u00a0stars"),
    ]
    assert table.rows[0][3] == "61.2"
    assert table.rows[0][4].replace("\u202f", " ") == "67.5 %"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            stratum("group", "a", stage="giant", axis="snr", low=50.0, high=inf),
            "giants, S/N\u00a0≥\u00a050",
        ),
        (stratum("group", "b", stage="dwarf"), "dwarfs"),
        (stratum("group", "c", axis="snr", low=-inf, high=50), "S/N\u00a0<\u00a050"),
        (
            stratum("group", "d", axis="snr", low=20.0, high=50.0),
            "S/N\u00a0≥\u00a020 and\u00a0<\u00a050",
        ),
        # What is called like a group is none.
        (stratum("features", "has giant, snr<50"), "has giant, snr<50"),
        (stratum("class", "giant, snr>=50"), "giant, snr>=50"),
    ],
)
def test_groups_of_stars_are_written_as_in_print(
    row: dict[str, Any], words: str
) -> None:
    assert group_words(row) == words


def test_file_names_are_plain() -> None:
    odd = file_name("overlap", "apogee", "My Cat/1")
    assert re.fullmatch(r"overlap-apogee-my-cat-1\.[0-9a-f]{12}\.html", odd)
