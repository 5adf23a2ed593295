"""Quotes in delimited text, against Python's csv module and DuckDB."""

import csv
import gzip
import io

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stellarwh.errors import InputFileError
from tests.catalogues.test_read_text import read

WORDS = ["", "a", "2M0000+00", " x", "y ", "5 0", '"', 'say "hi"', "a\nb", "\r\n", "é"]
WORDS += [",", "|", "a,b|c\td;e", '",\n"', "\n\n", "NULL", "-1.5"]
ROWS = st.lists(st.lists(st.sampled_from(WORDS), min_size=3, max_size=3), max_size=8)


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    ROWS,
    st.sampled_from(",|\t;"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["", "\ufeff"]),
    st.booleans(),
)
def test_every_field_is_as_csv_and_duckdb_read_it(
    tmp_path, rows, delimiter, end, quoting, bom, zipped
):
    out = io.StringIO()
    out.write(bom)
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    content = out.getvalue().encode()
    path = tmp_path / "t.csv"
    found = read(path, gzip.compress(content, 1) if zipped else content)
    again = list(
        csv.reader(io.StringIO(out.getvalue()[len(bom) :]), delimiter=delimiter)
    )
    expected = [[text.rstrip(" \r") or None for text in row] for row in again[1:]]
    assert [list(row) for row in zip(*found.values(), strict=True)] == expected
    path.write_bytes(content)
    by_duckdb = duckdb.execute(
        "from read_csv(?, header = true, all_varchar = true, delim = ?, quote = '\"', "
        "escape = '\"', null_padding = false, auto_detect = false, columns = "
        "{a: 'varchar', b: 'varchar', c: 'varchar'}, new_line = ?)",
        [str(path), delimiter, end.replace("\r", "\\r").replace("\n", "\\n")],
    ).fetchall()
    plain = [[(t or "").rstrip(" \r") or None for t in row] for row in by_duckdb]
    assert plain == expected


@pytest.mark.parametrize(
    "content",
    [
        'a,b\n1,"x\n2,y\n',
        'a,b\n1,2\n2,"y',
        'a,b\n1,2\n2,"',
        'a,b\n1,"' + "x" * 3000,
        'a,b\n1,5" wide\n2,"y\n',
    ],
)
def test_a_quote_that_is_never_closed_is_refused(tmp_path, monkeypatch, content):
    monkeypatch.setattr("stellarwh.catalogues.text.read._BLOCK_BYTES", 1000)
    with pytest.raises(InputFileError, match=r"never closed|cannot be told") as caught:
        read(tmp_path / "t.csv", content)
    assert "\n" not in str(caught.value)


def test_a_stray_quote_that_would_swallow_rows_is_refused(tmp_path):
    with pytest.raises(InputFileError, match="cannot be told apart"):
        read(tmp_path / "t.csv", 'a,b\n1,"x\n2,y\n3,"z"\n4,w\n')


def test_a_quote_within_a_plain_field_is_kept(tmp_path):
    content = 'a,b\n1,5" wide\n2,"x, y"\n'
    assert read(tmp_path / "t.csv", content)["b"] == ['5" wide', "x, y"]


def test_a_header_may_hold_quoted_line_breaks(tmp_path):
    content = 'id,"a\nb"\n1,2\n'
    assert read(tmp_path / "t.csv", content) == {"id": ["1"], "a b": ["2"]}


def test_a_large_field_within_one_block_is_read(tmp_path):
    large = "x\n" * 500_000
    content = f'a,b\n1,"{large}"\n2,y\n'
    assert read(tmp_path / "t.csv", content)["b"] == [large, "y"]


def test_quotes_across_blocks_are_followed(tmp_path, monkeypatch):
    monkeypatch.setattr("stellarwh.catalogues.text.read._BLOCK_BYTES", 64)
    texts = ['a "quoted" text', "two\nlines", '""', ""] * 200
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["n", "t"], *enumerate(texts)])
    found = read(tmp_path / "t.csv", out.getvalue())["t"]
    assert found == [text or None for text in texts]
