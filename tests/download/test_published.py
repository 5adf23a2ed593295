"""What was published is compared; the disk, the folder and other processes too."""

import fcntl
import hashlib
import random
import resource
import subprocess
import sys
import time
from shutil import disk_usage

import pytest

from stellarwh.download import choose_file, size_text
from stellarwh.download.partial import Partial
from stellarwh.errors import DownloadError
from stellarwh.surveys.known import read_survey
from tests.download.conftest import CONTENT
from tests.download.site import cut, stall

SHA1 = hashlib.sha1(CONTENT).hexdigest()
SIZE = len(CONTENT)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_size_and_sha1_are_checked_where_they_are_published(fetch):
    assert fetch(name="a.fits").checked == ""
    assert fetch(name="b.fits", size=SIZE).checked == "size"
    assert fetch(name="c.fits", size=SIZE, sha1=SHA1).checked == "SHA-1"


def test_a_wrong_sha1_is_refused_and_put_aside(fetch, tmp_path):
    with pytest.raises(DownloadError, match=f"SHA-1 {SHA1} where {'0' * 40} is publ"):
        fetch(sha1="0" * 40)
    assert names(tmp_path) == ["stars.fits.rejected"]
    assert (tmp_path / "stars.fits.rejected").read_bytes() == CONTENT


def test_a_wrong_size_is_refused_before_the_body(site, fetch, tmp_path):
    with pytest.raises(
        DownloadError, match=f"{SIZE:,} bytes where {SIZE + 1:,} are publ"
    ):
        fetch(size=SIZE + 1)
    with pytest.raises(DownloadError, match="300 kB where about 900 kB are expected"):
        fetch(size_about=900_000)
    assert names(tmp_path) == []
    assert fetch(size_about=310_000).is_new


def test_a_wrong_size_shows_at_the_end_where_it_was_not_said(site, fetch, tmp_path):
    def unsaid(handler):
        handler.head(200, {})
        handler.wfile.write(CONTENT[:1000])

    site.always = unsaid
    with pytest.raises(
        DownloadError, match=f"1,000 bytes where {SIZE:,} are published"
    ):
        fetch(size=SIZE)
    assert names(tmp_path) == ["stars.fits.rejected"]


def test_a_file_that_is_there_is_not_fetched_again(site, fetch):
    fetch()
    for known in ({}, {"size": SIZE}, {"sha1": SHA1}):
        done = fetch(**known)
        assert (done.is_new, done.size) == (False, SIZE)
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    "known", [{"size": SIZE + 1}, {"sha1": "0" * 40}, {"size_about": 10 * SIZE}]
)
def test_another_file_of_that_name_is_not_taken_for_it(site, fetch, tmp_path, known):
    (tmp_path / "stars.fits").write_bytes(CONTENT)
    with pytest.raises(DownloadError, match=r"is there already, but .*move it away"):
        fetch(**known)
    assert (tmp_path / "stars.fits").read_bytes() == CONTENT
    assert site.requests == []


def test_without_room_nothing_begins(site, fetch, tmp_path, monkeypatch):
    def nearly_full(path):
        return disk_usage(path)._replace(free=250_000)

    monkeypatch.setattr("shutil.disk_usage", nearly_full)
    for known in ({}, {"size": SIZE}, {"size_about": SIZE}):
        with pytest.raises(DownloadError, match=r"needs 300 kB but .* 250 kB free"):
            fetch(**known)
    assert len(site.requests) == 1  # where only the server knows the size
    assert names(tmp_path) == []


def test_what_is_kept_needs_no_room_again(site, fetch, monkeypatch):
    site.always = cut(100_000)
    with pytest.raises(DownloadError, match="100 kB are kept"):
        fetch(attempts=1)
    site.always = None
    monkeypatch.setattr(
        "shutil.disk_usage", lambda path: disk_usage(path)._replace(free=250_000)
    )
    assert fetch(size=SIZE).path.read_bytes() == CONTENT


def test_a_disk_that_fills_keeps_what_it_took(fetch, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(DownloadError, match=r"cannot be written.* 200 kB are kept"):
            fetch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "stars.fits.part").read_bytes() == CONTENT[:200_000]
    assert fetch().path.read_bytes() == CONTENT


def test_a_folder_that_cannot_be_is_one_line(fetch, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(DownloadError, match="cannot be made"):
            fetch(folder=folder)
    (tmp_path / "stars.fits").mkdir()
    with pytest.raises(DownloadError, match="is not a file"):
        fetch()


def test_a_read_only_folder_is_one_line(fetch, monkeypatch):
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("stellarwh.download.partial.os.open", refuse)
    with pytest.raises(DownloadError, match=r"cannot be written: Permission denied\."):
        fetch()


def test_a_new_folder_is_made(fetch, tmp_path):
    assert fetch(folder=tmp_path / "a" / "b").path.read_bytes() == CONTENT


def test_two_downloads_of_one_file_do_not_meet(site, fetch, tmp_path):
    with (
        Partial(tmp_path / "stars.fits"),
        pytest.raises(DownloadError, match="by another process"),
    ):
        fetch()
    assert site.requests == []
    assert fetch().is_new


@pytest.mark.parametrize("became", ["stars.fits", "stars.fits.rejected"])
def test_one_that_ends_as_another_begins_is_left_alone(
    site, fetch, tmp_path, monkeypatch, became
):
    """The other renames its part between our opening it and our locking it."""
    part = tmp_path / "stars.fits.part"
    part.write_bytes(CONTENT)
    lock = fcntl.flock

    def end_then_lock(*arguments) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        part.rename(tmp_path / became)
        lock(*arguments)

    monkeypatch.setattr(fcntl, "flock", end_then_lock)
    done = fetch()
    assert done.path.read_bytes() == CONTENT
    assert done.is_new == (became != "stars.fits")
    assert len(site.requests) == int(done.is_new)
    assert names(tmp_path) == sorted({"stars.fits", became})


CLIENT = """
import sys
from pathlib import Path
from stellarwh.download import download_file, Listener
from stellarwh.surveys.description import PublishedFile
file = PublishedFile("stars.fits", sys.argv[1], "read")
heard = lambda n: print(n, flush=True)
download_file(file, Path(sys.argv[2]), listener=Listener(advance=heard))
"""


def test_a_killed_download_goes_on(site, fetch, tmp_path):
    site.mischief = [stall(150_000)]
    line = [sys.executable, "-c", CLIENT, site.file().url, str(tmp_path)]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as client:
        try:
            assert client.stdout is not None
            got = 0
            while got < 150_000:
                got += int(client.stdout.readline())
            with pytest.raises(DownloadError, match="by another process"):
                fetch()
        finally:
            client.kill()  # SIGKILL
    assert names(tmp_path) == ["stars.fits.part", "stars.fits.part.json"]
    assert fetch().path.read_bytes() == CONTENT
    assert site.requests[-1]["Range"] == "bytes=150000-"
    assert names(tmp_path) == ["stars.fits"]


def test_kills_at_random_moments_never_mix_two_versions(site, fetch, tmp_path):
    chance = random.Random(3)
    target = tmp_path / "stars.fits"

    def slowly(handler):
        start, content = handler.wanted_start(), site.content
        headers = {"Content-Length": str(len(content) - start), **handler.validators()}
        if start:
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            headers["Content-Range"] = span
        handler.head(206 if start else 200, headers)
        for begin in range(start, len(content), 5_000):
            handler.wfile.write(content[begin : min(begin + 5_000, len(content))])
            if site.released.wait(0.01):
                break

    line = [sys.executable, "-c", CLIENT, site.file().url, str(tmp_path)]
    site.always = slowly
    for kill in range(8):
        with subprocess.Popen(line, stdout=subprocess.PIPE) as client:
            try:
                assert client.stdout is not None
                client.stdout.readline()  # it is about to ask, or to go on
                time.sleep(chance.uniform(0, 0.08))
            finally:
                client.kill()
        if target.exists():  # it was fast enough
            assert target.read_bytes() == site.content
            target.unlink()
        if kill in (3, 6, 7):
            site.content = CONTENT[:30] + chance.randbytes(len(CONTENT) - kill)
            site.etag = f'"{kill}"'
    site.always = None
    assert fetch().path.read_bytes() == site.content
    assert names(tmp_path) == ["stars.fits"]


def test_the_first_published_file_is_the_usual_one():
    apogee = read_survey("apogee")
    assert choose_file(apogee, None).name == "allStarLite-dr17-synspec_rev1.fits"
    full = choose_file(apogee, "allStar-dr17-synspec_rev1.fits")
    # facts: the SHA-1 in a public downloader of allStar
    assert full.sha1 == "7aa2f381de0e8e246f9833cc7da540ef45096702"
    with pytest.raises(DownloadError, match="Did you mean 'allStar-"):
        choose_file(apogee, "allStar.fits")


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (999_499, "999 kB"),
     (999_600, "1 MB"), (873_439_364, "873 MB"), (3_920_000_000, "3.92 GB")],
)  # fmt: skip
def test_sizes_are_written_in_decimal_units(n_bytes, text):
    assert size_text(n_bytes) == text


def test_the_part_of_a_path_is_not_a_folder(fetch, tmp_path):
    (tmp_path / "stars.fits.part").mkdir()
    with pytest.raises(DownloadError, match="cannot be written"):
        fetch()
