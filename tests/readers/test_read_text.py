"""Delimited text as people write it."""

import pytest

from stellarwh.errors import InputFileError
from stellarwh.readers import no_nulls, open_table


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
    monkeypatch.setattr("stellarwh.readers.text._BLOCK_BYTES", 1000)
    rows = "".join(f"{i},x{i}\n" for i in range(5000))
    found = read(tmp_path / "t.csv", "a,b\n" + rows)
    assert found["a"] == [str(i) for i in range(5000)]
