"""The figures of the one scale are what NumPy works out of the same rows."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from stellarwh.report import reader as readers
from stellarwh.report.figures import statement
from stellarwh.report.figures.of_scale import SHARED
from stellarwh.report.pages.scale import scale_page
from stellarwh.report.provenance import read_provenance
from stellarwh.report.reader import Reader
from stellarwh.report.site import environment, render
from stellarwh.warehouse.database import open_warehouse
from tests.report.conftest import standin

_PAIR = (
    "select l.star_id, {turned} * (r.measured - l.measured) as measured, "
    "{turned} * (r.value - l.value) as calibrated, "
    "sqrt(l.measured_err ** 2 + r.measured_err ** 2) as measured_err, "
    "sqrt(l.err ** 2 + r.err ** 2) as calibrated_err, "
    "p.teff, p.logg, p.fe_h, r.snr "
    'from scale."values" l join scale."values" r using (star_id, quantity) '
    "join scale.places p using (star_id) "
    "where l.survey = '{left}' and r.survey = '{right}' and quantity = '{quantity}'"
)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    path = tmp_path_factory.mktemp("scale") / "stand.duckdb"
    with standin(path):
        pass
    with open_warehouse(path, read_only=True) as connection:
        yield Reader(connection)


def pairs(reader: Reader, left: str, right: str, quantity: str) -> dict:
    sql = _PAIR.format(left=left, right=right, quantity=quantity, turned=1)
    found = reader.connection.execute(sql).fetchnumpy()
    return {name: np.asarray(values) for name, values in found.items()}


@pytest.mark.parametrize("axis", ["teff", "logg", "fe_h", "snr"])
def test_differences_are_medians_of_bins_of_the_place(
    reader: Reader, axis: str
) -> None:
    stars = pairs(reader, "apogee", "galah", "teff")
    data = reader.figure("scale_difference", survey="galah", quantity="teff")
    assert data is not None
    rows = [row for row in data.rows() if row["axis"] == axis]
    assert {row["scale"] for row in rows} == {"measured", "calibrated"}
    seen = 0
    for row in rows:
        inside = (stars[axis] >= row["x_low"]) & (stars[axis] < row["x_high"])
        y = stars[row["scale"]][inside]
        assert len(y) == row["n"] >= 10
        found = [row["y_16"], row["y_50"], row["y_84"]]
        np.testing.assert_allclose(found, np.quantile(y, [0.16, 0.5, 0.84]))
        seen += len(y)
    assert seen > 1.8 * len(stars["snr"])  # of both scales, all but thin bins


def test_the_reference_does_not_differ_from_itself(reader: Reader) -> None:
    assert not reader.figure("scale_difference", survey="apogee", quantity="teff")


def test_it_is_the_survey_less_the_reference_whichever_comes_first(
    reader: Reader, tmp_path: Path
) -> None:
    of_galah = reader.figure("scale_difference", survey="galah", quantity="fe_h")
    with standin(tmp_path / "stand.duckdb") as connection:
        connection.execute("update scale.in_use set reference = 'galah'")
        turned = Reader(connection).figure(
            "scale_difference", survey="apogee", quantity="fe_h"
        )
    assert of_galah is not None
    assert turned is not None
    for one, other in zip(of_galah.rows(), turned.rows(), strict=False):
        if one["axis"] == "snr":
            break
        assert one["y_50"] == pytest.approx(-other["y_50"]) != 0
        assert one["y_16"] == pytest.approx(-other["y_84"])


def test_pulls_are_differences_in_units_of_both_errors(reader: Reader) -> None:
    stars = pairs(reader, "apogee", "galah", "teff")
    data = reader.figure("scale_pulls", quantity="teff")
    assert data is not None
    for scale in ("measured", "calibrated"):
        pull = -stars[scale] / stars[f"{scale}_err"]
        rows = [
            row
            for row in data.rows()
            if (row["survey_left"], row["survey_right"]) == ("apogee", "galah")
            and row["scale"] == scale
        ]
        counts, edges = np.histogram(pull[pull < 5], 40, (-5, 5))
        np.testing.assert_array_equal([row["n"] for row in rows], counts)
        np.testing.assert_allclose([row["x_from"] for row in rows], edges[:-1])
        middle = np.median(pull)
        spread = 1.4826 * np.median(np.abs(pull - middle))
        for row in rows:
            assert row["n_points"] == len(pull)
            assert row["middle"] == pytest.approx(middle)
            assert row["spread"] == pytest.approx(spread)
            assert row["share_68"] == pytest.approx(np.mean(np.abs(pull) <= 1))


def test_galah_less_apogee_stands_beside_what_is_published(reader: Reader) -> None:
    data = reader.figure("scale_published")
    assert data is not None
    published = {
        "teff": (-8, 78),
        "logg": (0.0, 0.10),
        "fe_h": (-0.022, 0.061),
        "radial_velocity": (-0.09, 0.39),
    }
    assert [row["quantity"] for row in data.rows()] == list(published)
    for row in data.rows():
        stars = pairs(reader, "apogee", "galah", row["quantity"])
        assert row["n"] == len(stars["snr"]) > 100
        for scale in ("measured", "calibrated"):
            y = stars[scale]
            middle = np.median(y)
            assert row[scale] == pytest.approx(middle)
            spread = 1.4826 * np.median(np.abs(y - middle))
            assert row[f"{scale}_scatter"] == pytest.approx(spread)
        found = row["published"], row["published_scatter"]
        assert found == published[row["quantity"]]


def test_values_out_of_range_are_counted(reader: Reader) -> None:
    data = reader.figure("scale_zero_points")
    assert data is not None
    for row in data.rows():
        n, outside = reader.connection.execute(
            'select count(*), count_if(not in_range) from scale."values" '
            "where survey = ? and quantity = ?",
            [row["survey"], row["quantity"]],
        ).fetchall()[0]
        assert (row["n_values"], row["n_outside"]) == (n, outside)
        known = row["quantity"] == "teff" and row["survey"] != "apogee"
        assert row["zero_point"] == (25.5 if known else None)


def test_of_many_shared_stars_one_in_some_is_looked_at() -> None:
    with duckdb.connect() as connection:  # noqa: TID251 - no warehouse
        connection.execute(
            "create table stars as select i * 2 as star_id, "
            "case when i % 2 = 0 then ['a'] else ['a', 'b'] end as surveys "
            "from range(120_002) as r(i)"
        )
        found = connection.execute(
            statement.read_step("sources/shared_stars")
        ).fetchnumpy()
        every = connection.execute(
            statement.read_step("sources/counted_stars")
        ).fetchnumpy()
    # 60,001 stars are more than twice 25,000: one in three of 2, 6, 10, 14, 18, …
    assert set(found["step"]) == {3}
    assert set(found["n_all"]) == {60_001}
    np.testing.assert_array_equal(np.sort(found["star_id"]), range(6, 240_004, 12))
    assert set(every["step"]) == {3}
    np.testing.assert_array_equal(np.sort(every["star_id"]), range(0, 240_004, 6))


def test_a_page_of_a_sample_says_so_and_its_sql_gives_what_is_drawn(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = statement.read_step

    def fewer(step: str) -> str:
        return whole(step).replace(" / 25000", " / 100")

    monkeypatch.setattr(readers, "read_step", fewer)
    monkeypatch.setattr(statement, "read_step", fewer)
    ((n,),) = reader.connection.execute(
        "select count(*) from main.stars where len(surveys) > 1"
    ).fetchall()
    step = -(-n // 100)
    ((few,),) = reader.connection.execute(
        "select count(*) from main.stars where len(surveys) > 1 and star_id % ? = 0",
        [step],
    ).fetchall()
    try:
        surveys = ["apogee", "galah", "lamost"]
        page = scale_page(reader, read_provenance(reader), surveys)
        data = reader.figure("scale_published")
    finally:
        reader.forget(*SHARED, "counted_stars", "scale_counts")
    told = render(environment(), page, [page])
    assert f"{few} of {n:,} stars, those whose star_id is divisible by {step}." in told
    assert data is not None
    stars = pairs(reader, "apogee", "galah", "fe_h")
    inside = stars["star_id"] % step == 0
    row = next(row for row in data.rows() if row["quantity"] == "fe_h")
    assert row["n"] == inside.sum() > 10
    assert row["measured"] == pytest.approx(np.median(stars["measured"][inside]))
    pasted = reader.connection.execute(data.sql).fetchnumpy()
    np.testing.assert_allclose(pasted["measured"], data.columns["measured"])
