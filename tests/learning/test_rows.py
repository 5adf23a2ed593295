"""What labelled rows must be, checked before any fit."""

from copy import deepcopy

import numpy as np
import polars as pl
import pytest
from views import labelled_rows, make_view, toy, toy_classes

from stellarwh.errors import TaskError
from stellarwh.learning import train
from stellarwh.learning.tasks.fingerprints import fingerprint
from stellarwh.learning.tasks.rows import LabelledRows
from stellarwh.learning.tasks.rows import labelled_rows as checked_rows
from stellarwh.learning.tasks.task import Target, Task


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


def rows_with(**changes: object) -> LabelledRows:
    n = 3
    made = {
        "stars": np.arange(n), "cells": np.arange(n),
        "features": pl.DataFrame({"a": [1.0, 2.0, 3.0]}),
        "labels": {"y": pl.Series([1.0, 2.0, 3.0])}, "errors": {"y": np.ones(n)},
    }  # fmt: skip
    return LabelledRows(**(made | changes))


def test_fingerprint_tells_names_types_errors_and_missing_from_zero():
    whole, texts = [0.0, 2.0, 3.0], ["a", "b", "c"]
    ones, same = np.ones(3), pl.Series([1.0, 2.0, 3.0])
    cases = [
        rows_with(),
        rows_with(features=pl.DataFrame({"b": [1.0, 2.0, 3.0]})),
        rows_with(features=pl.DataFrame({"a": whole})),
        rows_with(features=pl.DataFrame({"a": [None, 2.0, 3.0]})),
        rows_with(labels={"z": same}, errors={"z": ones}),
        rows_with(labels={"y": pl.Series(whole)}),
        rows_with(labels={"y": pl.Series([None, 2.0, 3.0])}),
        rows_with(labels={"y": pl.Series(texts)}),
        rows_with(labels={"y": pl.Series([None, "b", "c"])}),
        rows_with(labels={"y": pl.Series(["", "b", "c"])}),
        rows_with(labels={"y": pl.Series(["ab", "", "c"])}),
        rows_with(errors={"y": np.zeros(3)}),
    ]
    seen = [fingerprint(rows) for rows in cases]
    assert len(set(seen)) == len(cases)
    # The same values at another place have the same hash.
    assert [fingerprint(deepcopy(rows)) for rows in cases] == seen


@pytest.mark.parametrize("value", [3.4028234e38, -3.4028234e38])
def test_a_feature_fits_single_precision(connection, value):
    # Its largest number is (2 - 2^-23) 2^127 = 3.40282347e38.
    make_view(connection, "mine", with_value("a", value))
    assert labelled_rows(connection, "mine").features["a"][0] == value
    make_view(connection, "mine", with_value("a", 1.0000001 * value, 2))
    with pytest.raises(TaskError, match=r"Column a .* beyond 3\.4e\+38 in 2 rows"):
        labelled_rows(connection, "mine")


def test_fifty_labels_and_a_hundred_classes_are_taken(connection):
    make_view(connection, "mine", with_value("label_y", None, 350))
    assert len(labelled_rows(connection, "mine")) == 50
    hundred = toy_classes() | {"label_kind": [str(i % 100) for i in range(400)]}
    make_view(connection, "mine", hundred)
    assert labelled_rows(connection, "mine").labels["kind"].n_unique() == 100


def test_a_negative_error_is_none_and_one_of_zero_is_zero(connection):
    errors = [-9999.0, 0.0, 0.2, 0.4] * 100
    make_view(connection, "mine", toy() | {"label_y_err": errors})
    found = labelled_rows(connection, "mine").errors["y"]
    assert found.tolist() == [0.2, 0.0, 0.2, 0.4] * 100
    unknown = pl.Series([None] * 400, dtype=pl.Float64)
    make_view(connection, "mine", toy() | {"label_y_err": unknown})
    assert labelled_rows(connection, "mine").errors["y"].tolist() == [0.0] * 400
    make_view(connection, "mine", toy())
    assert labelled_rows(connection, "mine").errors["y"].tolist() == [0.0] * 400


@pytest.mark.parametrize("known", [49, 50])
def test_each_target_needs_fifty_labels_of_its_own(known):
    rare = pl.Series([float(i) if i < known else None for i in range(100)])
    frame = pl.DataFrame(toy(100)).with_columns(label_z=rare)
    targets = tuple(Target(t, f"label_{t}", "number", None) for t in "yz")
    task = Task("mine", ("a", "b"), ("DOUBLE", "DOUBLE"), targets, "")
    if known == 50:
        assert checked_rows(frame, task).labels["z"].null_count() == 50
        return
    with pytest.raises(TaskError, match=r"label_z of features\.mine has 49 labels"):
        checked_rows(frame, task)


def test_a_feature_that_no_labelled_row_has_is_refused():
    frame = pl.DataFrame(toy()).with_columns(b=pl.lit(None, pl.Float64))
    target = Target("y", "label_y", "number", None)
    task = Task("mine", ("a", "b"), ("DOUBLE", "DOUBLE"), (target,), "")
    with pytest.raises(TaskError, match=r"Feature b of .* is NULL in every"):
        checked_rows(frame, task)


def test_unknown_label_errors_are_taken_as_the_median_of_the_others(connection):
    errors = [0.1, 0.2, 0.3, None] * 100
    make_view(connection, "mine", toy() | {"label_y_err": errors})
    rows = labelled_rows(connection, "mine")
    assert sorted(set(rows.errors["y"])) == [0.1, 0.2, 0.3]
    assert np.sum(rows.errors["y"] == 0.2) == 200
