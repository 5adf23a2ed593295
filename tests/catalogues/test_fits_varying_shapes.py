"""Cells of varying length that TDIM gives a shape, and truth values that are unset."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from stellarwh.errors import InputFileError


def written(path: Path, tform: str, cells: list, tdim: str = "") -> Path:
    """Write a column of varying length as astropy does, its TDIM by hand."""
    values = np.empty(len(cells), object)
    values[:] = cells
    table = fits.BinTableHDU.from_columns([fits.Column("v", tform, array=values)])
    if tdim:
        table.header["TDIM1"] = tdim
    table.writeto(path)
    return path


def read(path: Path) -> tuple[list, pa.DataType]:
    table = open_table(path)
    batches = list(table.batches(table.columns, no_nulls()))
    column = pa.Table.from_batches(batches).column(0)
    return column.to_pylist(), table.columns[0].type


def letters(text: str) -> np.ndarray:
    return np.array(list(text), "U1")


def test_letters_are_one_text_unless_tdim_says_how_long_texts_are(tmp_path):
    cells = [letters("xx"), letters("abc")]
    assert read(written(tmp_path / "a", "PA()", cells)) == (["xx", "abc"], pa.string())
    found = read(written(tmp_path / "b", "PA()", cells, "(1,3)"))
    assert found == ([["x", "x"], ["a", "b", "c"]], pa.list_(pa.string()))


@pytest.mark.parametrize("code", ["PA()", "QA()"])
def test_texts_of_a_cell_are_told_apart_by_tdim(tmp_path, code):
    cells = [letters("ab  cd  "), letters(""), letters("ef      ghijk   ")]
    found, kind = read(written(tmp_path / "a", code, cells, "(4,4)"))
    assert found == [["ab", "cd"], [], ["ef", None, "ghij", "k"]]
    found, kind = read(written(tmp_path / "b", code, cells, "(2,2,9)"))
    texts = [["ab", None], ["cd", None]], [["ef", None], [None, None]]
    assert found[:2] == [list(texts[0]), []]
    assert found[2] == [*texts[1], ["gh", "ij"], ["k", None]]
    assert kind == pa.list_(pa.list_(pa.string(), 2))


def test_elements_may_be_as_long_as_any_array(tmp_path):
    most = 100_000
    cells = [np.zeros(2 * most, "u1"), np.ones(0, "u1")]
    found, kind = read(written(tmp_path / "t", "PB()", cells, f"({most},9)"))
    assert kind == pa.list_(pa.list_(pa.uint8(), most))
    assert [len(cell) for cell in found] == [2, 0]


@pytest.mark.parametrize("tdim", ["(2,9)", "(2,2,9)", "(1,9)"])
def test_numbers_of_a_cell_have_the_shape_that_astropy_gives_them(tmp_path, tdim):
    cells = [np.arange(8.0), np.array([]), np.arange(4.0)]
    path = written(tmp_path / "t", "PD()", cells, tdim)
    with fits.open(path) as file:
        expected = [cell.tolist() for cell in file[1].data["v"]]
    assert read(path)[0] == expected
    assert expected[0] != cells[0].tolist()


def test_a_cell_that_its_tdim_does_not_divide_is_refused(tmp_path):
    path = written(tmp_path / "t", "PD()", [np.arange(4.0), np.arange(3.0)], "(2,9)")
    with pytest.raises(InputFileError, match="a cell of v has 3 elements, which its"):
        read(path)


def test_a_truth_value_is_t_or_f_and_all_else_is_none(tmp_path):
    # FITS 4.0, 7.3.3.1: a zero byte is undefined. astropy reads False there.
    flags = fits.Column("x", "5A", array=[b"TF..."])
    cells = np.empty(1, object)
    cells[0] = letters("TF...")
    varying = fits.Column("y", "PA()", array=cells)
    table = fits.BinTableHDU.from_columns([flags, varying])
    path = tmp_path / "t"
    table.writeto(path)
    content = path.read_bytes().replace(b"TF...", b"TF\0t\x01")
    for letters_, flags_ in ((b"'5A ", b"'5L "), (b"'PA(5)", b"'PL(5)")):
        assert letters_ in content
        content = content.replace(letters_, flags_)
    path.write_bytes(content)
    opened = open_table(path)
    (batch,) = opened.batches(opened.columns, nulls := no_nulls())
    expected = [True, False, None, None, None]
    assert [c.to_pylist() for c in batch.columns] == [[expected], [expected]]
    assert [dict(nulls[i]) for i in (0, 1)] == [{"logical null": 3}] * 2
