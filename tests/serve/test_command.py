"""``stellarwh serve``, as a user starts and ends it (docs/howto/serve.md)."""

import re
import shutil
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from stellarwh.errors import UsageError, WarehouseError
from stellarwh.serve.service import Service
from stellarwh.warehouse.database import open_warehouse
from tests.serve.conftest import GROUP, ask, votable

pytestmark = GROUP


def start(path, *words):
    line = [sys.executable, "-m", "stellarwh", "serve", "--warehouse", str(path)]
    return subprocess.Popen(
        [*line, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_command_says_where_it_is_and_ends_at_an_interrupt(stars_path):
    process = start(stars_path, "--port", "0")
    try:
        first = process.stdout.readline()
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+", first)
        assert f"{url}/tap" in process.stdout.readline()
        assert "pyvo.dal.TAPService" in process.stdout.readline()
        assert httpx.get(f"{url}/tap/availability").status_code == 200
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "Stopped."
    assert "simulated" in err
    assert "not built" not in err
    assert "Traceback" not in err


def test_command_says_who_reaches_it_beyond_this_machine(stars_path):
    process = start(stars_path, "--port", "0", "--host", "0.0.0.0")
    try:
        while "Whoever" not in (line := process.stderr.readline()):
            assert line, "it ended"
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert "Whoever reaches 0.0.0.0" in line
    assert "no password" in line


def test_port_that_is_taken_is_told_in_one_line(stars_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}"):
            Service(stars_path, port=port)


def test_warehouse_that_is_missing_is_told(tmp_path):
    with pytest.raises(WarehouseError, match="There is no warehouse"):
        Service(tmp_path / "nothing.duckdb")


def test_command_says_that_views_are_not_built(tmp_path):
    path = tmp_path / "new.duckdb"
    with open_warehouse(path):
        pass
    process = start(path, "--port", "0")
    try:
        while "stellarwh build" not in (line := process.stderr.readline()):
            assert line, "it ended"
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert "raw tables alone" in line


def test_new_build_is_seen_without_a_restart(stars_path, tmp_path):
    path = shutil.copy(stars_path, tmp_path / "stars.duckdb")
    query = "SELECT COUNT(*) AS n FROM raw.odd"
    with (
        Service(path) as service,
        httpx.Client(base_url=service.url, timeout=60) as client,
    ):
        assert votable(ask(client, query))["n"][0] == 3
        with open_warehouse(path) as connection:
            connection.execute("insert into raw.odd (id) values (4)")
            connection.execute("create table raw.more as select 1 as x")
        assert votable(ask(client, query))["n"][0] == 4
        assert votable(ask(client, "SELECT x FROM raw.more"))["x"][0] == 1
        found = ask(client, "SELECT table_name FROM TAP_SCHEMA.tables")
        assert "raw.more" in list(votable(found)["table_name"])
