"""Tables to and from a second program, through a hub on the loopback address."""

import csv
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from astropy.io import fits
from astropy.io.votable import parse
from pyvo import samp

import stellarwh
from stellarwh.cli import main
from stellarwh.samp import receive as receiving

PLAIN = "select star_id, ra, dec from main.stars limit 30"
SELECT = "select star_id, ra, dec, teff from main.parameters order by star_id limit 30"


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """Return a built warehouse of simulated surveys; not to be written to."""
    folder = tmp_path_factory.mktemp("samp")
    files = stellarwh.simulate_sky(folder, stars=300, seed=3)
    with stellarwh.open(folder / "stellar.duckdb", write=True) as wh:
        for survey in ("apogee", "galah"):
            wh.ingest(survey, files[survey])
        wh.build()
    return folder / "stellar.duckdb"


@pytest.fixture
def desktop(tmp_path, monkeypatch):
    """Have a home of one's own, where no hub is running."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SAMP_HUB", raising=False)
    with samp.conf.set_temp("use_internet", False):
        yield


@pytest.fixture
def hub(desktop):
    """Have a hub running, which says so in that home."""
    hub = samp.SAMPHubServer(web_profile=False, addr="127.0.0.1")
    hub.start()
    yield hub
    hub.stop()


def read_fits(path: Path) -> list[fits.Header]:
    with fits.open(path) as file:
        return [part.header for part in file]


class Program:
    """A second program, which takes tables in some formats, or sends one."""

    def __init__(self, name: str, *messages: str, status: str = "samp.ok") -> None:
        self.client = samp.SAMPIntegratedClient(name=name, addr="127.0.0.1")
        self.status = status
        self.came: list[dict] = []
        self.client.connect()
        for message in messages:
            self.client.bind_receive_call(message, self.take)

    def take(self, _key, _sender, message, mtype, parameters, _extra) -> None:
        path = Path(parameters["url"].removeprefix("file://"))
        read = read_fits if path.suffix == ".fits" else parse
        self.came.append({"mtype": mtype, "path": path, **parameters})
        if self.status != "none":
            self.came[-1]["table"] = read(path)
            error = {"samp.errortxt": "too wide"}
            self.client.ereply(message, self.status, result={}, error=error)

    def send(self, url: str, mtype: str = "table.load.votable") -> dict:
        """Send a table to stellarwh once it takes some, and return its answer."""
        end = time.monotonic() + 20
        while not (there := self.client.get_subscribed_clients(mtype)):
            assert time.monotonic() < end
            time.sleep(0.02)
        (to,) = there
        message = {"samp.mtype": mtype, "samp.params": {"url": url, "name": "My stars"}}
        return self.client.call_and_wait(to, message, "20")


@pytest.fixture
def program(hub):
    """Return what makes a second program."""
    made = []

    def make(*arguments, **options) -> Program:
        made.append(Program(*arguments, **options))
        return made[-1]

    yield make
    for one in made:
        if one.client.is_connected:
            one.client.disconnect()


@pytest.fixture
def run(monkeypatch, capfd):
    def run_command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stellarwh", *map(str, arguments)])
        monkeypatch.setattr(sys.modules["__main__"], "__package__", None)
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        said = capfd.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run_command


def in_background(work, *arguments):
    """Do something meanwhile, and return where its result will be."""
    results = []
    thread = threading.Thread(target=lambda: results.append(work(*arguments)))
    thread.start()
    return thread, results


def test_a_table_arrives_with_units_ucds_and_descriptions(
    run, file, program, repository
):
    other = program("Topcat", "table.load.votable", "table.load.fits")
    status, out, err = run("send", SELECT, "--name", "poor", "--warehouse", file)
    assert (status, err) == (0, "")
    assert out == "Sent poor (simulated), 30 rows, to Topcat.\n"
    (came,) = other.came
    assert came["mtype"] == "table.load.votable"
    assert came["name"] == "poor (simulated)"
    table = came["table"].get_first_table()
    assert "simulated" in table.description
    assert len(table.array) == 30
    with (repository / "sql/columns.csv").open(encoding="utf-8") as glossary:
        known = {row["name"]: row for row in csv.DictReader(glossary)}
    for field in table.fields:
        about = known[field.name]
        assert field.ucd == about["ucd"]
        assert field.description
        assert str(field.unit or "") == about["unit"], field.name
    assert not came["path"].exists()  # it was a temporary one


def test_a_program_that_takes_nothing_else_gets_fits(file, program):
    only = program("Old", "table.load.fits")
    other = program("New", "table.load.votable")
    with stellarwh.open(file) as wh:
        sent = wh.send(PLAIN)
    assert set(sent.programs) == {"Old", "New"}
    assert only.came[0]["mtype"] == "table.load.fits"
    assert only.came[0]["table"][1]["TUNIT2"] == "deg"
    assert other.came[0]["mtype"] == "table.load.votable"


def test_one_program_is_asked_by_name(run, file, program):
    one, two = (program(name, "table.load.votable") for name in ("Topcat", "Aladin"))
    assert run("send", PLAIN, "--to", "aladin", "--warehouse", file)[0] == 0
    assert (len(one.came), len(two.came)) == (0, 1)
    told = run("send", PLAIN, "--to", "topkat", "--warehouse", file)
    assert told[::2] == (
        1,
        "Error: No program named 'topkat' takes tables. Did you mean 'Topcat'?\n",
    )


def test_a_refusal_is_told_and_so_is_silence(file, program):
    program("Narrow", "table.load.votable", status="samp.error")
    with stellarwh.open(file) as wh:
        with pytest.raises(
            stellarwh.StellarwhError, match=r"Narrow refuses .* too wide"
        ):
            wh.send(PLAIN)
        deaf = program("Deaf", "table.load.votable", status="none")
        with pytest.raises(stellarwh.StellarwhError, match=r"^Deaf has not .* 1 s\.$"):
            wh.send(PLAIN, to="deaf", timeout=1)
        deaf.client.disconnect()
        # One that takes it is enough; the other is told of.
        program("Wide", "table.load.votable")
        with pytest.warns(stellarwh.StellarwhWarning, match="Narrow refuses"):
            assert wh.send(PLAIN).programs == ("Wide",)


def test_many_rows_are_told_of(file, program, monkeypatch, capfd, on_terminal):
    monkeypatch.setattr("stellarwh.api.exchange.MANY_ROWS", 29)
    program("Topcat", "table.load.votable")
    with stellarwh.open(file) as wh:
        wh.send(PLAIN)
    assert "has 30 rows; a SELECT with LIMIT sends fewer." in capfd.readouterr().err


@pytest.mark.parametrize("command", ["send", "receive"])
def test_without_a_hub_one_line_says_what_to_start(run, file, desktop, command):
    wanted = (
        "Error: No SAMP hub is running; start TOPCAT or Aladin, which bring one, and "
        "try again.\n"
    )
    arguments = (command, "main.stars" if command == "send" else "mine")
    assert run(*arguments, "--warehouse", file) == (1, "", wanted)
    # A hub that was killed leaves its file.
    Path("~/.samp").expanduser().write_text(
        "samp.secret=x\nsamp.hub.xmlrpc.url=http\\://127.0.0.1\\:9/\n"
    )
    assert run(*arguments, "--warehouse", file) == (1, "", wanted)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("std-lockurl:http://a.org/hub", "names no hub of this machine"),
        ("std-lockurl:file://{}/lock", "answers at 10.1.2.3, which is not"),
        ("std-lockurl:file://{}/empty", "is no file of a SAMP hub"),
    ],
)
def test_a_hub_elsewhere_is_not_asked(
    file, desktop, tmp_path, monkeypatch, named, said
):
    (tmp_path / "lock").write_text(
        "samp.secret=x=y\nsamp.hub.xmlrpc.url=http://10.1.2.3:80/\n"
    )
    (tmp_path / "empty").write_text("# nothing\n")
    monkeypatch.setenv("SAMP_HUB", named.format(tmp_path))
    with (
        stellarwh.open(file) as wh,
        pytest.raises(stellarwh.StellarwhError, match=said),
    ):
        wh.send("main.stars")


def test_no_program_takes_tables(file, program):
    program("Player", "audio.play")
    with (
        stellarwh.open(file) as wh,
        pytest.raises(stellarwh.StellarwhError, match=r"^No program at the SAMP hub"),
    ):
        wh.send("main.stars")


@pytest.fixture
def table(file, tmp_path) -> Path:
    """Return a VOTable that another program has."""
    path = tmp_path / "stars.vot"
    with stellarwh.open(file) as wh:
        wh.export("select ra, dec, teff as hot from main.parameters limit 20", path)
    return path


def test_a_table_is_taken_as_a_catalogue(run, program, table, tmp_path):
    thread, answers = in_background(program("Topcat").send, table.as_uri())
    path = tmp_path / "new.duckdb"
    status, out, err = run("receive", "mine", "--epoch", 2016, "--warehouse", path)
    thread.join()
    assert status == 0, err
    assert "takes ra and dec for the position" in err
    assert out.startswith("Received My stars from Topcat.\nraw.mine: 20 rows, ")
    assert answers[0]["samp.status"] == "samp.ok"
    with stellarwh.open(path) as wh:
        (one,) = (
            wh.sql("select count(hot) as n, count(healpix) as placed from raw.mine")
            .to_arrow()
            .to_pylist()
        )
        (told,) = wh.sql("select file from meta.ingests").to_arrow().to_pylist()
        units = {c.name: c.unit for c in wh.table("raw.mine").schema}
    assert one == {"n": 20, "placed": 20}
    assert Path(told["file"]).name == "My_stars.vot"
    assert units["hot"] == "K"


def test_a_table_is_written_to_a_file_as_it_came(run, program, tmp_path):
    content = fits.HDUList(
        [fits.PrimaryHDU(), fits.BinTableHDU.from_columns([fits.Column("a", "J")])]
    )
    content.writeto(tmp_path / "there.fits")
    send = program("Topcat").send
    url = (tmp_path / "there.fits").as_uri()
    thread, _ = in_background(send, url, "table.load.fits")
    status, out, _ = run("receive", "--out", tmp_path / "here.fits")
    thread.join()
    assert (status, out.splitlines()[0]) == (0, "Received My stars from Topcat.")
    assert (tmp_path / "here.fits").read_bytes() == Path(url[7:]).read_bytes()


def test_a_table_that_is_served_is_taken_from_here_only(program, table, tmp_path):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/rows?id=1":
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(table.read_bytes())

        def log_message(self, *_):
            pass

    sender = program("Topcat")
    with (
        HTTPServer(("127.0.0.1", 0), Handler) as server,
        stellarwh.open(tmp_path / "new.duckdb", write=True) as wh,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_port}"
        thread, answers = in_background(sender.send, f"{here}/rows?id=1")
        assert wh.receive("mine").rows == 20
        thread.join()
        for url, why in (
            (f"{here}/none", "404"),
            ("http://example.org/rows", "only what is on this machine"),
            ("file:///no/such", "cannot be read"),
        ):
            thread, answers = in_background(sender.send, url)
            with pytest.raises(stellarwh.StellarwhError, match=why):
                wh.receive("other")
            thread.join()
            assert answers[0]["samp.status"] == "samp.error"
            assert re.search(why, answers[0]["samp.error"]["samp.errortxt"])
        server.shutdown()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "Say where the table goes"),
        (("galah",), "galah is a known survey"),
        (("No Name",), "cannot name a table"),
        (("--out", "a.csv"), "a.csv ends in neither .vot nor .fits"),
        (("mine", "--timeout", "0"), "no number of seconds"),
        (("mine", "--timeout", "0.3"), "No table came in 0.3 s"),
    ],
)
def test_what_cannot_be_is_told_at_once(run, hub, arguments, why):
    status, out, err = run("receive", *arguments)
    assert (status, out) == (1, "")
    assert why in err
    assert err.count("\n") == (2 if "came" in why else 1)


def test_the_end_of_the_hub_ends_the_wait(hub, monkeypatch):
    # Once stellarwh waits.
    monkeypatch.setattr(
        receiving, "note", lambda _: threading.Thread(target=hub.stop).start()
    )
    with (
        pytest.raises(stellarwh.StellarwhError, match="hub has ended"),
        receiving.received_table(timeout=20),
    ):
        pass


def test_without_pyvo_one_line_says_what_to_install(run, file, desktop, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvo", None)
    assert run("send", "main.stars", "--warehouse", file) == (
        1,
        "",
        "Error: stellarwh send needs pyvo: pip install 'stellarwh[samp]'\n",
    )
