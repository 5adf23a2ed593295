"""Tables that a query brings."""

import http.client
import io

import pytest
from astropy.table import Table

from tests.serve.conftest import GROUP, ask, votable
from tests.serve.test_jobs import create, ended

pytestmark = GROUP
STARS = "SELECT TOP 5 star_id FROM main.stars ORDER BY star_id"
JOIN = (
    "SELECT s.ra FROM TAP_UPLOAD.mine AS t JOIN main.stars AS s ON s.star_id = t.star"
)


def written(table_format="tabledata", rows=3):
    table = Table(
        {"id": range(rows), "name": [f"star {i}" for i in range(rows)]},
        units={"id": "1"},
    )
    table["mag"] = [1.5] * rows
    table["mag"].unit = "mag"
    table["mag"].description = "brightness"
    file = io.BytesIO()
    table.write(file, format="votable", tabledata_format=table_format)
    return file.getvalue()


def send(client, content, query, upload="mine,param:t1"):
    texts = {"LANG": "ADQL", "QUERY": query, "UPLOAD": upload}
    return client.post("/tap/sync", data=texts, files={"t1": content})


@pytest.mark.parametrize("kind", ["tabledata", "binary", "binary2"])
def test_upload_is_read_with_what_is_known_of_it(client, kind):
    answer = send(client, written(kind), "SELECT * FROM TAP_UPLOAD.mine ORDER BY id")
    table = votable(answer)
    assert list(table["id"]) == [0, 1, 2]
    assert list(table["name"]) == ["star 0", "star 1", "star 2"]
    assert table["mag"].unit == "mag"
    assert table["mag"].description == "brightness"


def test_upload_joins_and_is_gone_afterwards(client):
    stars = votable(
        ask(client, "SELECT TOP 5 star_id FROM main.stars ORDER BY star_id")
    )
    file = io.BytesIO()
    Table({"star": stars["star_id"]}).write(file, format="votable")
    assert len(votable(send(client, file.getvalue(), JOIN))) == 5
    assert ask(client, "SELECT * FROM TAP_UPLOAD.mine").status_code == 400
    # The same name for another table, next time.
    answer = send(client, written(rows=1), "SELECT id FROM TAP_UPLOAD.mine")
    assert len(votable(answer)) == 1


def test_job_keeps_its_uploads_until_it_runs(client):
    texts = {"LANG": "ADQL", "QUERY": "SELECT id FROM TAP_UPLOAD.mine"}
    answer = client.post(
        "/tap/async", data=texts | {"UPLOAD": "mine,param:t1"}, files={"t1": written()}
    )
    job = answer.headers["location"]
    client.post(f"{job}/phase", data={"PHASE": "RUN"})
    ended(client, job)
    assert len(votable(client.get(f"{job}/results/result"))) == 3
    client.delete(job)


def test_result_of_a_job_is_uploaded_by_its_address_and_nothing_else_is(client):
    job = create(client, PHASE="RUN")
    ended(client, job)
    query = "SELECT * FROM TAP_UPLOAD.mine"
    answer = send(client, b"", query, f"mine,{job}/results/result")
    assert len(votable(answer)) == 3
    client.delete(job)
    for address in ("http://example.org/x.vot", "file:///etc/passwd", f"{job}/x"):
        answer = send(client, b"", query, f"mine,{address}")
        assert answer.status_code == 400
        assert "nothing else is fetched" in answer.text


@pytest.mark.parametrize(
    ("content", "upload", "said"),
    [
        (b"ra,dec\n1,2\n", "mine,param:t1", "no VOTable"),
        (b"<VOTABLE><RESOURCE/></VOTABLE>", "mine,param:t1", "TAP_UPLOAD.mine"),
        (written(), "mine,param:t2", "no file"),
        (written(), "mine", "name,param:part"),
        (written(), "my table,param:t1", "name,param:part"),
        (written(), "mine,param:t1;MINE,param:t1", "twice"),
        (written()[:600], "mine,param:t1", "TAP_UPLOAD.mine"),
        (
            written().replace(b'name="name"', b'name=""').replace(b'ID="name"', b""),
            "mine,param:t1",
            "TAP_UPLOAD.mine: column 2 has no name",
        ),
    ],
    ids=["text", "empty", "part", "place", "name", "twice", "cut", "nameless"],
)
def test_what_is_wrong_with_an_upload_is_told(client, content, upload, said):
    answer = send(client, content, "SELECT * FROM TAP_UPLOAD.mine", upload)
    assert answer.status_code == 400
    assert said in answer.text
    assert "/tmp" not in answer.text


@pytest.mark.parametrize(
    ("size", "rows"), [("500000000", 1), ("20000x20000", 1), ("20000", 2000)]
)
def test_upload_may_not_declare_what_it_does_not_hold(client, size, rows):
    content = (
        "<VOTABLE><RESOURCE><TABLE>"
        f'<FIELD name="a" datatype="char" arraysize="{size}"/>'
        f"<DATA><TABLEDATA>{'<TR><TD>x</TD></TR>' * rows}</TABLEDATA></DATA>"
        "</TABLE></RESOURCE></VOTABLE>"
    )
    answer = send(client, content.encode(), "SELECT * FROM TAP_UPLOAD.mine")
    assert answer.status_code == 400
    assert "declares more than 32,000,000" in answer.text


def test_upload_beyond_its_limit_is_refused(service):
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"))
    connection.putrequest("POST", "/tap/sync")
    connection.putheader("Content-Length", "1" * 10)
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
