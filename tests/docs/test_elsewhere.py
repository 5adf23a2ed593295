"""Pages of other programs: each says whether it was tried, and counts as we do."""

import re
import shutil
import subprocess

import pytest

import stellarwh
from tests.docs.blocks import blocks
from tests.docs.conftest import GROUP

pytestmark = GROUP
OTHERS = {
    "astropy", "duckdb", "ibis", "julia", "lsdb", "pandas", "polars", "r", "topcat",
}  # fmt: skip


def test_each_page_runs_or_says_that_nobody_ran_it(repository):
    pages = {p.stem: p for p in (repository / "docs/howto").glob("from_*.md")}
    assert set(pages) == {f"from_{name}" for name in OTHERS}
    untried = set()
    for name, path in pages.items():
        text = path.read_text("utf-8")
        found = blocks(repository, path)
        tried = any(
            b.is_run and re.search("stilts|import |attach", b.text) for b in found
        )
        if not tried or "Tried by hand" in text:
            untried.add(name)
            assert "Not tested by us" in text or "Tried by hand" in text, name
        assert "What to mind:" in text, name
        assert re.search("read.only", text, re.I) or "export" in text, name
    assert untried == {"from_r", "from_julia"}


def test_stilts_counts_as_duckdb_does(folder):
    stilts = shutil.which("stilts")
    if stilts is None:
        pytest.skip("stilts is not installed")
    with stellarwh.open(folder / "warehouse/stellar.duckdb") as wh:
        (expected,) = wh.sql(
            "select count(*) as n from main.parameters where fe_h < -1 "
            "and fe_h_err is not null"
        ).to_arrow()["n"]
        wh.export("main.parameters", folder / "s.fits", columns="fe_h,fe_h_err")
    told = subprocess.run(
        [
            *(stilts, "tpipe", f"in={folder / 's.fits'}", "omode=count"),
            "cmd=select 'fe_h < -1 && !NULL_fe_h_err'",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert expected.as_py() > 0
    assert f"rows: {expected.as_py()}" in told.stdout
