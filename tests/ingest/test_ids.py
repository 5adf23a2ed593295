"""Ids that went through a float: rows in, rows out."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from stellarwh.catalogues.convert import InexactError, arrow_type_of, convert
from stellarwh.catalogues.table import FileColumn, no_nulls
from stellarwh.errors import StellarwhError, SurveyError
from stellarwh.ingest import ingest_survey
from stellarwh.ingest.ids import rounded_ids
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.surveys.known import read_survey

# Neighbours of 2^62 that no float holds, and one that it does.
GAIA = 2**62 + 1
NO_ID = "{} holds ids as floats, so that their last digits are lost: no id to join or "
NO_ID += "match by."


@pytest.fixture
def look(connection):
    """Convert values, store them and look for rounded ids; return rows and warnings."""

    def looked(
        name: str, values: pa.Array, kind: pa.DataType, needed: Sequence[str] = ()
    ) -> tuple[list, list[str]]:
        source = FileColumn(0, name, values.type)
        nulls = no_nulls()
        stored = convert(values, kind, nulls[0])
        connection.register("incoming", pa.table({name: stored}))
        connection.execute("create or replace table raw.t as from incoming")
        column = PlannedColumn(name, source, kind)
        said = rounded_ids(connection, "raw.t", [column], nulls, needed)
        rows = connection.execute("from raw.t").fetchall()
        return [value for (value,) in rows], said

    return looked


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        # 2^53 is the float of 2^53 + 1, too.
        (pa.array([2.0**53 - 1, 2.0**53, 1e18, None, -(2.0**60)]), [2**53 - 1]),
        (pa.array([2.0**24 - 1, 2.0**24, 1e18, None, 3e9], pa.float32()), [2**24 - 1]),
        (pa.array(["9007199254740991", "1e18", "5.78e18", "-", "9.1e15"]), [2**53 - 1]),
    ],
)
def test_whole_numbers_that_a_float_has_rounded_are_null(look, values, kept):
    found, said = look("n", values, pa.int64())
    assert found == [*kept, None, None, None, None]
    assert said == [
        "n holds 3 whole numbers that went through a float; their last digits are "
        "lost, so they are NULL."
    ]


def test_a_needed_column_of_rounded_numbers_is_refused(look):
    with pytest.raises(SurveyError, match="n holds 1 whole numbers that went through"):
        look("n", pa.array([1e18]), pa.int64(), needed=["n"])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array([GAIA, None]), pa.int64()),
        (pa.array([f"{GAIA}.0", None]), pa.int64()),
        (pa.array([Decimal(GAIA), None], pa.decimal128(20, 0)), pa.int64()),
        (pa.array([Decimal(GAIA), None], pa.decimal128(38, 2)), pa.int64()),
        (pa.array([GAIA, None], pa.uint64()), pa.int64()),
        (pa.array([float(2**53 - 1), None]), pa.int64()),
    ],
)
def test_exact_ids_stay(look, values, kind):
    found, said = look("source_id", values, kind)
    assert found == [int(float(values[0].as_py())) if pa.types.is_floating(values.type)
                     else GAIA, None]  # fmt: skip
    assert said == []


@pytest.mark.parametrize(
    "values",
    [
        pa.array([Decimal(2**63)], pa.decimal128(20, 0)),
        pa.array([Decimal("1.5")], pa.decimal128(20, 1)),
        pa.array([2**64 - 1], pa.uint64()),
        pa.array([1.5]),
        pa.array(["0x1F"]),
        pa.array([str(2**63)]),
    ],
)
def test_what_is_no_whole_number_of_64_bits_is_refused(values):
    with pytest.raises(InexactError, match="where a whole number"):
        convert(values, pa.int64(), no_nulls()[0])


@pytest.mark.parametrize(
    ("name", "values", "is_told"),
    [
        ("source_id", [5.78e18, 5.78e18], True),
        ("Source", [5.78e18, np.nan], True),
        ("gaiaedr3_source_id", [float(2**53) + 2, 1.0], True),
        ("specObjID", [1e17], True),
        ("obsid", [1.0, 2.0**53 - 1], False),  # every one is exact
        ("source_id", [5.78e18, 1.5], False),  # no ids: they have fractions
        ("source_id", [1e30], False),  # no id has so many digits
        ("source_id", [np.nan], False),
        ("flux", [5.78e18], False),
        ("confidence", [5.78e18], False),
    ],
)
def test_columns_of_floats_that_look_like_ids_are_told(look, name, values, is_told):
    found, said = look(name, pa.array(values), pa.float64())
    assert repr(found) == repr(values)
    assert said == ([NO_ID.format(name)] if is_told else [])


def test_single_precision_loses_digits_sooner(look):
    values = pa.array([2.0**24 + 2], pa.float32())
    assert look("obsid", values, pa.float32())[1] == [NO_ID.format("obsid")]


@pytest.mark.parametrize("name", ["dr3_source_id", "sobject_id"])
def test_a_survey_takes_decimal_ids_exactly_or_not_at_all(
    connection, tmp_path, galah_columns, name
):
    for value, fits in ((GAIA, True), (2**63, False)):
        columns = dict(galah_columns)
        columns[name] = pa.array([Decimal(value)], pa.decimal128(20, 0))
        path = tmp_path / "galah.parquet"
        parquet.write_table(pa.table(columns), path)
        if not fits:
            with pytest.raises(StellarwhError, match=f"{name} holds .*{2**63}"):
                ingest_survey(connection, "galah", path, replace=True)
            continue
        ingest_survey(connection, "galah", path, replace=True)
        found = connection.execute(f"select {name} from raw.galah").fetchall()
        assert found == [(GAIA,)]


@pytest.fixture
def galah_columns() -> dict[str, pa.Array]:
    """Return a row of GALAH DR3 with the columns that it must have."""
    made = {}
    for column in read_survey("galah").columns:
        kind = arrow_type_of(column.type)
        value = "a" if pa.types.is_string(kind) else 1
        made[column.source_names[0]] = pa.array([value], kind)
    return made
