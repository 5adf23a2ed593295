"""A folder holds all files of one simulation, or what was there before."""

import gzip
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from astropy.io import fits
from astropy.table import Table
from typer.testing import CliRunner

import stellarwh
from stellarwh.cli import app
from stellarwh.errors import StellarwhError, UsageError
from stellarwh.simulate import simulate
from stellarwh.simulate.sky.skies import SKIES

KILLED_WHILE_WRITING = """
from stellarwh.simulate import survey_file as surveyfile
surveyfile.observe_lamost = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""
KILLED_BETWEEN_FILES = """
from stellarwh.simulate.files import folder
replace, names = Path.replace, []
def counted(self, target):
    if self.parent.name == ".simulating" and Path(target).parent != self.parent:
        names.append(target)
        if len(names) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = counted
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def simulate_and_die(folder: Path, how: str) -> None:
    code = f"import os, signal\nfrom pathlib import Path\n{how}\n"
    code += "from stellarwh.simulate import simulate\n"
    code += f"simulate({str(folder)!r}, stars=100, seed=2)\n"
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -9


def test_a_killed_simulation_leaves_the_files_of_the_one_before(tmp_path: Path) -> None:
    simulate(tmp_path, stars=100, seed=1)
    before = contents(tmp_path)
    simulate_and_die(tmp_path, KILLED_WHILE_WRITING)
    assert contents(tmp_path) == before
    simulate(tmp_path, stars=100, seed=2)
    # What the killed one left is gone.
    assert {path.name for path in tmp_path.iterdir()} == before.keys()


def test_files_of_two_simulations_never_stand_side_by_side(tmp_path: Path) -> None:
    simulate(tmp_path / "new", stars=100, seed=2)
    new = contents(tmp_path / "new")
    simulate(tmp_path / "here", stars=100, seed=1)
    simulate_and_die(tmp_path / "here", KILLED_BETWEEN_FILES)
    found = contents(tmp_path / "here")
    assert len(found) == 2
    assert found.items() < new.items()


def test_the_table_of_the_other_width_goes_too(tmp_path: Path) -> None:
    wide = simulate(tmp_path, stars=100, seed=1, full_width=True)
    narrow = simulate(tmp_path, stars=100, seed=1)
    assert narrow["apogee"].exists()
    assert not wide["apogee"].exists()


@pytest.mark.parametrize(
    "name",
    [
        "allStarLite-dr17-synspec_rev1.fits",
        "dr7_v2.0_LRS_stellar.fits.gz",
        "GALAH_DR3_main_allstar_v2.fits",
    ],
)
def test_a_catalogue_that_is_not_simulated_is_not_replaced(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    Table({"RA": [1.0]}).write(path, format="fits")
    before = path.read_bytes()
    result = CliRunner().invoke(app, ["simulate", "--stars", "100", "--out", tmp_path])
    assert isinstance(result.exception, StellarwhError)
    assert str(result.exception) == (
        f"{path} is not simulated, and would be replaced; move it, or name another "
        "folder."
    )
    assert contents(tmp_path) == {name: before}


def test_a_damaged_file_of_that_name_is_not_replaced_either(tmp_path: Path) -> None:
    path = tmp_path / "dr7_v2.0_LRS_stellar.fits.gz"
    path.write_bytes(gzip.compress(b"x" * 10_000)[:-9])
    with pytest.raises(StellarwhError, match="is not simulated"):
        simulate(tmp_path, stars=100)


def test_somebody_elses_truth_is_not_replaced_either(tmp_path: Path) -> None:
    Table({"a": [1]}).write(tmp_path / "truth.parquet")
    with pytest.raises(StellarwhError, match=r"truth\.parquet is not simulated"):
        simulate(tmp_path, stars=100)


def test_a_real_table_of_the_other_width_stays(tmp_path: Path) -> None:
    path = tmp_path / "allStar-dr17-synspec_rev1.fits"
    Table({"RA": [1.0]}).write(path)
    simulate(tmp_path, stars=100)
    assert fits.getdata(path)["RA"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (["--ideal"], "ideal"),
        (["--sky", "ideal"], "ideal"),
        (["--sky", "Ideal", "--ideal"], "ideal"),
        ([], "default"),
        (["--sky", "default"], "default"),
        (["--sky", "HARD"], "hard"),
    ],
)
def test_a_sky_is_asked_for_by_name(
    tmp_path: Path, options: list[str], kind: str
) -> None:
    out = tmp_path / "asked"
    line = ["simulate", "--stars", "100", "--seed", "3", *options, "--out", str(out)]
    result = CliRunner().invoke(app, line, catch_exceptions=False)
    assert result.exit_code == 0
    simulate(tmp_path / "same", stars=100, seed=3, sky=kind)
    assert contents(out) == contents(tmp_path / "same")
    for other in {*SKIES} - {kind}:
        simulate(tmp_path / other, stars=100, seed=3, sky=other)
        for name, data in contents(out).items():
            assert contents(tmp_path / other)[name] != data


def test_the_older_word_for_the_ideal_sky_still_means_it(tmp_path: Path) -> None:
    simulate(tmp_path / "old", stars=100, seed=3, ideal=True)
    simulate(tmp_path / "new", stars=100, seed=3, sky=" IDEAL ", ideal=True)
    assert contents(tmp_path / "old") == contents(tmp_path / "new")


@pytest.mark.parametrize("command", ["simulate", "demo"])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--sky", "hard", "--ideal"], "--sky hard and --ideal are two skies; give on"),
        (["--ideal", "--sky", "default"], "--sky default and --ideal are two skies"),
        (["--sky", "soft"], "'soft' is not one of 'ideal', 'default', 'hard'"),
        (["--sky", ""], "'' is not one of 'ideal', 'default', 'hard'"),
    ],
)
def test_a_sky_that_is_none_or_two_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, options, says
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [command, *options, "--stars", "100"])
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.replace("│", " ").split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sky": "hard", "ideal": True}, "sky='hard' and ideal=True are two skies"),
        ({"sky": "soft"}, "The sky is 'soft'; give ideal, default or hard."),
        ({"sky": ""}, "The sky is ''; give"),
        ({"sky": 3}, "sky=3 is no text"),
    ],
)
def test_the_door_refuses_them_in_a_sentence(tmp_path: Path, options, says) -> None:
    for door in (stellarwh.simulate_sky, partial(stellarwh.run_demo, tmp_path / "w")):
        folder = tmp_path / "new"
        where = "out" if door is stellarwh.simulate_sky else "data"
        with pytest.raises(UsageError, match=re.escape(says)):
            door(stars=100, **{where: folder}, **options)
    assert not list(tmp_path.iterdir())
