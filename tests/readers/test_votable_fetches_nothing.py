"""No VOTable makes the reader fetch an address, however it spells it."""

import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from stellarwh.errors import InputFileError
from stellarwh.readers import notes_of, open_table
from stellarwh.readers.votable_scan import no_network

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
    with pytest.raises(InputFileError):
        open_table(path)
    assert hits == []


def test_the_network_is_out_of_reach(server):
    url, hits = server
    with no_network(), pytest.raises(InputFileError, match="nothing is fetched"):
        urllib.request.urlopen(url)
    assert hits == []


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
