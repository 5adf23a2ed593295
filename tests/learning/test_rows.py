"""What labelled rows must be, checked before any fit."""

import numpy as np
import polars as pl
import pytest
from views import labelled_rows, make_view, toy, toy_classes

from stellarwh.errors import TaskError
from stellarwh.learning import train
from stellarwh.learning.tasks.fingerprints import fingerprint


def with_value(column: str, value: object, rows: int = 1) -> dict[str, object]:
    columns = toy()
    values = list(np.asarray(columns[column]))
    values[:rows] = [value] * rows
    return columns | {column: values}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (toy() | {"label_y": pl.Series([None] * 400, dtype=pl.Float64)}, "no labelled"),
        (with_value("label_y", None, 360), "label_y of features.mine has 40 labels"),
        (with_value("a", float("inf")), "Column a of .* NaN or infinite in 1 rows"),
        (with_value("a", float("nan"), 3), "Column a of .* NaN or infinite in 3 rows"),
        (with_value("label_y", float("nan")), "Column label_y of .* NaN or infinite"),
        (with_value("star_id", 14), "1 rows whose star_id stands in an earlier row"),
        (with_value("star_id", None), "1 labelled rows without star_id"),
        (with_value("healpix_group", None, 2), "2 labelled rows without healpix_group"),
        (toy() | {"healpix_group": [1, 2] * 200}, "2 sky cells, fewer than 5 folds"),
        (toy() | {"healpix_group": [1] * 400}, "at least two cells"),
        (toy_classes() | {"label_kind": ["G"] * 400}, r"one class only \('G'\)"),
        (
            toy_classes() | {"label_kind": [str(i % 101) for i in range(400)]},
            "101 classes, more than the 100",
        ),
        (toy() | {"label_y": [4.5] * 400}, "label_y of .* is 4.5 wherever it is known"),
    ],
)
def test_bad_rows_are_refused_before_anything_is_fitted(
    connection, monkeypatch, columns, message
):
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("stellarwh.learning.crossfit.fits.Fits.submit", never)
    make_view(connection, "mine", columns)
    with pytest.raises(TaskError, match=message):
        train(connection, "mine")
    assert connection.execute("select count(*) from ml.runs").fetchall() == [(0,)]


def test_fingerprint_tells_a_single_changed_value(connection):
    seen = set()
    for columns in (
        toy(),
        with_value("a", 0.5),
        with_value("a", None),
        with_value("label_y", 0.5),
        with_value("star_id", 1),
        with_value("healpix_group", 3),
    ):
        make_view(connection, "mine", columns)
        seen.add(fingerprint(labelled_rows(connection, "mine")))
    assert len(seen) == 6


def test_fingerprint_does_not_depend_on_the_order_of_the_table(connection):
    make_view(connection, "mine", toy())
    before = fingerprint(labelled_rows(connection, "mine"))
    backwards = pl.DataFrame(toy()).reverse().to_dict(as_series=True)
    make_view(connection, "mine", backwards)
    assert fingerprint(labelled_rows(connection, "mine")) == before


def test_unknown_label_errors_are_taken_as_the_median_of_the_others(connection):
    errors = [0.1, 0.2, 0.3, None] * 100
    make_view(connection, "mine", toy() | {"label_y_err": errors})
    rows = labelled_rows(connection, "mine")
    assert sorted(set(rows.errors["y"])) == [0.1, 0.2, 0.3]
    assert np.sum(rows.errors["y"] == 0.2) == 200
