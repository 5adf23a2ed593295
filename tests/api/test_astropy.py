"""Results as tables of astropy: nothing is rounded, lost or without its unit."""

import json
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
# Among them what NumPy puts under a mask by default, as a type of 16 bits has it, too.
DEFAULTS = st.sampled_from([999_999, 16_959])
LARGE = st.integers(-(2**63), 2**63 - 1) | DEFAULTS
TINY = st.integers(-(2**7), 2**7 - 1)
HUGE = st.integers(0, 2**64 - 1)
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
            "flag": pa.array(cells(TINY), pa.int8()),
            "bits": pa.array(cells(TINY.map(abs)), pa.uint16()),
            "short": pa.array(cells(TINY | st.just(16_959)), pa.int16()),
            "hash": pa.array(cells(HUGE), pa.uint64()),
            "name": pa.array(cells(TEXTS), pa.string()),
            "good": pa.array(cells(st.booleans()), pa.bool_()),
            "pair": pa.array(
                cells(st.lists(st.none() | FLOATS, min_size=2, max_size=2)),
                pa.list_(pa.float64(), 2),
            ),
            "visible": pa.array(
                cells(st.lists(st.none() | st.booleans(), min_size=2, max_size=2)),
                pa.list_(pa.bool_(), 2),
            ),
            "track": pa.array(
                cells(st.lists(st.none() | FLOATS, min_size=1, max_size=3)),
                pa.list_(pa.float64()),
            ),
            "visits": pa.array(
                cells(st.lists(st.none() | TINY, min_size=1, max_size=3)),
                pa.list_(pa.int32()),
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
    if values.dtype.kind == "O":
        return [plain_array(cell) for cell in values]
    cells = np.ma.MaskedArray(values, np.broadcast_to(mask, values.shape))
    return [
        None if np.all(cells.mask[at]) else cells[at].tolist()
        for at in range(len(cells))
    ]


def plain_array(cell) -> list:
    """Return an array of any size, None for NULL and for what stands for it."""
    least = -(2**31)
    return [
        None if x is None or x != x or x == least else x
        for x in np.ma.asarray(cell).tolist()
    ]


def expected(values: pa.ChunkedArray) -> list:
    """Return the values of a column as `plain` gives them."""
    given = values.to_pylist()
    if pa.types.is_list(values.type):
        return [[None] if cell is None else cell for cell in given]
    if pa.types.is_fixed_size_list(values.type):
        return [None if cell == [None, None] else cell for cell in given]
    if values.type == pa.uint64() and max(filter(None, given), default=0) >= 2**63:
        return [None if value is None else str(value) for value in given]
    return given


@given(tables())
@settings(max_examples=40, deadline=None)
def test_values_are_those_of_arrow(table):
    made = result_of(table, teff="K").to_astropy()
    for name in table.column_names:
        assert plain(made[name]) == expected(table[name])
    assert made["teff"].unit == u.K
    types = {"id": "i8", "flag": "i2", "bits": "i4", "visible": "i2", "track": "O"}
    assert {name: made[name].dtype for name in types} == types
    assert made["visible"].shape == (len(table), 2)


@pytest.mark.parametrize(
    ("ending", "form"), [("fits", "fits"), ("vot", "votable"), ("ecsv", "ascii.ecsv")]
)
@given(table=tables())
@settings(
    max_examples=10,
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
    for name in table.column_names:
        found, wanted = plain(back[name]), expected(table[name])
        if form == "votable" and made[name].dtype.kind == "U":  # has no NULL of texts
            found = [text or None for text in found]
        if not (form == "fits" and name == "good"):  # has no NULL of booleans
            assert found == wanted, name
    assert back["teff"].unit == u.K
    assert back["teff"].info.description == "about teff"
    assert back["teff"].info.meta["ucd"] == "ucd.teff"


def test_an_integer_that_stands_for_null_is_none_of_the_values(tmp_path):
    every = [*range(-(2**15), 2**15), None]
    full = pa.table({"n": pa.array(every, pa.int16())})
    gap = [value for value in every if value != 5]
    for table in (full, pa.table({"n": pa.array(gap, pa.int16())})):
        made = result_of(table).to_astropy()
        made.write(tmp_path / "n.fits", overwrite=True)
        assert QTable.read(tmp_path / "n.fits")["n"].tolist() == table["n"].to_pylist()
    assert made["n"].dtype == np.int16


@pytest.mark.filterwarnings("ignore::astropy.io.votable.exceptions.W31")
@pytest.mark.parametrize("form", ["fits", "votable", "ascii.ecsv"])
@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32()]
)
def test_the_bounds_of_each_integer_survive_a_file(tmp_path, kind, form):
    bits = kind.bit_width
    low = 0 if pa.types.is_unsigned_integer(kind) else -(2 ** (bits - 1))
    values = [low, None, low + 2**bits - 1]
    arrays = [[values[0], None], None, [values[2], 1]]
    table = pa.table(
        {"n": pa.array(values, kind), "pair": pa.array(arrays, pa.list_(kind, 2))}
    )
    result_of(table).to_astropy().write(tmp_path / "n", format=form)
    back = QTable.read(tmp_path / "n", format=form)
    assert plain(back["n"]) == values
    assert plain(back["pair"]) == arrays


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


def test_logarithms_have_the_units_that_astropy_has_for_them(tmp_path):
    table = pa.table({"logg": [4.44, None], "logg_err": [0.1, 0.2], "fe_h": [0.0, 0.1]})
    columns = (
        Column("logg", "", "log(cm.s**-2)", "phys.gravity"),
        Column("logg_err", "", "log(cm.s**-2)", "stat.error;phys.gravity"),
        Column("fe_h", "", "dex", "phys.abund.Fe"),
    )
    made = Result(Given(table, columns)).to_astropy()
    # The Sun's: 10**4.44 cm/s2.
    physical = plain(made["logg"].to(u.m / u.s**2))
    assert physical == [pytest.approx(275.4, abs=0.05), None]
    # An error is added to a logarithm, and its unit stays the logarithm's.
    above = made["logg"] + made["logg_err"]
    assert above.unit == u.dex(u.cm / u.s**2)
    assert plain(above) == [pytest.approx(4.54), None]
    assert made["fe_h"].unit == made["logg_err"].unit == u.dex
    assert isinstance(made["fe_h"], u.Quantity)
    for name in ("stars.ecsv", "stars.fits"):
        with warnings.catch_warnings():
            # FITS has no such unit; astropy keeps it in comments, and says so.
            warnings.simplefilter("ignore")
            made.write(tmp_path / name)
            back = QTable.read(tmp_path / name)
        for column in made.colnames:
            assert back[column].unit == made[column].unit
            assert plain(back[column]) == plain(made[column])


def test_lists_of_texts_come_as_json():
    lists = [["a", None], None, [], ['say "ä"', "a"], ["a"]]
    cells = pa.array(lists, pa.list_(pa.string()))
    for values in (cells, cells.slice(1)):
        made = result_of(pa.table({"x": values})).to_astropy()["x"]
        found = [None if text is None else json.loads(text) for text in plain(made)]
        assert found == values.to_pylist()


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
    first, gone, last = made["ragged"].data
    assert first.tolist() == [1.0, None]
    assert gone.tolist() == [None]
    assert np.isnan([first.data[1], gone.data[0]]).all()
    assert len(last) == 0


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
        "select star_id, teff, teff_sources from parameters limit 0"
    ).to_astropy()
    assert (len(made), made.colnames) == (0, ["star_id", "teff", "teff_sources"])
    assert made["teff"].unit == u.K


def test_types_and_shapes_are_the_same_without_rows():
    kinds = {
        "flag": pa.uint8(),
        "hash": pa.uint64(),
        "pair": pa.list_(pa.bool_(), 2),
        "track": pa.list_(pa.float64()),
    }
    made = result_of(pa.table({n: pa.array([], k) for n, k in kinds.items()}))
    found = {c.name: (str(c.dtype), c.shape) for c in made.to_astropy().itercols()}
    assert found == {
        "flag": ("int16", (0,)),
        "hash": ("int64", (0,)),
        "pair": ("int16", (0, 2)),
        "track": ("object", (0,)),
    }
