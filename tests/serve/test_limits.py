"""Queries that take too long, too many of them, and clients that go."""

import asyncio
import time
from xml.etree import ElementTree

import httpx
import pytest

from stellarwh.serve.limits import Limits
from stellarwh.serve.service import Service
from tests.serve.conftest import GROUP, ask, votable
from tests.serve.test_jobs import LONG

pytestmark = GROUP
SHORT = "SELECT TOP 5 star_id, ra FROM main.stars"


@pytest.fixture(scope="module")
def narrow(stars_path):
    """Return a service of one thread that lets two requests wait."""
    limits = Limits(rows=10**9, seconds=2, workers=1, waiting=2)
    with Service(stars_path, limits=limits) as running:
        yield running


@pytest.fixture
def near(narrow):
    with httpx.Client(base_url=narrow.url, timeout=60) as opened:
        yield opened


def test_query_that_takes_too_long_is_ended(near):
    answer = ask(near, LONG)
    assert answer.status_code == 400
    assert "longer than 2 s" in answer.text
    assert len(votable(ask(near, SHORT))) == 5


def test_query_that_is_ended_in_the_midst_of_its_rows_says_so(near, caplog):
    query = "SELECT a.star_id, b.star_id AS other FROM main.stars AS a, main.stars AS b"
    query = f"{query}, main.stars AS c, main.stars AS d"
    answer = ask(near, query, MAXREC=10**9)
    assert answer.status_code == 200
    resource = ElementTree.fromstring(answer.content)[0]
    assert resource[-1].get("value") == "ERROR"
    assert "longer than 2 s" in resource[-1].text
    # What has no place to say so is not whole.
    with pytest.raises(httpx.RemoteProtocolError):
        ask(near, query, MAXREC=10**9, FORMAT="csv")
    assert caplog.records == []


def test_too_many_requests_are_told_to_come_again(narrow):
    async def all_of_them():
        async with httpx.AsyncClient(base_url=narrow.url, timeout=60) as client:
            texts = {"LANG": "ADQL", "QUERY": LONG}
            tasks = []
            for _ in range(6):
                tasks.append(asyncio.create_task(client.get("/tap/sync", params=texts)))
                await asyncio.sleep(0.05)
            return await asyncio.gather(*tasks)

    answers = asyncio.run(all_of_them())
    statuses = sorted(answer.status_code for answer in answers)
    # One runs and two wait, all of them for too long.
    assert statuses == [400, 400, 400, 503, 503, 503]
    busy = [answer for answer in answers if answer.status_code == 503]
    assert all(answer.headers["retry-after"] for answer in busy)


def test_query_of_a_client_that_goes_is_ended(stars_path):
    limits = Limits(seconds=60, workers=1)
    with (
        Service(stars_path, limits=limits) as service,
        httpx.Client(base_url=service.url) as client,
    ):
        texts = {"LANG": "ADQL", "QUERY": LONG}
        for _ in range(2):  # one that runs, then one that waits for its turn
            with pytest.raises(httpx.ReadTimeout):
                client.get("/tap/sync", params=texts, timeout=0.5)
        # The only thread is free again.
        assert ask(client, SHORT).status_code == 200


def test_two_hundred_requests_at_once_are_all_answered(service):
    async def all_of_them():
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(
            base_url=service.url, timeout=120, limits=limits
        ) as client:
            texts = {"LANG": "ADQL", "QUERY": SHORT}
            return await asyncio.gather(
                *(client.get("/tap/sync", params=texts) for _ in range(200))
            )

    answers = asyncio.run(all_of_them())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_slow_client_does_not_fill_the_memory(stars_path):
    # 6 × 10⁷ rows, were they made before they are taken.
    query = "SELECT a.*, b.* FROM main.stars AS a, main.stars AS b, main.stars AS c"
    limits = Limits(rows=10**8, workers=1, stalled_seconds=1)
    with (
        Service(stars_path, limits=limits) as service,
        httpx.Client(base_url=service.url, timeout=60) as client,
        client.stream(
            "GET", "/tap/sync", params={"LANG": "ADQL", "QUERY": query}
        ) as answer,
    ):
        assert answer.status_code == 200
        pieces = answer.iter_raw()
        next(pieces)
        time.sleep(2.5)
        # It was ended, and the thread is free.
        with httpx.Client(base_url=service.url, timeout=20) as other:
            answer = ask(other, SHORT)
            assert answer.status_code == 200, answer.text


def test_service_ends_while_queries_run(stars_path):
    service = Service(stars_path, limits=Limits(seconds=60))
    with service:
        job = httpx.post(
            f"{service.url}/tap/async",
            data={"LANG": "ADQL", "QUERY": LONG, "PHASE": "RUN"},
        )
        assert job.status_code == 303
        began = time.monotonic()
    # Seconds, not the minutes that the query would take.
    assert time.monotonic() - began < 30
