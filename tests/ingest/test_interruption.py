"""Killed, raced, locked out or lied to: the warehouse is as before, or finished."""

import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from stellarwh.errors import StellarwhError
from stellarwh.ingest import ingest_survey
from stellarwh.warehouse.database import open_warehouse
from tests.ingest.peak import run_with_peak

ROWS = 400_000
POSITION = ("--ra", "ra", "--dec", "dec")


def catalogue(path: Path, rows: int) -> Path:
    rng = np.random.default_rng(rows)
    columns = [
        fits.Column("id", "K", array=2**62 + np.arange(rows)),
        fits.Column("ra", "D", array=rng.uniform(0, 360, rows)),
        fits.Column("dec", "D", array=rng.uniform(-80, 80, rows)),
        fits.Column("name", "12A", array=np.arange(rows).astype("S12")),
        fits.Column("values", "9E", array=rng.normal(size=(rows, 9)).astype("f4")),
    ]
    fits.BinTableHDU.from_columns(columns).writeto(path)
    return path


def command(warehouse: Path, *arguments: object) -> list[str]:
    line = (sys.executable, "-m", "stellarwh", "--warehouse", warehouse, *arguments)
    return [str(part) for part in line]


def state(warehouse: Path) -> dict[str, list[tuple]]:
    """Return what the warehouse holds of the catalogue, but for times."""
    queries = {
        "rows": "select count(*), sum(hash(t)) from raw.mine as t",
        "columns": "select sum(hash(t)), count(*) from meta.columns as t",
        "nulls": "from meta.null_audit order by all",
        "ingests": "select survey, size, sha256, rows, columns from meta.ingests",
        "tables": "select schema_name, table_name from duckdb_tables() order by all",
    }
    with open_warehouse(warehouse, read_only=True) as connection:
        return {k: connection.execute(q).fetchall() for k, q in queries.items()}


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """Return a folder with a small and a large catalogue, and a warehouse of each."""
    folder = tmp_path_factory.mktemp("interruption")
    for name, rows in (("small", 50), ("large", ROWS)):
        file = catalogue(folder / f"{name}.fits", rows)
        with open_warehouse(folder / f"{name}.duckdb") as connection:
            ingest_survey(connection, "mine", file, ra="ra", dec="dec")
    return folder


@pytest.fixture
def warehouse(template, tmp_path) -> Path:
    """Return a warehouse that holds the small catalogue."""
    return Path(shutil.copy(template / "small.duckdb", tmp_path / "stellar.duckdb"))


def replace(warehouse: Path, template: Path) -> list[str]:
    large = template / "large.fits"
    return command(warehouse, "ingest", "mine", large, *POSITION, "--replace")


def kill_at_random(template: Path, folder: Path, kills: int, seed: int) -> list[str]:
    """Kill an ingest ``kills`` times; return after each what the warehouse held."""
    before, finished = (state(template / f"{n}.duckdb") for n in ("small", "large"))
    random_delay = random.Random(seed)
    path = folder / "stellar.duckdb"

    def start() -> subprocess.Popen:
        shutil.copy(template / "small.duckdb", path)
        path.with_name("stellar.duckdb.wal").unlink(missing_ok=True)
        quiet = subprocess.DEVNULL
        return subprocess.Popen(replace(path, template), stdout=quiet, stderr=quiet)

    began = time.monotonic()
    assert start().wait() == 0
    whole = time.monotonic() - began
    assert state(path)["rows"] == finished["rows"]
    outcomes = []
    for _ in range(kills):
        process = start()
        # The first part of a run only loads libraries.
        time.sleep(whole * random_delay.uniform(0.4, 1.05))
        process.send_signal(signal.SIGKILL)
        process.wait()
        held = state(path)
        assert held["ingests"] in (before["ingests"], finished["ingests"])
        expected = before if held["ingests"] == before["ingests"] else finished
        assert held == expected
        with open_warehouse(path) as connection:
            connection.execute("checkpoint")
        assert state(path) == expected
        outcomes.append("before" if expected is before else "finished")
    return outcomes


def test_a_killed_ingest_leaves_the_warehouse_whole(template, tmp_path):
    assert len(kill_at_random(template, tmp_path, kills=8, seed=0)) == 8


@pytest.mark.slow
def test_fifty_killed_ingests_leave_the_warehouse_whole(template, tmp_path):
    outcomes = kill_at_random(template, tmp_path, kills=50, seed=1)
    assert "before" in outcomes


def kill_first_ingests(template: Path, folder: Path, kills: int, seed: int) -> None:
    """Kill the command that makes the warehouse; the next one must find its way."""
    random_delay = random.Random(seed)
    path = folder / "first.duckdb"
    line = command(path, "ingest", "mine", template / "small.fits", *POSITION)
    quiet = subprocess.DEVNULL
    began = time.monotonic()
    subprocess.run(line, check=True, stdout=quiet)
    whole = time.monotonic() - began
    finished = state(path)
    for _ in range(kills):
        # The folder of a killed one stays, for the next one to clear.
        for file in folder.glob("first.duckdb*"):
            file.unlink()
        process = subprocess.Popen(line, stdout=quiet, stderr=quiet)
        time.sleep(whole * random_delay.uniform(0.3, 1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        with open_warehouse(path) as connection:
            count = "select count(*) from meta.ingests"
            if connection.execute(count).fetchone() == (0,):
                file = template / "small.fits"
                ingest_survey(connection, "mine", file, ra="ra", dec="dec")
        assert state(path) == finished


def test_a_killed_first_ingest_leaves_none_or_a_whole_warehouse(template, tmp_path):
    kill_first_ingests(template, tmp_path, kills=3, seed=2)


@pytest.mark.slow
def test_fifty_killed_first_ingests_leave_none_or_a_whole_one(template, tmp_path):
    kill_first_ingests(template, tmp_path, kills=50, seed=3)


def test_others_read_and_do_not_write_during_an_ingest(template, warehouse):
    said = []

    def try_to_get_in(_: float) -> None:
        if said:
            return
        for arguments in (
            ("status",),
            ("ingest", "other", template / "small.fits", *POSITION),
        ):
            done = subprocess.run(
                command(warehouse, *arguments),
                capture_output=True,
                text=True,
                check=False,
            )
            said.append((done.returncode, done.stderr))

    with open_warehouse(warehouse) as connection:
        ingest_survey(
            connection,
            "mine",
            template / "large.fits",
            ra="ra",
            dec="dec",
            replace=True,
            advance=try_to_get_in,
        )
    (read, written) = said
    assert read == (0, "")
    status, error = written
    assert status == 1
    assert error.startswith("Error: ")
    assert error.count("\n") == 1
    assert "is in use by" in error
    assert f"process {os.getpid()}" in error
    assert state(warehouse)["rows"] == state(template / "large.duckdb")["rows"]


def test_a_file_that_is_replaced_while_it_is_read_is_refused(
    template, warehouse, tmp_path
):
    path = Path(shutil.copy(template / "large.fits", tmp_path / "t.fits"))
    times = path.stat()

    def replace_once(_: float) -> None:
        other = tmp_path / "other"
        if not other.exists():
            other.write_bytes(b"")
            copy = tmp_path / "copy"
            copy.write_bytes(path.read_bytes()[:-9] + b"\1" * 9)
            # The same size and time as before, as rsync and cp -p leave them.
            os.utime(copy, ns=(times.st_atime_ns, times.st_mtime_ns))
            copy.rename(path)

    before = state(warehouse)
    with (
        pytest.raises(StellarwhError, match="changed while it was read"),
        open_warehouse(warehouse) as connection,
    ):
        ingest_survey(
            connection,
            "mine",
            path,
            ra="ra",
            dec="dec",
            replace=True,
            advance=replace_once,
        )
    assert state(warehouse) == before


def test_a_file_that_shrinks_while_it_is_read_is_refused(template, warehouse, tmp_path):
    path = Path(shutil.copy(template / "large.fits", tmp_path / "t.fits"))
    before = state(warehouse)
    with (
        pytest.raises(StellarwhError, match=r"truncated|changed while"),
        open_warehouse(warehouse) as connection,
    ):
        ingest_survey(
            connection,
            "mine",
            path,
            ra="ra",
            dec="dec",
            replace=True,
            advance=lambda _: os.truncate(path, 5000),
        )
    assert state(warehouse) == before


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(2880))


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-9, os.SEEK_END)
        file.write(b"\1" * 9)


@pytest.mark.parametrize("change", [grow, overwrite, Path.unlink])
@pytest.mark.parametrize("name", ["t.fits", "t.fits.gz"])
def test_a_file_that_is_written_to_while_it_is_read_is_refused(
    template, warehouse, tmp_path, change, name
):
    path = tmp_path / name
    content = (template / "small.fits").read_bytes()
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    changed = []

    def change_once(_: float) -> None:
        if not changed:
            changed.append(path.stat())
            change(path)

    before = state(warehouse)
    with (
        pytest.raises(StellarwhError, match=r"changed while|cannot be read"),
        open_warehouse(warehouse) as connection,
    ):
        ingest_survey(
            connection, "mine", path, ra="ra", dec="dec", replace=True,
            advance=change_once,
        )  # fmt: skip
    assert changed
    assert state(warehouse) == before


def without_privileges() -> list[str]:
    """Return the command that takes root's right to write anywhere away, or skip."""
    if os.geteuid():
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root may write anywhere, and setpriv is not installed")
    capabilities = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}"]


@pytest.mark.parametrize("name", ["small.duckdb", "new.duckdb", "new/folder.duckdb"])
def test_a_read_only_folder_is_one_clear_line(template, tmp_path, name):
    folder = tmp_path / "closed"
    folder.mkdir()
    for file in ("small.fits", "small.duckdb"):
        shutil.copy(template / file, folder / file)
        (folder / file).chmod(0o444)
    folder.chmod(0o555)
    line = command(folder / name, "ingest", "x", folder / "small.fits", *POSITION)
    try:
        done = subprocess.run(
            without_privileges() + line, capture_output=True, text=True, check=False
        )
    finally:
        folder.chmod(0o755)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert {path.name for path in folder.iterdir()} == {"small.duckdb", "small.fits"}
    assert state(folder / "small.duckdb") == state(template / "small.duckdb")


def zeros(gibibytes: int) -> bytes:
    """Return a gzip stream of so many zeros: a thousandth of their size."""
    return gzip.compress(bytes(1 << 24), 6, mtime=0) * (gibibytes * 64)


def bomb(kind: str) -> bytes:
    primary = fits.PrimaryHDU().header
    columns = [fits.Column(n, "D", array=[1.0]) for n in ("ra", "dec", "spectrum")]
    table = fits.BinTableHDU.from_columns(columns).header
    if kind == "long image":
        primary["NAXIS"] = 2
        primary["NAXIS1"] = primary["NAXIS2"] = 10**9
    elif kind == "more rows than there are":
        table["NAXIS2"] = 10**12
        table["TFORM3"] = "99999D"
        table["NAXIS1"] = 99999 * 8 + 16
    elif kind == "endless line":
        return gzip.compress(b"ra,dec\n1.0,2.0\n1.0,", mtime=0) + zeros(1)
    elif kind == "endless header line":
        return (
            gzip.compress(b"ra,dec,", mtime=0) + gzip.compress(b"a" * 1000) + zeros(1)
        )
    elif kind == "endless header":
        blank = gzip.compress(b" " * (1 << 24), 6, mtime=0)
        return gzip.compress(primary.tostring()[:2800].encode()) + blank * 64
    header = primary.tostring() + table.tostring()
    return gzip.compress(header.encode(), mtime=0) + zeros(1)


@pytest.mark.parametrize(
    "kind",
    [
        "long image",
        "more rows than there are",
        "endless line",
        "endless header line",
        "endless header",
    ],
)
def test_a_gzip_bomb_is_refused_in_bounded_memory(warehouse, tmp_path, kind):
    path = tmp_path / "bomb.gz"
    path.write_bytes(bomb(kind))
    before = state(warehouse)
    line = command(warehouse, "ingest", "bomb", path, *POSITION)
    done, peak = run_with_peak(*line[3:])
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert peak < 700 << 10  # KiB
    assert state(warehouse) == before
