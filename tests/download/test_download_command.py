"""``stellarwh download`` as its user sees it."""

import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from stellarwh.cli import main
from stellarwh.surveys.known import read_survey
from tests.download.conftest import CONTENT
from tests.download.site import answer, stall


@pytest.fixture
def run(monkeypatch, capfd, site):
    """Return a function that runs the command and gives status, output and errors."""
    tiny = replace(read_survey("galah"), files=(site.file(),))
    monkeypatch.setattr("stellarwh.cli.download.read_survey", lambda name: tiny)

    def run_command(*arguments: object) -> tuple[int, str, str]:
        line = ["stellarwh", "download", "galah", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", line)
        with pytest.raises(SystemExit) as left:
            main()
        return int(left.value.code or 0), *capfd.readouterr()

    return run_command


def test_it_fetches_once_and_says_so(run, site, tmp_path):
    status, said, _ = run("--out", tmp_path)
    assert (status, "300 kB" in said, "no checksum published" in said) == (
        0,
        True,
        True,
    )
    assert (tmp_path / "stars.fits").read_bytes() == CONTENT
    status, said, _ = run("--out", tmp_path)
    assert (status, "already there, nothing fetched" in said) == (0, True)
    assert len(site.requests) == 1


def test_a_dry_run_touches_nothing(run, site, tmp_path):
    status, said, _ = run("--out", tmp_path / "new", "--dry-run")
    assert status == 0
    assert said.count("\n") == 5
    for text in (site.file().url, "not published", "new/stars.fits", "Free space", "B"):
        assert text in said
    assert site.requests == []
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "stars.fits.part").write_bytes(b"x" * 2000)
    assert "2 kB of it are kept" in run("--out", tmp_path, "--dry-run")[1]


def test_an_error_is_one_line_and_status_1(run, site, tmp_path):
    site.always = answer(404)
    status, said, error = run("--out", tmp_path)
    assert (status, said, error.count("\n")) == (1, "", 1)
    assert error.startswith("Error: stars.fits cannot be fetched.")
    assert "404 Not Found" in error
    status, _, error = run("--file", "star.fits")
    assert (status, error.count("\n")) == (1, 1)
    assert "Did you mean 'stars.fits'" in error


INTERRUPTED = """
import sys
from dataclasses import replace
from stellarwh.cli import download, main
from stellarwh.surveys.known import read_survey
from stellarwh.surveys.description import PublishedFile
files = (PublishedFile("stars.fits", sys.argv.pop(1), "read"),)
galah = replace(read_survey("galah"), files=files)
download.read_survey = lambda name: galah
main()
"""


def test_ctrl_c_keeps_the_part_and_says_how_to_go_on(run, site, tmp_path):
    site.mischief = [stall(150_000)]
    part = tmp_path / "stars.fits.part"
    line = [sys.executable, "-c", INTERRUPTED, site.file().url]
    line += ["download", "galah", "--out", str(tmp_path)]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as client:
        try:
            for _ in range(1000):
                if part.exists() and part.stat().st_size == 150_000:
                    break
                time.sleep(0.02)
            client.send_signal(signal.SIGINT)
            _, error = client.communicate(timeout=20)
        finally:
            client.kill()
    assert client.returncode == 130
    assert error.count("\n") == 1
    assert f"kept in {part}; the same command goes on from there" in error
    assert run("--out", tmp_path)[0] == 0
    assert (tmp_path / "stars.fits").read_bytes() == CONTENT
    assert site.requests[-1]["Range"] == "bytes=150000-"
