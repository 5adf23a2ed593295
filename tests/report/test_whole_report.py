"""A report that cannot be written whole leaves the pages that there were."""

import os

import pytest

from stellarwh.report.site import _write_pages


def test_pages_are_written_all_or_none(tmp_path):
    _write_pages(tmp_path, {"index.html": "old", "a.html": "old"})
    in_the_way = tmp_path / f".{os.getpid()}.partial.b.html"  # as a full disk would be
    in_the_way.mkdir()
    with pytest.raises(OSError, match=r"b\.html"):
        _write_pages(tmp_path, {"index.html": "new", "a.html": "new", "b.html": "new"})
    in_the_way.rmdir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "index.html"]
    assert (tmp_path / "index.html").read_text() == "old"
