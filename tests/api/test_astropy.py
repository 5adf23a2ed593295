"""Results as tables of astropy: nothing is rounded, lost or without its unit."""

import warnings
from datetime import date, datetime

import astropy.units as u
import numpy as np
import pyarrow as pa
import pytest
from astropy.table import MaskedColumn, QTable
from astropy.utils.masked import Masked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stellarwh.api.asked import Given
from stellarwh.api.columns import Column
from stellarwh.api.result import Result

FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=64)
LARGE = st.integers(-(2**63) + 1, 2**63 - 1)
# Formats have no place for the difference between a text that is empty and none, and
# astropy writes none but ASCII to FITS.
TEXTS = st.text("abcXYZ 0123", min_size=1, max_size=8).map(lambda t: f"x{t}x")


def result_of(table: pa.Table, **units: str) -> Result:
    columns = tuple(
        Column(name, "", units.get(name, ""), f"ucd.{name}", f"about {name}")
        for name in table.column_names
    )
    return Result(Given(table, columns))


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 6))

    def cells(values):
        return draw(st.lists(st.none() | values, min_size=rows, max_size=rows))

    return pa.table(
        {
            "teff": pa.array(cells(FLOATS), pa.float64()),
            "ratio": pa.array(cells(FLOATS), pa.float64()),
            "id": pa.array(cells(LARGE), pa.int64()),
            "name": pa.array(cells(TEXTS), pa.string()),
            "good": pa.array(cells(st.booleans()), pa.bool_()),
            "pair": pa.array(
                cells(st.lists(FLOATS, min_size=2, max_size=2)),
                pa.list_(pa.float64(), 2),
            ),
        }
    )


def plain(column) -> list:
    """Return what a column holds as plain values, None where it is masked."""
    mask = getattr(column, "mask", None)
    data = getattr(column, "unmasked", column)
    values = np.asarray(getattr(data, "value", data))
    mask = np.zeros(values.shape, bool) if mask is None else np.asarray(mask)
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8")
    cells = np.ma.MaskedArray(values, np.broadcast_to(mask, values.shape))
    return [
        None if np.all(cells.mask[at]) else cells.data[at].tolist()
        for at in range(len(cells))
    ]


@given(tables())
@settings(deadline=None)
def test_values_are_those_of_arrow(table):
    made = result_of(table, teff="K").to_astropy()
    for name in table.column_names:
        assert plain(made[name]) == table[name].to_pylist()
    assert made["teff"].unit == u.K
    assert made["id"].dtype == np.int64


@pytest.mark.parametrize(
    ("ending", "form"), [("fits", "fits"), ("vot", "votable"), ("ecsv", "ascii.ecsv")]
)
@given(table=tables())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_table_survives_a_file(tmp_path, table, ending, form):
    made = result_of(table, teff="K").to_astropy()
    file = tmp_path / f"stars.{ending}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.write(file, format=form, overwrite=True)
        back = QTable.read(file, format=form)
    assert back.colnames == made.colnames
    for name in ("teff", "ratio", "id"):
        assert plain(back[name]) == table[name].to_pylist()
    assert plain(back["pair"]) == table["pair"].to_pylist()
    assert back["teff"].unit == u.K
    assert back["teff"].info.description == "about teff"
    assert back["teff"].info.meta["ucd"] == "ucd.teff"
    # FITS has no NULL of booleans, and VOTable none of texts.
    if form != "fits":
        assert plain(back["good"]) == table["good"].to_pylist()
    if form != "votable":
        assert plain(back["name"]) == table["name"].to_pylist()
    else:
        assert [t or None for t in plain(back["name"])] == table["name"].to_pylist()


def test_floats_with_a_unit_are_quantities_and_integers_columns():
    table = pa.table(
        {
            "whole": [1.5, 2.5],
            "gaps": [None, 2.5],
            "nights": pa.array([1, None], pa.int32()),
            "odd": [1.0, 2.0],
            "id": [2**62 + 1, 5],
        }
    )
    made = result_of(
        table, whole="deg", gaps="mas", nights="d", odd="furlongs"
    ).to_astropy()
    assert isinstance(made["whole"], u.Quantity)
    assert not isinstance(made["whole"], Masked)
    assert isinstance(made["gaps"], Masked)
    assert made["gaps"].unit == u.mas
    assert isinstance(made["nights"], MaskedColumn)
    assert made["nights"].dtype == np.int32
    assert made["nights"].info.meta["unit"] == "d"
    assert made["odd"].info.meta["unit"] == "furlongs"
    assert made["id"][0] == 2**62 + 1


def test_other_types_come_as_what_says_the_same():
    ragged = pa.array([[1.0, None], None, []], pa.list_(pa.float64()))
    table = pa.table(
        {
            "day": pa.array([date(2020, 1, 2), None, date(2021, 1, 1)]),
            "time": pa.array([datetime(2020, 1, 2, 3, 4), None, None]),
            "sum": pa.array([12, None, 3], pa.decimal128(38, 0)),
            "huge": pa.array([2**80, 1, None], pa.decimal128(38, 0)),
            "half": pa.array(["1.50", "2.25", None]).cast(pa.decimal128(5, 2)),
            "kind": pa.array(["a", "b", None]).dictionary_encode(),
            "parts": pa.array([{"x": 1}, None, {"x": 2}]),
            "ragged": ragged,
        }
    )
    made = result_of(table).to_astropy()
    assert plain(made["day"]) == ["2020-01-02", None, "2021-01-01"]
    assert plain(made["time"])[0].startswith("2020-01-02 03:04")
    assert made["sum"].dtype == np.int64
    assert plain(made["huge"]) == [str(2**80), "1", None]
    assert plain(made["half"]) == [1.5, 2.25, None]
    assert plain(made["kind"]) == ["a", "b", None]
    assert plain(made["parts"]) == ['{"x": 1}', None, '{"x": 2}']
    first, _, last = made["ragged"].data
    assert first.tolist() == [1.0, None]
    assert len(last) == 0
    assert made["ragged"].mask.tolist() == [False, True, False]


def test_a_fixed_array_that_is_null_does_not_shift_the_next():
    table = pa.table(
        {"p": pa.array([[1.0, 2.0], None, [3.0, None]], pa.list_(pa.float64(), 2))}
    )
    (made,) = result_of(table, p="mag").to_astropy().itercols()
    assert made.shape == (3, 2)
    assert made.mask.tolist() == [[False, False], [True, True], [False, True]]
    assert made[2, 0].value == 3.0
    sliced = result_of(table.slice(1, 2), p="mag").to_astropy()["p"]
    assert sliced.mask.tolist() == [[True, True], [False, True]]
    assert sliced[1, 0].value == 3.0


def test_a_result_without_rows_has_its_columns(wh):
    made = wh.sql(
        "select star_id, teff, teff_source from parameters limit 0"
    ).to_astropy()
    assert (len(made), made.colnames) == (0, ["star_id", "teff", "teff_source"])
    assert made["teff"].unit == u.K
