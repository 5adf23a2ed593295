"""A resume never mixes two versions of a file."""

import hashlib
import random

import numpy as np
import pytest

from stellarwh.errors import DownloadError
from tests.download.conftest import CONTENT
from tests.download.site import answer, cut

OTHER = b"SIMPLE  =                    T" + np.random.default_rng(6).bytes(300_000)
LONGER = OTHER + b"and more"


def interrupted(site, fetch, at=100_000):
    site.mischief = [cut(at), answer(404)]
    with pytest.raises(DownloadError, match="are kept"):
        fetch()


def change(site, content=OTHER):
    site.content = content
    site.etag = site.etag and '"two"'
    site.last_modified = site.last_modified and "Tue, 03 Nov 2026 10:00:00 GMT"


DATE = "Mon, 02 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize("obeys", [True, False])
@pytest.mark.parametrize(
    ("etag", "date", "sent"),
    [('"one"', None, '"one"'), ('"one"', DATE, '"one"'), (None, DATE, DATE)],
)
def test_a_changed_file_is_fetched_anew(site, fetch, etag, date, sent, obeys):
    """Even from a server that ignores If-Range and sends the rest of another file."""
    site.etag, site.last_modified, site.obeys_if_range = etag, date, obeys
    interrupted(site, fetch)
    change(site)
    asked = len(site.requests)
    assert fetch().path.read_bytes() == OTHER
    assert site.requests[asked]["If-Range"] == sent


def test_a_changed_size_alone_shows_a_change(site, fetch):
    interrupted(site, fetch)
    site.content, site.obeys_if_range = LONGER, False  # and the same ETag
    assert fetch().path.read_bytes() == LONGER


@pytest.mark.parametrize("etag", [None, 'W/"one"'])
def test_without_a_strong_validator_nothing_is_resumed(site, fetch, etag):
    site.etag = etag
    site.mischief = [cut(100_000), answer(404)]
    with pytest.raises(DownloadError, match=r"are kept .* so another go starts anew"):
        fetch()
    site.content = OTHER
    assert fetch().path.read_bytes() == OTHER
    assert "Range" not in site.requests[-1]


def test_a_published_sha1_stands_in_for_a_validator(site, fetch, tmp_path):
    site.etag = None
    interrupted(site, fetch)
    sha1 = hashlib.sha1(CONTENT).hexdigest()
    done = fetch(sha1=sha1)
    assert (done.path.read_bytes(), done.checked) == (CONTENT, "SHA-1")
    assert site.requests[-1]["Range"] == "bytes=100000-"
    # And where the server mixes them up, the mixture is found and put aside.
    done.path.unlink()
    interrupted(site, fetch)
    site.content = OTHER
    with pytest.raises(DownloadError, match=r"is kept as .*stars\.fits\.rejected"):
        fetch(sha1=sha1)
    assert [path.name for path in tmp_path.iterdir()] == ["stars.fits.rejected"]


NOTES = [None, "", "[]", '{"url": 1}', '{"nosuch": 1}', "\0", '{"url": "a", "etag": 5}']
NOTES += ['{"url": "URL", "etag": "a\\nb"}', '{"url": "URL", "etag": "x", "size": "x"}']


@pytest.mark.parametrize("note", NOTES)
def test_a_part_of_unknown_version_is_not_continued(site, fetch, tmp_path, note):
    interrupted(site, fetch)
    path = tmp_path / "stars.fits.part.json"
    path.unlink() if note is None else path.write_text(
        note.replace("URL", site.file().url)
    )
    assert fetch().path.read_bytes() == CONTENT
    assert "Range" not in site.requests[-1]


def test_a_part_that_is_all_there_needs_no_request(site, fetch, tmp_path):
    interrupted(site, fetch)
    asked = len(site.requests)
    (tmp_path / "stars.fits.part").write_bytes(CONTENT)
    assert fetch().path.read_bytes() == CONTENT
    assert len(site.requests) == asked


def test_a_part_longer_than_the_file_is_dropped(site, fetch, tmp_path):
    interrupted(site, fetch)
    (tmp_path / "stars.fits.part").write_bytes(CONTENT + b"tail")
    assert fetch().path.read_bytes() == CONTENT


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_the_result_is_one_version(site, fetch, seed):
    """Breaks, restarts and new versions at random; the last version must come out."""
    chance = random.Random(seed)
    number = 0
    site.obeys_if_range = chance.random() < 0.5
    for _ in range(8):
        site.mischief = [
            cut(chance.randrange(1, len(site.content)))
            for _ in range(chance.randrange(3))
        ]
        site.mischief.append(answer(chance.choice([404, 416, 503]), Retry_After="3600"))
        site.mischief.append(answer(404))
        with pytest.raises(DownloadError):
            fetch()
        if chance.random() < 0.4:
            number += 1
            size = chance.randrange(50_000, 300_000)
            site.content = CONTENT[:30] + np.random.default_rng(number).bytes(size)
            site.etag = f'"{number}"'
    site.mischief = []
    assert fetch().path.read_bytes() == site.content
