"""A report that cannot be written whole leaves the pages that there were."""

import pytest

from stellarwh.report.site import _write_pages


def test_pages_are_written_all_or_none(tmp_path):
    _write_pages(tmp_path, {"index.html": "old", "a.html": "old"})
    (tmp_path / ".b.html.partial").mkdir()  # in the way, as a full disk would be
    with pytest.raises(OSError, match=r"b\.html"):
        _write_pages(tmp_path, {"index.html": "new", "a.html": "new", "b.html": "new"})
    (tmp_path / ".b.html.partial").rmdir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "index.html"]
    assert (tmp_path / "index.html").read_text() == "old"
