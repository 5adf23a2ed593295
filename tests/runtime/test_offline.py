"""No file makes a command fetch an address, however it spells it."""

import http.client
import socket
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import notes_of
from stellarwh.cli import main
from stellarwh.errors import InputFileError
from stellarwh.ingest.read_ahead import ReadAhead
from stellarwh.runtime.offline import no_network

FIELD = '<FIELD name="x" datatype="int"/>'
BODY = "<VOTABLE><RESOURCE><TABLE>" + FIELD + "<DATA>{}</DATA></TABLE></RESOURCE>"
BODY += "</VOTABLE>"
STREAMS = {
    "plain": ("", '<BINARY><STREAM href="URL"/></BINARY>'),
    "greater": ("", '<BINARY><STREAM rights=">" href="URL"/></BINARY>'),
    "prefix": ("", '<BINARY><a-b:STREAM xmlns:a-b="u" href="URL"/></BINARY>'),
    "fits": ("", '<FITS><STREAM href="URL"/></FITS>'),
    "reference": ("", '<BINARY><STREAM href="&#104;URL"/></BINARY>'),
    "entity": (
        "<!DOCTYPE VOTABLE [<!ENTITY s '<STREAM href=\"URL\"/>'>]>",
        "<BINARY>&s;</BINARY>",
    ),
    "default": (
        '<!DOCTYPE VOTABLE [<!ATTLIST STREAM href CDATA "URL">]>',
        "<BINARY><STREAM/></BINARY>",
    ),
}


@pytest.fixture
def server():
    hits = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            hits.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as opened:
        thread = threading.Thread(target=opened.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{opened.server_port}/rows", hits
        opened.shutdown()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", STREAMS)
def test_nothing_is_fetched(tmp_path, server, name, encoding):
    url, hits = server
    head, data = STREAMS[name]
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + head + BODY.format(data)
    path = tmp_path / "t.vot"
    path.write_bytes(text.replace("URL", url).encode(encoding))
    why = "refers to another file for its rows|has a document type declaration"
    if encoding == "utf-16":
        why = "is XML in UTF-16, which cannot be read"
    with pytest.raises(InputFileError, match=why):
        open_table(path)
    assert hits == []


def ask(url):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_programs_of_this_machine_are_within_reach_where_told(server):
    url, hits = server
    with no_network(everywhere=True, loopback=True):
        for elsewhere in ("http://192.0.2.1/rows", "http://example.invalid/rows"):
            with pytest.raises(InputFileError, match="refers to an address"):
                ask(elsewhere)
        # What reads a file within reaches nothing all the same.
        with no_network(), pytest.raises(InputFileError):
            ask(url)
        assert ask(url) == 404
    assert hits == ["/rows"]


def test_the_network_is_out_of_reach(server):
    url, hits = server
    with no_network(), pytest.raises(InputFileError, match="nothing is fetched"):
        urllib.request.urlopen(url)
    assert hits == []


def test_threads_of_a_reader_reach_no_network_either(server):
    url, hits = server

    def batches():
        urllib.request.urlopen(url)
        yield

    with (
        no_network(),
        ReadAhead(batches()) as ahead,
        pytest.raises(InputFileError, match="nothing is fetched"),
    ):
        list(ahead)
    assert hits == []


def test_processes_of_this_machine_are_reached():
    with no_network(everywhere=True):
        left, right = socket.socketpair()
        left.send(b"x")
        assert right.recv(1) == b"x"
        left.close()
        right.close()


def write_fits(path: Path, url: str) -> None:
    # A grouping table names members elsewhere, INHERIT and FILENAME other files.
    columns = [
        fits.Column("ra", "D", array=[10.0, 20.0]),
        fits.Column("dec", "D", array=[1.0, 2.0]),
        fits.Column("MEMBER_LOCATION", "80A", array=[url, url]),
        fits.Column("MEMBER_URI_TYPE", "3A", array=["URL", "URL"]),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="GROUPING")
    for name in ("GRPLC1", "FILENAME", "XTENURL", "HIERARCH include", "DATASUM"):
        table.header[name] = url
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(path)


def write_parquet(path: Path, url: str) -> None:
    ucd = f'<VOTABLE><RESOURCE><TABLE><FIELD name="ra" href="{url}"/></TABLE>'
    ucd += "</RESOURCE></VOTABLE>"
    schema = pa.schema(
        [("ra", pa.float64()), ("dec", pa.float64()), ("page", pa.string())],
        metadata={"IVOA.VOTable-Parquet.content": ucd, "iceberg.schema": url},
    )
    arrays = [np.array([10.0, 20.0]), np.array([1.0, 2.0]), [url, url]]
    pq.write_table(pa.table(arrays, schema=schema), path.absolute())


def write_csv(path: Path, url: str) -> None:
    path.write_text(f"ra,dec,page\n10,1,{url}\n20,2,{url}\n")


def write_ecsv(path: Path, url: str) -> None:
    path.write_text(
        "# %ECSV 1.0\n# ---\n# datatype:\n"
        "# - {name: ra, datatype: float64}\n# - {name: dec, datatype: float64}\n"
        f"# meta: !!python/object/apply:urllib.request.urlopen ['{url}']\n"
        "ra dec\n10 1\n20 2\n"
    )


def write_votable(path: Path, url: str) -> None:
    path.write_text(
        f'<?xml-stylesheet href="{url}"?><VOTABLE xmlns:xsi='
        '"http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="u {url}"><RESOURCE><LINK href="{url}"/><TABLE>'
        '<FIELD name="ra" datatype="double"/><FIELD name="dec" datatype="double">'
        f'<LINK href="{url}"/></FIELD><DATA><TABLEDATA>'
        "<TR><TD>10</TD><TD>1</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE>"
        "</VOTABLE>"
    )


WRITERS = {
    "fits": write_fits,
    "parquet": write_parquet,
    "csv": write_csv,
    "ecsv": write_ecsv,
    "vot": write_votable,
}


@pytest.fixture
def command(monkeypatch, capfd, tmp_path):
    def run_command(*arguments: str) -> tuple[int, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["stellarwh", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        said = capfd.readouterr()
        return int(left.value.code or 0), said.out + said.err

    return run_command


@pytest.mark.parametrize("ending", WRITERS)
def test_addresses_within_a_file_are_not_followed(command, tmp_path, server, ending):
    url, hits = server
    path = tmp_path / f"t.{ending}"
    WRITERS[ending](path, url)
    for line in (
        ("ingest", "mine", path.name, "--ra", "ra", "--dec", "dec"),
        ("match", path.name, path.name),
    ):
        status, said = command(*line)
        assert status in (0, 1)
        assert status == 0 or said.count("\n") == 1
        assert "Traceback" not in said
    assert hits == []


@pytest.mark.parametrize("name", ["http:t.csv", "s3:t.parquet", "md:t.csv"])
def test_a_file_here_may_be_called_like_an_address(command, tmp_path, name):
    write = write_parquet if name.endswith("parquet") else write_csv
    write(tmp_path / name, "x")
    status, said = command("ingest", "mine", name, "--ra", "ra", "--dec", "dec")
    assert status == 0
    assert "2 rows" in said
    out = "s3:out" + Path(name).suffix
    status, said = command("export", "raw.mine", out)
    assert (status, (tmp_path / out).exists()) == (0, True)


INGEST = ("ingest", "mine", "URL", "--ra", "ra", "--dec", "dec")


@pytest.mark.parametrize(
    ("scheme", "line"),
    [
        *((scheme, INGEST) for scheme in ("http", "s3", "file", "MD", "hf")),
        ("http", ("ingest", "apogee", "URL")),
        ("http", ("match", "URL", "URL")),
        ("http", ("match", "main.stars", "URL")),
        ("http", ("--warehouse", "URL", *INGEST)),
        ("http", ("--warehouse", "URL", "status")),
        ("http", ("simulate", "--out", "URL")),
    ],
)
def test_an_address_is_no_file(command, tmp_path, server, scheme, line):
    url, hits = server
    url = url.replace("http", scheme)
    status, said = command(*(url if word == "URL" else word for word in line))
    assert status == 1
    assert said.startswith(f"Error: {url} is an address")
    assert said.count("\n") == 1
    assert hits == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "reader"),
    [
        (("ingest", "mine", "t.csv", "--ra", "ra", "--dec", "dec"), "ingest.ingest"),
        (("match", "t.csv", "t.csv"), "match.sides"),
    ],
)
def test_no_thread_of_a_command_reaches_the_network(
    command, tmp_path, server, monkeypatch, line, reader
):
    url, hits = server
    refused = []

    def fetch() -> None:
        try:
            urllib.request.urlopen(url, timeout=5)
        except InputFileError as error:
            refused.append(str(error))

    def careless(*arguments):
        thread = threading.Thread(target=fetch)
        thread.start()
        thread.join()
        return open_table(*arguments)

    write_csv(tmp_path / "t.csv", "x")
    monkeypatch.setattr(f"stellarwh.{reader}.open_table", careless)
    status, _ = command(*line)
    assert status == 0
    assert refused
    assert hits == []
    # Out of the command, this process may do as it likes again.
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(url, timeout=5)
    assert len(hits) == 1


def test_the_status_of_a_query_is_heeded(tmp_path):
    rows = "<TABLEDATA><TR><TD>1</TD></TR></TABLEDATA>"
    after = '<INFO name="QUERY_STATUS" value="{}">{}</INFO></RESOURCE>'
    path = tmp_path / "t.vot"
    whole = BODY.format(rows)
    path.write_text(whole.replace("</RESOURCE>", after.format("OVERFLOW", "")))
    (note,) = notes_of(open_table(path))
    assert "QUERY_STATUS=OVERFLOW" in note
    path.write_text(whole.replace("</RESOURCE>", after.format("ERROR", "raa unknown")))
    with pytest.raises(InputFileError, match="raa unknown"):
        open_table(path)
    path.write_text(whole.replace("</RESOURCE>", after.format("OK", "")))
    assert notes_of(open_table(path)) == ()
