"""Jobs: made, run, waited for, ended, and gone, as UWS has them."""

import time
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import httpx

from stellarwh.serve.limits import Limits
from stellarwh.serve.service import Service
from tests.serve.conftest import GROUP, votable

pytestmark = GROUP
UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
# Takes longer than any test waits.
LONG = (
    "SELECT COUNT(*) FROM main.stars AS a, main.stars AS b, main.stars AS c, "
    "main.stars AS d, main.stars AS e WHERE a.ra + b.ra + c.ra + d.ra + e.ra > 1"
)


def create(client, query="SELECT id FROM raw.odd", **more):
    texts = {"LANG": "ADQL", "QUERY": query, **more}
    answer = client.post("/tap/async", data=texts)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def told(client, job, **texts):
    answer = client.get(job, params=texts)
    assert answer.status_code == 200, answer.text
    return ElementTree.fromstring(answer.text)


def ended(client, job):
    """Return the document of a job that has ended."""
    while True:
        document = told(client, job, WAIT=20)
        if document.findtext(f"{UWS}phase") not in ("QUEUED", "EXECUTING"):
            return document


def phase_of(client, job):
    return client.get(f"{job}/phase").text


def test_job_runs_at_once_when_asked_and_gives_its_result(client):
    job = create(client, PHASE="RUN", RUNID="mine")
    document = ended(client, job)
    assert document.findtext(f"{UWS}phase") == "COMPLETED"
    assert document.findtext(f"{UWS}runId") == "mine"
    (result,) = document.iter(f"{UWS}result")
    answer = client.get(result.get("{http://www.w3.org/1999/xlink}href"))
    assert sorted(votable(answer)["id"]) == [1, 2, 3]
    assert len(answer.content) == int(result.get("size"))
    assert client.get(f"{job}/results/result").content == answer.content
    assert client.delete(job).status_code == 303
    assert client.get(job).status_code == 404
    assert client.get(f"{job}/results/result").status_code == 404


def test_job_waits_until_it_is_run_and_takes_parameters_till_then(client):
    job = create(client, "SELECT nothing FROM raw.odd")
    assert phase_of(client, job) == "PENDING"
    text = "SELECT word FROM raw.odd"
    client.post(f"{job}/parameters", data={"QUERY": text, "RESPONSEFORMAT": "csv"})
    client.post(f"{job}/phase", data={"PHASE": "RUN"})
    ended(client, job)
    answer = client.get(f"{job}/results/result")
    assert answer.text.splitlines()[0] == "word"
    assert answer.headers["content-type"].startswith("text/csv")
    refused = client.post(f"{job}/parameters", data={"QUERY": "SELECT 1"})
    assert refused.status_code == 403
    client.post(job, data={"ACTION": "DELETE"})
    assert client.get(job).status_code == 404


def test_job_that_fails_says_why(client):
    job = create(client, "SELECT nothing FROM raw.odd", PHASE="RUN")
    document = ended(client, job)
    assert document.findtext(f"{UWS}phase") == "ERROR"
    assert "nothing" in document.findtext(f"{UWS}errorSummary/{UWS}message")
    assert 'value="ERROR"' in client.get(f"{job}/error").text
    assert client.get(f"{job}/results/result").status_code == 404
    client.delete(job)


def test_abort_ends_a_query_that_runs(client):
    job = create(client, LONG, PHASE="RUN")
    for _ in range(200):
        if phase_of(client, job) == "EXECUTING":
            break
        time.sleep(0.05)
    assert phase_of(client, job) == "EXECUTING"
    client.post(f"{job}/phase", data={"PHASE": "ABORT"})
    assert phase_of(client, job) == "ABORTED"
    # Its thread is free for the next one.
    following = create(client, PHASE="RUN")
    assert ended(client, following).findtext(f"{UWS}phase") == "COMPLETED"
    client.delete(job)
    client.delete(following)


def test_wait_ends_with_the_phase_or_the_time(client):
    job = create(client)
    began = time.monotonic()
    told(client, job, WAIT=1)
    assert time.monotonic() - began >= 1
    # It is in another phase than the client thinks.
    assert (
        told(client, job, WAIT=50, PHASE="QUEUED").findtext(f"{UWS}phase") == "PENDING"
    )
    client.post(f"{job}/phase", data={"PHASE": "RUN"})
    assert told(client, job, WAIT=-1).findtext(f"{UWS}phase") in (
        "COMPLETED",
        "EXECUTING",
    )
    client.delete(job)


def test_execution_duration_ends_a_query(client):
    job = create(client, LONG, EXECUTIONDURATION=1)
    assert client.get(f"{job}/executionduration").text == "1"
    client.post(f"{job}/phase", data={"PHASE": "RUN"})
    document = ended(client, job)
    assert "longer than 1 s" in document.findtext(f"{UWS}errorSummary/{UWS}message")
    client.delete(job)


def test_job_goes_at_its_destruction(client):
    job = create(client)
    far = datetime.now(UTC) + timedelta(days=1000)
    client.post(f"{job}/destruction", data={"DESTRUCTION": far.isoformat()})
    kept = datetime.fromisoformat(client.get(f"{job}/destruction").text)
    assert kept < far - timedelta(days=900)
    soon = (datetime.now(UTC) + timedelta(seconds=0.3)).isoformat()
    client.post(f"{job}/destruction", data={"DESTRUCTION": soon})
    for _ in range(100):
        if client.get(job).status_code == 404:
            break
        time.sleep(0.05)
    assert client.get(job).status_code == 404


def test_list_tells_of_jobs_by_phase_time_and_number(client):
    first, second = create(client), create(client)

    def listed(**texts):
        document = ElementTree.fromstring(client.get("/tap/async", params=texts).text)
        return [ref.get("{http://www.w3.org/1999/xlink}href") for ref in document]

    assert {first, second} <= set(listed())
    assert listed(LAST=1) == [second]
    assert set(listed(PHASE="PENDING")) >= {first, second}
    assert first not in listed(PHASE="COMPLETED")
    assert listed(AFTER="2999-01-01T00:00:00Z") == []
    for job in (first, second):
        client.delete(job)


def test_jobs_of_others_are_not_listed_where_others_reach_the_service(stars_path):
    with (
        Service(stars_path, host="0.0.0.0") as service,
        httpx.Client(base_url=service.url, timeout=60) as client,
    ):
        job = create(client)
        assert phase_of(client, job) == "PENDING"
        assert job.rsplit("/", 1)[1] not in client.get("/tap/async").text


def test_small_resources_of_a_job(client):
    job = create(client)
    assert client.get(f"{job}/quote").text == ""
    assert client.get(f"{job}/owner").text == ""
    assert "raw.odd" in client.get(f"{job}/parameters").text
    assert "uws:results" in client.get(f"{job}/results").text
    assert client.get(f"{job}/nothing").status_code == 404
    assert client.get(f"{job}/error").status_code == 404
    client.delete(job)


def test_quotas_of_jobs_and_of_their_results(stars_path):
    limits = Limits(jobs=2, job_bytes=1000)
    with (
        Service(stars_path, limits=limits) as service,
        httpx.Client(base_url=service.url, timeout=60) as client,
    ):
        job = create(client, "SELECT * FROM main.stars", PHASE="RUN")
        document = ended(client, job)
        assert "larger than" in document.findtext(f"{UWS}errorSummary/{UWS}message")
        create(client)
        refused = client.post("/tap/async", data={"LANG": "ADQL"})
        assert refused.status_code == 503
        assert "retry-after" in refused.headers
