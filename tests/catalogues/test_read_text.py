"""Delimited text as people write it."""

import pytest

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from stellarwh.catalogues.text.types import narrowest_types
from stellarwh.errors import InputFileError


def read(path, content: str | bytes) -> dict[str, list]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = open_table(path)
    found: dict[str, list] = {column.name: [] for column in table.columns}
    for batch in table.batches(table.columns, no_nulls()):
        for column, array in zip(table.columns, batch.columns, strict=True):
            found[column.name] += array.to_pylist()
    return found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n", {"a": ["1"], "b": ["2"]}),
        ("a|b\n1|x,y\n", {"a": ["1"], "b": ["x,y"]}),
        ("a\tb\n1\t2\n", {"a": ["1"], "b": ["2"]}),
        ("a;b\n1;2\n", {"a": ["1"], "b": ["2"]}),
        ("a,b\r\n1,2\r\n", {"a": ["1"], "b": ["2"]}),
        ("\ufeffa,b\n1,2\n", {"a": ["1"], "b": ["2"]}),
        ("a,b\n1,2", {"a": ["1"], "b": ["2"]}),
        ('"a","b"\n"x,1","say ""hi"""\n', {"a": ["x,1"], "b": ['say "hi"']}),
        ("a,b\n,  \n", {"a": [None], "b": [None]}),
        ("a,b,\n1,2,\n", {"a": ["1"], "b": ["2"]}),
        ("a,b\n1,2,\n", {"a": ["1"], "b": ["2"]}),
        ("# made by hand\n# twice\na,b\n1,2\n", {"a": ["1"], "b": ["2"]}),
        ("#a,b\n1,2\n", {"a": ["1"], "b": ["2"]}),
        (",b\n7,2\n", {"column1": ["7"], "b": ["2"]}),
        ("a,b\n", {"a": [], "b": []}),
        ("a,b\nα,é\n", {"a": ["α"], "b": ["é"]}),
        ("a,b\né,1\n".encode("latin-1"), {"a": ["é"], "b": ["1"]}),
        ("a,b\nNaN,null\n", {"a": ["NaN"], "b": ["null"]}),
        ("sep=;\na;b\n1;2\n", {"a": ["1"], "b": ["2"]}),
        ("# name,teff\nHD 1,5000\n", {"name": ["HD 1"], "teff": ["5000"]}),
        ("# x, y\na,b\n1,2\n", {"a": ["1"], "b": ["2"]}),
        ("a\tb\ndeg\t\n---\t--\n1\tx\n", {"a": ["1"], "b": ["x"]}),
        ('a, b\nx, "y, z"\n', {"a": ["x"], "b": ["y, z"]}),
        ("a\n1\n\n2\n", {"a": ["1", None, "2"]}),
        ("a,b\n1,2\n# end\n", {"a": ["1"], "b": ["2"]}),
        ("a,b\nα,2\n".encode("utf-16"), {"a": ["α"], "b": ["2"]}),
    ],
)
def test_reads(tmp_path, content, expected):
    assert read(tmp_path / "t.csv", content) == expected


def test_counts_what_is_empty(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n,1\n  ,2\nx,\n")
    table = open_table(path)
    nulls = no_nulls()
    list(table.batches(table.columns, nulls))
    assert (nulls[0]["empty"], nulls[1]["empty"]) == (2, 1)


def test_a_row_of_another_length_is_refused(tmp_path):
    with pytest.raises(InputFileError, match="not a regular table"):
        read(tmp_path / "t.csv", "a,b\n1,2\n1,2,3,4\n")


def test_rows_come_in_order_over_several_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("stellarwh.catalogues.text.read._BLOCK_BYTES", 1000)
    rows = "".join(f"{i},x{i}\n" for i in range(5000))
    found = read(tmp_path / "t.csv", "a,b\n" + rows)
    assert found["a"] == [str(i) for i in range(5000)]


@pytest.mark.parametrize("content", ["a,b\n1,2,3\n", "1.5,2\n3,4\n"])
def test_a_header_that_cannot_be_right_is_refused(tmp_path, content):
    with pytest.raises(InputFileError, match="header"):
        read(tmp_path / "t.csv", content)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["0x10", "0x2B"], "string"),
        (["1e400", "1.5"], "string"),
        (["0266", "0267"], "string"),
        (["-03.5", "+00.125"], "double"),
        (["-0", "1"], "double"),
        (["-", "1.5", "<NA>", "#N/A", "---"], "double"),
        ([" 10000000000000000001", " 2"], "string"),
        (["5784542626622937341.0", "3.0"], "int64"),
        (["5784542626622937341.0", "5.78e18"], "string"),
    ],
)
def test_types_are_the_narrowest_exact_ones(tmp_path, values, expected):
    path = tmp_path / "t.csv"
    path.write_text("n,x\n" + "".join(f"n,{value}\n" for value in values))
    table = open_table(path)
    assert str(narrowest_types(table, table.columns[1:])[0]) == expected
