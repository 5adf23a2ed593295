"""Files that lie or are damaged: the whole command refuses them or reads them right."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from benchmarks.damage import damage, seed_files
from benchmarks.fuzz_ingest import fuzz
from stellarwh.errors import StellarwhError
from stellarwh.ingest import ingest_survey
from stellarwh.warehouse.database import open_warehouse
from tests.ingest.peak import run_with_peak

ROWS = 20
# Peak memory of the command on an ordinary file of this size is below 300 MiB.
MOST_MEMORY = 500 << 10  # KiB


def table(path: Path, **keywords: object) -> Path:
    """Write a small table whose header says what is not so."""
    lists = np.empty(ROWS, dtype=object)
    lists[:] = [np.arange(i % 4) for i in range(ROWS)]
    columns = [
        fits.Column("ra", "D", array=np.arange(ROWS)),
        fits.Column("dec", "D", array=np.arange(ROWS)),
        fits.Column("image", "6J", array=np.zeros((ROWS, 6), "i4"), dim="(2,3)"),
        fits.Column("lists", "PJ()", array=lists),
    ]
    fits.BinTableHDU.from_columns(columns).writeto(path)
    raw = path.read_bytes()
    header = fits.getheader(path, 1)
    size = len(header.tostring())
    header.update(keywords)
    path.write_bytes(raw[:2880] + header.tostring().encode() + raw[2880 + size :])
    return path


@pytest.mark.parametrize(
    "lie",
    [
        {"TFIELDS": 999},
        {"TFIELDS": 10**9},
        {"NAXIS1": 10**9},
        {"NAXIS1": 10**12, "TFORM3": f"{10**12}B"},
        {"NAXIS2": 10**12},
        {"NAXIS1": 10**12, "NAXIS2": 10**12},
        {"PCOUNT": 10**15, "THEAP": 10**15},
        {"TFORM3": "2147483647J", "NAXIS1": 16 + 4 * 2147483647 + 8},
        {"NAXIS2": -5},
    ],
    ids=str,
)
def test_a_header_that_lies_is_one_line_and_bounded_memory(tmp_path, lie):
    path = table(tmp_path / "t.fits", **lie)
    warehouse = tmp_path / "stellar.duckdb"
    line = ["--warehouse", warehouse, "ingest", "mine", path, "--ra", "ra"]
    done, peak = run_with_peak(*line, "--dec", "dec")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert peak < MOST_MEMORY
    assert not warehouse.exists()


@pytest.mark.parametrize(
    "dim", ["(99999999,99999999)", "(2,3,9999999999999999999)", "(0)", "(-2,-3)", "(1)"]
)
def test_a_dimension_that_lies_changes_no_value(connection, tmp_path, dim):
    path = table(tmp_path / "t.fits", TDIM3=dim)
    result = ingest_survey(connection, "mine", path, ra="ra", dec="dec")
    assert result.rows == ROWS
    (cell,) = connection.execute("select distinct image from raw.mine").fetchone()
    flat = np.ravel(cell)
    assert flat.tolist() == [0] * (1 if dim == "(1)" else 6)


def damaged_ingests(inputs: int, seed: int, folder: Path) -> tuple[Counter, list[str]]:
    """Ingest so many damaged files into one warehouse; return outcomes, findings."""
    outcomes: Counter = Counter()
    findings = []
    files = list(seed_files().items())
    path = folder / "input"
    with open_warehouse(folder / "stellar.duckdb") as connection:
        for number in range(inputs):
            rng = np.random.default_rng((seed, number))
            name, content = files[number % len(files)]
            path.write_bytes(damage(content, rng))
            before = connection.execute("from meta.ingests order by all").fetchall()
            dec = "dec" if "fits" in name or name == "heap" else "id"
            try:
                result = ingest_survey(
                    connection, "mine", path, ra="ra", dec=dec, replace=True
                )
            except StellarwhError as error:
                outcomes["refused"] += 1
                after = connection.execute("from meta.ingests order by all").fetchall()
                if "\n" in str(error) or after != before:
                    findings.append(f"{number} ({name}): {error!r}")
            except Exception as error:
                findings.append(f"{number} ({name}): {error!r}")
            else:
                outcomes["read"] += 1
                (rows,) = connection.execute("select count(*) from raw.mine").fetchone()
                if rows != result.rows:
                    findings.append(f"{number} ({name}): {rows} of {result.rows} rows")
    return outcomes, findings


def test_damaged_files_are_ingested_whole_or_refused(tmp_path):
    outcomes, findings = damaged_ingests(30, 3, tmp_path)
    assert findings == []
    assert outcomes["read"] > 3


@pytest.mark.slow
def test_a_thousand_damaged_files_are_ingested_whole_or_refused(tmp_path):
    _, findings = damaged_ingests(1000, 4, tmp_path)
    assert findings == []


@pytest.mark.slow
def test_twenty_thousand_damaged_files_are_refused_or_read_right(tmp_path):
    """The bounded form is in tests/catalogues/test_damaged_files.py."""
    outcomes, findings = fuzz(20_000, 0, tmp_path)
    assert findings == []
    assert outcomes["read"] > 4000


def test_who_reads_a_warehouse_goes_on_with_what_was_there(tmp_path):
    warehouse = tmp_path / "stellar.duckdb"
    small = table(tmp_path / "small.fits")
    line = [sys.executable, "-m", "stellarwh", "--warehouse", str(warehouse)]
    line += ["ingest", "mine", str(small), "--ra", "ra", "--dec", "dec"]
    assert subprocess.run(line, check=False, capture_output=True).returncode == 0
    other = tmp_path / "other.csv"
    other.write_text("ra,dec\n1,1\n")
    with open_warehouse(warehouse, read_only=True) as reader:
        line[line.index(str(small))] = str(other)
        subprocess.run([*line, "--replace"], check=True, capture_output=True)
        assert reader.execute("select count(*) from raw.mine").fetchone() == (ROWS,)
    with open_warehouse(warehouse, read_only=True) as reader:
        assert reader.execute("select count(*) from raw.mine").fetchone() == (1,)
