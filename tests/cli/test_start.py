"""What a command loads and asks before it begins: little, so that it begins at once."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"numpy", "pyarrow", "polars", "pandas", "astropy", "sklearn", "xgboost"}
# Runs a command line and tells what it loaded, and how many statements it ran.
RUN = """
import json, sys
sys.argv = ["stellarwh", *sys.argv[1:]]
ran = []

class Counting:
    def __init__(self, connection):
        self.connection = connection
    def __getattr__(self, name):
        found = getattr(self.connection, name)
        if name not in ("execute", "sql"):
            return found
        def run(*arguments, **named):
            ran.append(arguments[0])
            result = found(*arguments, **named)
            return self if result is self.connection else result
        return run

if "--help" not in sys.argv:
    import duckdb
    connect = duckdb.connect
    duckdb.connect = lambda *a, **k: Counting(connect(*a, **k))
from stellarwh.cli.commands import app
try:
    app()
except SystemExit as left:
    assert not left.code, left.code
print(json.dumps([sorted(m for m in sys.modules if "." not in m), len(ran)]))
"""


@pytest.fixture(scope="module")
def warehouse(built_path, tmp_path_factory):
    return Path(shutil.copy(built_path, tmp_path_factory.mktemp("start")))


@pytest.mark.parametrize(
    ("line", "most"),
    [
        (("--help",), 0),
        (("check", "--help"), 0),
        (("status",), 35),
        (("status", "--json"), 35),
        (("query", "select 1"), 30),
        (("query", "from main.stars", "--format", "vertical"), 30),
    ],
)
def test_a_command_loads_and_asks_little(warehouse, line, most):
    command = [sys.executable, "-c", RUN, "--warehouse", str(warehouse), *line]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    loaded, statements = json.loads(done.stdout.splitlines()[-1])
    assert HEAVY & set(loaded) == set()
    assert statements <= most
    if "--help" in line:
        assert "duckdb" not in loaded
