"""Notebooks run on other files by one path, which stands in their first cell."""

import ast
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "docs/notebooks").glob("0*"))
_CELL = re.compile(r"^```\{code-cell\} ipython3\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_there_are_six():
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05", "06"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_begins_with_the_path_and_opens_nothing_else(path):
    first, *others = _CELL.findall(path.read_text("utf-8"))
    imported, assigned = ast.parse(first).body
    assert isinstance(imported, ast.Import)
    assert ast.unparse(assigned) == (
        "warehouse = os.environ.get('STELLARWH_WAREHOUSE', 'warehouse/stellar.duckdb')"
    )
    rest = "\n".join(others)
    assert rest.count("stellarwh.open(warehouse)") == 1
    assert "environ" not in rest
    assert not re.search(r"\.(duckdb|fits|csv|parquet)\b", rest)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_that_its_sky_is_simulated(path):
    text = path.read_text("utf-8")
    assert "On this page it runs on a small simulated sky" in text
    assert "is_simulated" in text  # and its figures, if they are
