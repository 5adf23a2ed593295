"""A report that cannot be written whole leaves the pages that there were."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stellarwh.report.site import _write_pages
from stellarwh.report.take_names import take_names

_OLD = {"index.html": "old", "a.html": "old"}
_NEW = {"index.html": "new", "a.html": "new", "b.html": "new"}


def state(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in sorted(folder.iterdir()) if p.is_file()}


def test_pages_are_written_all_or_none(tmp_path):
    _write_pages(tmp_path, _OLD)
    in_the_way = tmp_path / f".{os.getpid()}.partial.b.html"  # as a full disk would be
    in_the_way.mkdir()
    with pytest.raises(OSError, match=r"b\.html"):
        _write_pages(tmp_path, _NEW)
    in_the_way.rmdir()
    assert state(tmp_path) == dict(sorted(_OLD.items()))
    _write_pages(tmp_path, _NEW)
    assert state(tmp_path) == dict(sorted(_NEW.items()))


def test_a_page_that_cannot_take_its_name_takes_all_others_back(tmp_path):
    _write_pages(tmp_path, _OLD)
    (tmp_path / "b.html").mkdir()  # no file can be called so
    with pytest.raises(OSError, match=r"b\.html"):
        _write_pages(tmp_path, _NEW)
    assert state(tmp_path) == dict(sorted(_OLD.items()))


def test_what_fails_between_two_renames_is_undone(tmp_path, monkeypatch):
    for name, text in (("a", "old"), ("b", "old"), (".a", "new"), (".b", "new")):
        (tmp_path / name).write_text(text)
    replace, calls = Path.replace, []

    def fail_once(source, target):
        calls.append(target)
        if len(calls) == 3:  # two are renamed already
            raise OSError(28, "no space", str(target))
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", fail_once)
    new = tmp_path / "c"
    (tmp_path / ".c").write_text("new")
    with pytest.raises(OSError, match="no space"):
        take_names([(tmp_path / f".{n}", tmp_path / n) for n in "abc"])
    assert not new.exists()
    assert {n: (tmp_path / n).read_text() for n in "ab"} == {"a": "old", "b": "old"}


_KILLED = """
import os, signal, subprocess, sys
from pathlib import Path
from stellarwh.report import site

when, folder = sys.argv[1], Path(sys.argv[2])
begin = subprocess.Popen.communicate

def communicate(process, input=None, **how):
    if when == "after":
        process.stdin.write(input)
    process.stdin.flush()
    os.killpg(os.getpgid(0), signal.SIGKILL)

subprocess.Popen.communicate = communicate
site._write_pages(folder, {name: "new" for name in ("index.html", "a.html", "b.html")})
"""


@pytest.mark.parametrize(("when", "expected"), [("before", _OLD), ("after", _NEW)])
def test_a_killed_report_leaves_all_old_or_all_new(tmp_path, when, expected):
    _write_pages(tmp_path, _OLD)
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, when, str(tmp_path)],
        check=False,
        start_new_session=True,
    )
    assert ended.returncode == -signal.SIGKILL
    until = time.monotonic() + 20
    pages = {}
    while time.monotonic() < until and pages != expected:
        pages = {n: t for n, t in state(tmp_path).items() if not n.startswith(".")}
        time.sleep(0.05)
    assert pages == dict(sorted(expected.items()))
    # What the killed one left goes with the next report.
    _write_pages(tmp_path, _NEW)
    assert state(tmp_path) == dict(sorted(_NEW.items()))
