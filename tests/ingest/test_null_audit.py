"""The audit of NULLs adds up to the NULLs of the raw table, whatever the file."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from pyarrow import parquet

from stellarwh.ingest import ingest_survey
from tests.catalogues.votable_corpus import wrap

POSITIONS = {"ra": [1.0, 2.0, 3.0, 4.0], "dec": [5.0, 6.0, 7.0, 8.0]}


def write_csv(path: Path) -> None:
    path.write_text(
        "id,ra,dec,n,x,name\n"
        "1,1.0,5.0,,1.5,a\n"
        "2,2.0,6.0,7,null,\n"
        "3,3.0,7.0,N/A,--,NULL\n"
        "4,4.0,8.0,,,b\n"
    )


def write_fits(path: Path) -> None:
    lists = np.empty(4, dtype=object)
    lists[:] = [np.array([1, -1]), np.array([], int), np.array([-1]), np.array([2])]
    table = fits.BinTableHDU.from_columns(
        [
            *(fits.Column(name, "D", array=x) for name, x in POSITIONS.items()),
            fits.Column("n", "J", null=-1, array=[1, -1, -1, 4]),
            fits.Column("pair", "2I", null=0, array=[[0, 0], [1, 0], [1, 2], [3, 4]]),
            fits.Column("many", "PJ()", null=-1, array=lists),
            fits.Column("name", "A4", array=["a", "", "  ", "b"]),
            fits.Column("is_good", "L", array=[True, False, True, False]),
            fits.Column("nothing", "0J", array=np.empty((4, 0), "i4")),
        ]
    )
    table.writeto(path)
    # astropy writes no logical without value: the last one becomes NUL.
    start = fits.getheader(path, 1)
    with fits.open(path) as file:
        offset = file[1].fileinfo()["datLoc"]
    at = offset + start["NAXIS1"] - 1
    raw = bytearray(path.read_bytes())
    assert raw[at : at + 1] == b"T"
    raw[at] = 0
    path.write_bytes(raw)


def write_fits_ascii(path: Path) -> None:
    columns = [fits.Column(name, "F5.1", array=x) for name, x in POSITIONS.items()]
    columns.append(fits.Column("n", "I4", array=[1111, 2222, 3333, 3333], null="3333"))
    columns.append(fits.Column("name", "A4", array=["a", "", "none", "b"]))
    fits.TableHDU.from_columns(columns).writeto(path)
    path.write_bytes(path.read_bytes().replace(b"2222", b"    "))


def write_votable(path: Path) -> None:
    table = Table(POSITIONS)
    table["n"] = MaskedColumn([1, 2, 3, 4], mask=[0, 1, 1, 0])
    table["name"] = MaskedColumn(["a", "b", "c", "d"], mask=[0, 0, 0, 1])
    table.write(path, format="votable")


def write_ecsv(path: Path) -> None:
    table = Table(POSITIONS)
    table["n"] = MaskedColumn([1, 2, 3, 4], mask=[0, 1, 1, 0])
    table["name"] = ["a", "", "  ", "b"]
    table["pair"] = MaskedColumn([[1, 2]] * 4, mask=[[0, 1], [1, 1], [0, 0], [0, 0]])
    many = np.empty(4, object)
    many[:] = [[1, None], [2], [None, None], [3]]
    table["many"] = many
    table.write(path, format="ascii.ecsv")


def write_votable_of_all_kinds(path: Path) -> None:
    fields = [
        '"ra" datatype="double"/>',
        '"dec" datatype="double"/>',
        '"n" datatype="long"><VALUES null="-1"/></FIELD>',
        '"x" datatype="float"/>',
        '"good" datatype="boolean"/>',
        '"c" datatype="floatComplex"/>',
        '"pair" datatype="int" arraysize="2"><VALUES null="0"/></FIELD>',
        '"many" datatype="float" arraysize="*"/>',
        '"name" datatype="char" arraysize="*"/>',
    ]
    rows = [
        ["1", "5", "-1", "NaN", "T", "1 2", "0 1", "1 NaN", "a"],
        ["2", "6", "", "", "?", "NaN 2", "", "", ""],
        ["3", "7", "3", "1", "", "", "0 0", "NaN NaN", " "],
    ]
    cells = ("".join(f"<TD>{cell}</TD>" for cell in row) for row in rows)
    path.write_bytes(
        wrap(
            "".join(f"<FIELD name={field}" for field in fields),
            f"<TABLEDATA><TR>{'</TR><TR>'.join(cells)}</TR></TABLEDATA>",
        )
    )


def write_parquet(path: Path) -> None:
    made = {
        **POSITIONS,
        "n": pa.array([None, 2, None, None], pa.int64()),
        "name": pa.array(["a", None, "", "b"]),
        "many": pa.array([[1, None], None, [], [None, None]], pa.list_(pa.int32())),
        "pair": pa.array([[1, None], None, [3, 4], [5, 6]], pa.list_(pa.int32(), 2)),
    }
    parquet.write_table(pa.table(made), path)


def count_none(cell: object) -> int:
    if isinstance(cell, list | tuple):
        return sum(count_none(item) for item in cell)
    return int(cell is None)


def nulls_of(db: duckdb.DuckDBPyConnection, table: str) -> Counter[str]:
    """Return how many NULLs each column has, those within arrays included."""
    found = db.execute(f"from {table}")
    names = [column[0] for column in found.description]
    counts: Counter[str] = Counter()
    for row in found.fetchall():
        for name, cell in zip(names, row, strict=True):
            counts[name] += count_none(cell)
    return +counts


@pytest.mark.parametrize(
    ("write", "rules"),
    [
        (write_csv, {"empty", "null word"}),
        (write_fits, {"TNULL", "blank", "logical null", "zero width"}),
        (write_fits_ascii, {"TNULL", "blank"}),
        (write_votable, {"null"}),
        (write_votable_of_all_kinds, {"null"}),
        (write_ecsv, {"null"}),
        (write_parquet, {"null"}),
    ],
)
def test_the_audit_adds_up_to_the_nulls_of_the_table(
    connection, tmp_path, write: Callable[[Path], None], rules
):
    path = tmp_path / "catalogue"
    write(path)
    ingest_survey(connection, "mine", path, ra="ra", dec="dec")
    audit = connection.execute(
        "select column_name, rule, n from meta.null_audit "
        "where survey = 'mine' and layer = 'raw'"
    ).fetchall()
    audited: Counter[str] = Counter()
    for column, _, count in audit:
        audited[column] += count
    assert audited == nulls_of(connection, "raw.mine")
    assert {rule for _, rule, _ in audit} == rules
