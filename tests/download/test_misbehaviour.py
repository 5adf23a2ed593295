"""Each way a server can misbehave does the right thing."""

import hashlib
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.request import Request

import pytest

from stellarwh.download import transfer
from stellarwh.download.transport import RefusedError, _Redirects
from stellarwh.errors import DownloadError
from tests.download.conftest import CONTENT
from tests.download.site import answer, cut, reset, serve, stall

SHA1 = hashlib.sha1(CONTENT).hexdigest()


def paths(site):
    return [request["path"] for request in site.requests]


def ranges(site):
    return [request.get("Range") for request in site.requests]


def test_a_good_server_is_asked_once(site, fetch, tmp_path):
    done = fetch()
    assert done.path.read_bytes() == CONTENT
    assert (done.size, done.is_new) == (len(CONTENT), True)
    assert [path.name for path in tmp_path.iterdir()] == ["stars.fits"]
    assert ranges(site) == [None]
    assert site.requests[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("breaks", [cut, reset])
def test_a_broken_connection_is_resumed_where_it_broke(site, fetch, waits, breaks):
    site.mischief = [breaks(100_000), breaks(200_000)]
    assert fetch().path.read_bytes() == CONTENT
    assert len(site.requests) == 3
    if breaks is cut:  # a reset may lose what was on its way
        assert ranges(site) == [None, "bytes=100000-", "bytes=200000-"]
        assert {request["If-Range"] for request in site.requests[1:]} == {'"one"'}
    assert waits == [1, 2]


def test_a_body_that_stays_short_is_an_error_that_keeps_it(site, fetch, tmp_path):
    site.always = lambda handler: handler.behave(70_000)
    with pytest.raises(DownloadError, match=r"too early \(4 times\).*70 kB are kept"):
        fetch()
    assert (tmp_path / "stars.fits.part").read_bytes() == CONTENT[:70_000]
    assert len(site.requests) == 4
    site.always = None
    assert fetch().path.read_bytes() == CONTENT
    assert ranges(site)[-1] == "bytes=70000-"


def test_breaks_do_not_count_while_the_part_grows(site, fetch, monkeypatch):
    monkeypatch.setattr(transfer, "_REAL_PROGRESS", 10_000)
    site.mischief = [cut(stop) for stop in range(12_000, 300_000, 12_000)]
    assert fetch(attempts=2).path.read_bytes() == CONTENT


def test_a_server_that_gives_a_little_at_a_time_is_asked_again(site, fetch):
    site.mischief = [lambda h: h.behave(at_most=100_000)] * 2
    site.mischief[0] = cut(100_000)
    assert fetch().path.read_bytes() == CONTENT
    assert len(site.requests) == 3


@pytest.mark.parametrize("breaks", [stall(100_000), lambda h: h.site.released.wait(20)])
def test_a_stalled_connection_is_left_and_resumed(site, fetch, breaks):
    site.mischief = [breaks]
    started = time.monotonic()
    assert fetch(timeout=0.3).path.read_bytes() == CONTENT
    assert time.monotonic() - started < 20  # the server would have held it as long


def test_a_trickle_counts_as_stalled(site, fetch):
    def trickle(handler):
        handler.head(200, {"Content-Length": str(len(CONTENT)), "ETag": '"one"'})
        handler.wfile.write(CONTENT[:20])
        for byte in range(20, 200):
            if handler.site.released.wait(0.05):
                break
            handler.wfile.write(CONTENT[byte : byte + 1])
            handler.wfile.flush()

    site.mischief = [trickle]
    assert fetch(timeout=0.4).path.read_bytes() == CONTENT
    assert len(site.requests) == 2
    assert int(site.requests[1]["Range"][6:-1]) < 100  # not all 200 were waited for


def test_a_server_without_range_starts_from_zero(site, fetch, told):
    site.has_ranges = False
    site.mischief = [cut(100_000), cut(150_000)]
    assert fetch().path.read_bytes() == CONTENT
    assert "begins again" in told[-1]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_keep_the_range(site, fetch, status):
    site.mischief = [
        cut(100_000),
        answer(status, Location="/a"),
        answer(302, Location="/b"),
    ]
    assert fetch().path.read_bytes() == CONTENT
    assert paths(site) == ["/stars", "/stars", "/a", "/b"]
    assert ranges(site) == [None, *["bytes=100000-"] * 3]


def test_five_redirects_are_followed_and_not_six(site, fetch):
    site.mischief = [answer(302, Location=f"/{n}") for n in range(5)]
    assert fetch().is_new
    site.mischief = [answer(302, Location=f"/{n}") for n in range(6)]
    with pytest.raises(DownloadError, match="more than 5 times"):
        fetch(name="other.fits")


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("/stars", "in a circle"),
        ("file:///etc/hostname", "not to https"),
        ("ftp://127.0.0.1/stars", "not to https"),
        ("", "302 Found without an address"),
        ("http://[::1/stars", "wrong address"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_one_line(site, fetch, location, found):
    headers = {"Location": location} if location else {}
    site.always = answer(302, **headers)
    with pytest.raises(DownloadError, match=found) as caught:
        fetch()
    assert "\n" not in str(caught.value)
    assert len(site.requests) <= 4


def test_a_redirect_to_another_host_is_followed_and_resumed_there(site, fetch, told):
    """As publishers do that keep their files in a cloud store of another name."""
    with serve(CONTENT) as store:
        elsewhere = f"{store.base}/store?token=1".replace("127.0.0.1", "localhost")
        site.always = answer(302, Location=elsewhere)
        store.mischief = [cut(100_000)]
        assert fetch().path.read_bytes() == CONTENT
        assert paths(site) == ["/stars", "/stars"]
        assert paths(store) == ["/store?token=1"] * 2
        assert ranges(store) == [None, "bytes=100000-"]
        assert {r["Host"] for r in store.requests} == {elsewhere.split("/")[2]}


def test_another_host_with_another_version_is_noticed(site, fetch):
    with serve(CONTENT[:30] + CONTENT[:29:-1]) as store:
        store.etag = '"two"'
        site.mischief = [
            cut(100_000),
            answer(302, Location=f"{store.base}/store"),
            answer(302, Location=f"{store.base}/store"),
        ]
        assert fetch().path.read_bytes() == store.content


def test_a_circle_through_two_hosts_ends(site, fetch, tmp_path):
    with serve(CONTENT) as store:
        site.always = answer(302, Location=f"{store.base}/back")
        store.always = answer(302, Location=f"{site.base}/stars")
        with pytest.raises(DownloadError, match="in a circle"):
            fetch()
        assert len(site.requests) + len(store.requests) <= 7
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_to_what_is_not_there_is_one_line(site, fetch, tmp_path):
    with serve(CONTENT) as store:
        store.always = answer(404)
        site.always = answer(301, Location=f"{store.base}/gone")
        with pytest.raises(DownloadError, match="404 Not Found"):
            fetch()
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_from_https_to_http_is_refused():
    handler = _Redirects()
    asked = Request("https://example.org/stars")
    for url in ("http://example.org/stars", "ftp://example.org/stars"):
        with pytest.raises(RefusedError, match="not to https"):
            handler.redirect_request(asked, None, 302, "Found", {}, url)
    url = "https://mirror.example.org/stars"
    followed = handler.redirect_request(asked, None, 302, "Found", {}, url)
    assert followed.full_url == url


@pytest.mark.parametrize("status", [403, 404, 410, 451])
def test_what_is_not_there_is_looked_for_at_the_mirror(site, fetch, told, status):
    site.mischief = [answer(status)]
    done = fetch(mirror=f"{site.base}/mirror")
    assert done.path.read_bytes() == CONTENT
    assert paths(site) == ["/stars", "/mirror"]
    assert f"answers {status}" in told[0]
    assert "mirror" in told[0]


def test_what_is_nowhere_is_one_line_and_leaves_nothing(site, fetch, tmp_path):
    site.always = answer(404)
    with pytest.raises(DownloadError) as caught:
        fetch(mirror=f"{site.base}/mirror")
    said = str(caught.value)
    assert said.count("404 Not Found") == 2
    assert "/stars:" in said
    assert "/mirror:" in said
    assert "\n" not in said
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_server_is_left_for_its_mirror(site, fetch, waits):
    done = fetch(url="http://127.0.0.1:9/stars", mirror=f"{site.base}/mirror")
    assert done.path.read_bytes() == CONTENT
    assert waits == [1, 2, 4]


def test_a_mirror_never_completes_the_part_of_another_server(site, fetch, tmp_path):
    site.mischief = [cut(100_000), answer(500), answer(500), answer(500)]
    with pytest.raises(DownloadError, match="100 kB are kept"):
        fetch(mirror=f"{site.base}/mirror")
    assert "/mirror" not in paths(site)
    site.mischief = [answer(404)]
    assert fetch(mirror=f"{site.base}/mirror").path.read_bytes() == CONTENT
    assert (paths(site)[-1], ranges(site)[-1]) == ("/mirror", None)


def test_a_published_sha1_lets_the_mirror_complete_it(site, fetch):
    site.mischief = [cut(100_000), answer(404)]
    done = fetch(mirror=f"{site.base}/mirror", sha1=SHA1)
    assert done.path.read_bytes() == CONTENT
    assert ranges(site)[-1] == "bytes=100000-"
    assert "If-Range" not in site.requests[-1]


def test_503_waits_as_long_as_the_server_asks(site, fetch, waits):
    late = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    early = format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True)
    site.mischief = [answer(503, Retry_After=text) for text in ("7", late, early)]
    assert fetch().path.read_bytes() == CONTENT
    assert waits[0] == 7
    assert 60 < waits[1] <= 90
    assert waits[2] == 0


@pytest.mark.parametrize("text", ["3600", "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_503_that_asks_for_too_long_ends_at_once(site, fetch, waits, text):
    site.always = answer(503, Retry_After=text)
    with pytest.raises(DownloadError, match="503 Service Unavailable and asks to come"):
        fetch()
    assert waits == []


@pytest.mark.parametrize("text", ["soon", "-5", "", "Fri, 99 Dec 2026 99:99:99 GMT"])
def test_503_without_end_is_asked_a_few_times(site, fetch, waits, text):
    site.always = answer(503, Retry_After=text)
    with pytest.raises(DownloadError, match=r"503 Service Unavailable \(4 times\)"):
        fetch()
    assert waits == [1, 2, 4]
    assert len(site.requests) == 4


def test_416_means_complete_where_the_size_says_so(site, fetch):
    def without_length(handler):
        handler.head(200, {"ETag": '"one"', "Transfer-Encoding": "chunked"})
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(CONTENT), CONTENT))  # no last chunk

    site.mischief = [without_length]
    assert fetch().path.read_bytes() == CONTENT
    assert ranges(site) == [None, f"bytes={len(CONTENT)}-"]


@pytest.mark.parametrize("total", ["bytes */50000", "bytes */*", "nonsense", ""])
def test_416_otherwise_means_changed_and_starts_again(site, fetch, total):
    headers = {"Content_Range": total} if total else {}
    site.mischief = [cut(100_000), answer(416, **headers)]
    assert fetch().path.read_bytes() == CONTENT
    assert ranges(site) == [None, "bytes=100000-", None]


def test_416_for_ever_is_an_error(site, fetch):
    site.always = answer(416)
    with pytest.raises(DownloadError, match=r"changed since the last go \(4 times\)"):
        fetch()
    assert len(site.requests) == 4


def test_a_chunked_body_is_whole_or_broken(site, fetch):
    def chunked(pieces):
        def act(handler):
            handler.head(200, {"Transfer-Encoding": "chunked", "ETag": '"one"'})
            for piece in pieces:
                handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

        return act

    site.mischief = [chunked([CONTENT[:50_000]])]  # ends without the last chunk
    assert fetch().path.read_bytes() == CONTENT
    site.mischief = [chunked([CONTENT[:50_000], CONTENT[50_000:], b""])]
    assert fetch(name="other.fits").path.read_bytes() == CONTENT
    assert ranges(site) == [None, "bytes=50000-", None]


def test_a_body_of_unsaid_length_ends_with_the_connection(site, fetch):
    def unsaid(handler):
        handler.head(200, {})
        handler.wfile.write(CONTENT)

    site.always = unsaid
    assert fetch().path.read_bytes() == CONTENT


def test_a_body_longer_than_announced_is_cut_there(site, fetch):
    def longer(handler):
        handler.head(200, {"Content-Length": str(len(CONTENT))})
        handler.wfile.write(CONTENT + b"more" * 10_000)

    site.mischief = [longer]
    assert fetch().path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("stars.fits", b"<!DOCTYPE html><title>Please log in</title>", "no .fits file"),
        ("stars.fits.gz", CONTENT, "no .gz file"),
        ("stars.fits", b"", "an empty file"),
        ("stars.csv", b"", "an empty file"),
    ],
)
def test_a_page_instead_of_the_file_is_refused(
    site, fetch, tmp_path, name, body, found
):
    def page(handler):
        handler.head(200, {"Content-Length": str(len(body))})
        handler.wfile.write(body)

    site.always = page
    with pytest.raises(DownloadError, match=found):
        fetch(name=name)
    assert list(tmp_path.iterdir()) == []


def test_a_page_instead_of_the_file_leaves_the_part(site, fetch, tmp_path):
    site.mischief = [cut(100_000), lambda handler: page(handler)]

    def page(handler):
        handler.head(200, {"Content-Length": "30"})
        handler.wfile.write(b"<html>Down for maintenance</html>"[:30])

    with pytest.raises(DownloadError, match=r"no \.fits file"):
        fetch()
    assert (tmp_path / "stars.fits.part").read_bytes() == CONTENT[:100_000]


@pytest.mark.parametrize(
    "answered",
    [
        b"",
        b"\0\xff\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 5-1/9\r\n\r\nabc",
        b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-9/"
        + b"9" * 5000
        + b"\r\n\r\nabc",
        b'HTTP/1.1 200 OK\r\nETag: "a\r\n b"\r\nContent-Length: 99\r\n\r\nSIMPLE  =',
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
        b"HTTP/1.1 999 \x1b[31mred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
    ],
)
def test_an_answer_that_is_no_http_is_one_line(site, fetch, tmp_path, answered):
    site.always = lambda handler: handler.wfile.write(answered) and None
    with pytest.raises(DownloadError) as caught:
        fetch()
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
