"""Wrong input: one clear line, status 1, and a warehouse that is as it was before."""

import gzip
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from typer.testing import CliRunner

from stellarwh.cli import app, main
from stellarwh.warehouse.database import open_warehouse


def catalogue(path: Path, rows: int = 50) -> Path:
    rng = np.random.default_rng(1)
    table = Table(
        {
            "obj": np.arange(rows),
            "RAJ2000": rng.uniform(0, 360, rows),
            "DEJ2000": rng.uniform(-80, 80, rows),
        }
    )
    table.write(path, overwrite=True)
    return path


def contents(path: Path) -> list[tuple[object, ...]]:
    """Return every table of the warehouse with its rows and a hash over them."""
    with open_warehouse(path, read_only=True) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name, table_type "
            "from information_schema.tables order by all"
        ).fetchall()
        return [
            (
                name,
                connection.execute(
                    f"select count(*), sum(hash(t)) from {name} as t"
                ).fetchone(),
            )
            for name, kind in names
            if kind == "BASE TABLE"
        ]


@pytest.fixture
def run(monkeypatch, capfd, warehouse_path):
    """Return a function that runs a command line and gives status and stderr."""

    def run_command(*arguments: object) -> tuple[int, str]:
        line = ["stellarwh", "--warehouse", warehouse_path, *arguments]
        monkeypatch.setattr(sys, "argv", [str(part) for part in line])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        return int(left.value.code or 0), capfd.readouterr().err

    return run_command


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """Return a folder with a catalogue and a warehouse that holds it."""
    folder = tmp_path_factory.mktemp("template")
    line = ["--warehouse", str(folder / "stellar.duckdb"), "ingest", "mine"]
    line += [str(catalogue(folder / "good.fits")), "--ra", "RAJ2000"]
    result = CliRunner().invoke(app, [*line, "--dec", "DEJ2000"])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def filled(template, warehouse_path, tmp_path) -> Path:
    """Return a warehouse that holds the catalogue ``good.fits`` beside it."""
    shutil.copy(template / "good.fits", tmp_path)
    return Path(shutil.copy(template / "stellar.duckdb", warehouse_path))


def bad_files(folder: Path) -> dict[str, Path]:
    whole = catalogue(folder / "whole.fits", rows=5000).read_bytes()
    made = {
        "truncated": whole[: len(whole) // 2],
        "truncated header": whole[:1000],
        "gzip cut short": gzip.compress(whole)[:5000],
        "empty": b"",
        "text": b"this is a note, not a table\nwith two lines\n",
        "binary": bytes(range(256)) * 20,
    }
    paths = {"missing": folder / "nosuch.fits", "folder": folder}
    for name, content in made.items():
        paths[name] = folder / f"{name.replace(' ', '_')}.fits"
        paths[name].write_bytes(content)
    paths["no table"] = folder / "image.fits"
    fits.PrimaryHDU(np.zeros((4, 4))).writeto(paths["no table"])
    return paths


BAD = ("missing", "folder", "truncated", "truncated header", "gzip cut short")
BAD += ("empty", "text", "binary", "no table")


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("survey", [("apogee",), ("other", "--ra", "a", "--dec", "b")])
def test_a_bad_file_changes_nothing(run, filled, tmp_path, kind, survey):
    before = contents(filled)
    path = bad_files(tmp_path)[kind]
    status, said = run("ingest", survey[0], path, *survey[1:])
    assert status == 1
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    assert path.name in said
    assert contents(filled) == before


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("ingest", "apoge", "GOOD"), "Did you mean 'apogee'"),
        (("ingest", "apogee", "GOOD"), "APOGEE_ID"),
        (("ingest", "two", "GOOD", "--ra", "RAJ200", "--dec", "DEJ2000"), "RAJ2000"),
        (("ingest", "mine", "OTHER", "--ra", "RAJ2000", "--dec", "DEJ2000"), "replace"),
        (
            ("ingest", "two words", "GOOD", "--ra", "RAJ2000", "--dec", "DEJ2000"),
            "name",
        ),
        (("train", "nosuch"), "nosuch"),
        (("predict", "nosuch"), "nosuch"),
        (("query", "select nosuch from raw.mine"), "nosuch"),
        (("query", "from raw.min"), "Did you mean"),
        (("query", "delete from raw.mine"), "read-only"),
        (("query", ""), "empty"),
        (("export", "raw.min", "out.csv"), "Did you mean 'raw.mine'"),
        (("export", "raw.mine", "out.doc"), "names no format"),
        (("match", "raw.min", "raw.mine"), "raw.min"),
        (("match", "raw.mine", "nosuch.fits"), "nosuch.fits"),
        (("match", "raw.mine", "raw.mine", "--radius", "-1"), "radius"),
        (("check",), "stellarwh build"),
    ],
)
def test_a_wrong_request_changes_nothing(
    run, filled, tmp_path, monkeypatch, arguments, found
):
    monkeypatch.chdir(tmp_path)
    catalogue(tmp_path / "other.fits", rows=7)
    files = {"GOOD": tmp_path / "good.fits", "OTHER": tmp_path / "other.fits"}
    before = contents(filled)
    status, said = run(*[files.get(a, a) for a in arguments])
    assert status == 1
    lines = said.splitlines()
    if lines[-1].endswith("^"):  # SQL is shown with the place that is wrong
        assert lines[-2].startswith("LINE 1: ")
        del lines[-2:]
    assert lines[-1].startswith("Error: ")
    assert found in lines[-1]
    assert "Traceback" not in said
    assert contents(filled) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("nosuch",),
        ("ingest",),
        ("train", "--estimator", "magic"),
        ("match", "a", "b", "--mode", "x"),
        ("demo", "--stars", "-5"),
    ],
)
def test_wrong_usage_is_status_2(run, arguments):
    status, said = run(*arguments)
    assert status == 2
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("check",),
        ("report",),
        ("shell",),
        ("query", "select 1"),
        ("train",),
        ("predict",),
        ("export", "main.stars", "a.csv"),
    ],
)
def test_without_a_warehouse_a_command_says_how_to_make_one(
    run, warehouse_path, command
):
    status, said = run(*command)
    assert status == 1
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    assert not warehouse_path.exists()


def test_the_same_file_twice_changes_nothing_and_says_so(run, filled, tmp_path, capfd):
    before = contents(filled)
    good = tmp_path / "good.fits"
    status, _ = run("ingest", "mine", good, "--ra", "RAJ2000", "--dec", "DEJ2000")
    assert status == 0
    assert contents(filled) == before


def test_a_locked_warehouse_names_the_process(run, filled):
    code = (
        "import sys, duckdb; c = duckdb.connect(sys.argv[1]); "
        "print('open', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(filled)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        for command in (("build",), ("status",)):
            status, said = run(*command)
            assert status == 1
            assert f"process {holder.pid}" in said
    finally:
        holder.communicate()


def test_a_full_disk_loses_nothing(filled, tmp_path):
    """A limit on the size of files fails every further write, as a full disk."""
    before = contents(filled)
    big = catalogue(tmp_path / "big.fits", rows=400_000)
    limit = filled.stat().st_size + 300_000

    def forbid_larger_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "stellarwh", "--warehouse", str(filled)]
    command += ["ingest", "big", str(big), "--ra", "RAJ2000", "--dec", "DEJ2000"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        preexec_fn=forbid_larger_files,
        env=dict(os.environ, PYTHONWARNINGS="ignore"),
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert contents(filled) == before
