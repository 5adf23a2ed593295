"""Options that commands share, what they print for programs, and their help."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from stellarwh.cli import app, main
from stellarwh.cli.commands import app as commands
from stellarwh.cli.examples import PANELS
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.raw_tables import create_raw_tables

NAMES = sorted(
    command.name or command.callback.__name__
    for command in commands.registered_commands
)
# They work in no warehouse.
WITHOUT = {"download", "simulate"}


def test_every_command_is_listed_once_in_a_panel():
    listed = [name for names in PANELS.values() for name in names]
    assert sorted(listed) == NAMES
    shown = CliRunner().invoke(app, ["--help"]).output
    assert shown.index("─ Begin ─") < shown.index(" demo ") < shown.index("─ Share ─")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("options") / "built.duckdb"
    with open_warehouse(path) as connection:
        connection.execute("create table raw.mine as select 1 as a")
        create_raw_tables(connection)
        connection.execute(
            "insert into raw.galah by name select 1 as sobject_id, 10.0 as ra_dr2, "
            "10.0 as dec_dr2, healpix_nested(29, 10.0, 10.0) as healpix, "
            "5000.0 as teff, 60.0 as snr_c3_iraf, 0 as flag_sp"
        )
        build_views(connection)
    return path


@pytest.fixture
def run(monkeypatch, capfd, tmp_path):
    def run_command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["stellarwh", *map(str, arguments)])
        # Under `python -m pytest` the command would be called that.
        monkeypatch.setattr(sys.modules["__main__"], "__package__", None)
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        said = capfd.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run_command


def test_a_warehouse_is_named_before_or_behind_the_command(run, built, monkeypatch):
    ask = ("query", "from raw.mine", "--format", "csv")
    wanted = (0, "a\n1\n", "")
    assert run("--warehouse", built, *ask) == wanted
    assert run(*ask, "--warehouse", built) == wanted
    assert run("query", "--warehouse", built, *ask[1:]) == wanted
    assert run("--warehouse", built, *ask, "--warehouse", built) == wanted
    monkeypatch.setenv("STELLARWH_WAREHOUSE", "/nowhere/at.all")
    assert run(*ask, "--warehouse", built) == wanted


def test_a_tilde_is_the_home_folder_wherever_it_stands(run, built, monkeypatch):
    monkeypatch.setenv("HOME", str(built.parent))
    ask = ("query", "from raw.mine", "--format", "csv")
    wanted = (0, "a\n1\n", "")
    assert run("--warehouse=~/built.duckdb", *ask) == wanted
    assert run(*ask, "--warehouse=~/built.duckdb") == wanted
    monkeypatch.setenv("STELLARWH_WAREHOUSE", "~/built.duckdb")
    assert run(*ask) == wanted


def test_two_different_warehouses_are_refused_in_one_line(run, built):
    status, out, said = run(
        "--warehouse", "other.duckdb", "query", "select 1", "--warehouse", built
    )
    assert (status, out, said.count("\n")) == (1, "", 1)
    assert "other.duckdb" in said
    assert str(built) in said


@pytest.mark.parametrize("name", NAMES)
def test_every_command_with_a_warehouse_takes_it_behind_its_name(run, name):
    _, out, _ = run(name, "--help")
    assert ("--warehouse" in out) == (name not in WITHOUT)


@pytest.mark.parametrize("name", ["", *NAMES])
def test_help_fits_and_ends_with_an_example(run, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    status, out, said = run(*[name] if name else [], "--help")
    assert (status, said) == (0, "")
    lines = out.rstrip().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in re.sub(r"apogee, galah, .*?…", "", out)  # nothing is cut
    example = lines[-1].strip()
    assert example.startswith(f"Example: stellarwh {name}")
    # The example is one that the command takes: its options are in the help.
    for option in re.findall(r"--[\w-]+", example):
        assert name == "" or option in out


def test_help_loads_no_library_of_data():
    code = (
        "import sys\nfrom stellarwh.cli import main\nsys.argv = ['stellarwh', '-h']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'duckdb', 'polars', 'pyarrow', 'numpy', 'xgboost', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("\n[]\n")


def test_status_as_json_has_what_status_says(run, built):
    status, out, said = run("status", "--json", "--warehouse", built)
    assert (status, said) == (0, "")
    facts = json.loads(out)
    assert list(facts) == [
        "warehouse", "size_bytes", "ingests", "spectra", "build", "tables", "scale",
        "runs",
    ]  # fmt: skip
    assert facts["warehouse"] == str(built)
    assert facts["size_bytes"] == built.stat().st_size
    assert facts["ingests"] == facts["spectra"] == facts["runs"] == []
    assert facts["build"]["is_stale"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", facts["build"]["built_at"])
    assert facts["tables"]["main.stars"] == 1
    assert facts["scale"] is None  # of a single survey


def test_status_as_json_names_files_and_what_is_stale(run, built, tmp_path):
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(built.read_bytes())
    table = tmp_path / "mine.csv"
    table.write_text("id,ra,dec\n1,2,3\n2,3,4\n")
    where = ("--ra", "ra", "--dec", "dec", "--warehouse", copy)
    assert run("ingest", "yours", table, *where)[0] == 0
    with open_warehouse(copy) as connection:
        connection.execute("delete from raw.yours where id = 1")
        connection.execute("delete from raw.galah")
    facts = json.loads(run("status", "--json", "--warehouse", copy)[1])
    (ingest,) = facts["ingests"]
    assert ingest["table"] == "raw.yours"
    assert ingest["file"] == str(table)
    assert (ingest["rows"], ingest["rows_now"]) == (2, 1)
    assert ingest["is_simulated"] is False
    assert facts["build"]["is_stale"] is True
    assert facts["build"]["stale"] == ["the 1 rows of raw.galah are gone"]


def test_check_as_json_says_what_check_says(run, built):
    status, out, said = run("check", "--json", "--warehouse", built)
    facts = json.loads(out)
    assert list(facts) == ["passed", "warned", "failed", "checks"]
    assert len(facts["checks"]) == facts["passed"] + facts["warned"] + facts["failed"]
    for check in facts["checks"]:
        assert list(check) == [
            "name", "assertion", "severity", "status", "rows", "example",
        ]  # fmt: skip
        assert (check["status"] == "passed") == (check["rows"] == 0)
    plain = run("check", "--warehouse", built)
    assert plain[0] == status == (1 if facts["failed"] else 0)
    assert (
        f"{facts['passed']} checks passed, {facts['warned']} warned, "
        f"{facts['failed']} failed." in plain[1]
    )
    assert said == plain[2]


def test_commands_run_through_the_application_itself(built):
    line = ["query", "select 42 as x", "--format", "csv", "--warehouse", str(built)]
    assert CliRunner().invoke(app, line).output == "x\n42\n"


def test_a_choice_that_is_none_is_refused_in_words_of_ours():
    run = CliRunner().invoke(app, ["train", "--estimator", "svm"])
    assert run.exit_code == 2
    said = " ".join(run.stderr.replace("│", " ").split())
    assert "Invalid value for '--estimator': 'svm' is not one of 'xgboost'" in said


PATHS = [
    (name, option)
    for name, command in get_command(app).commands.items()
    for option in command.params
    if "Path" in option.bare_type()
]


@pytest.mark.parametrize(("name", "option"), PATHS)
def test_no_empty_path_is_the_folder_that_one_is_in(run, tmp_path, name, option):
    if option.param_type_name == "option":
        line = [name, option.opts[0], " "]
    else:
        params = get_command(app).commands[name].params
        arguments = [one.name for one in params if one.param_type_name == "argument"]
        line = [name, *["x"] * arguments.index(option.name), ""]
    status, out, told = run(*line)
    assert (status, out, told.count("\n")) == (2, "", 1)
    assert " is empty: it names no file." in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["ingest"], "Error: Missing argument 'survey'. Try 'stellarwh ingest -h'."),
        (["ingets"], "Did you mean 'ingest'? Try 'stellarwh -h'."),
        (["train", "--folds", "x"], "'--folds': it should be a valid integer. Try"),
        (["query", "--bogus"], "Error: No such option: --bogus"),
        (["simulate", "--survey", "apogee", "--survey", "galah"], "given twice; give"),
        (["--warehouse", "a", "--warehouse", "b", "status"], "--warehouse is given"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(run, tmp_path, line, says):
    status, out, told = run(*line)
    assert (status, out, told.count("\n")) == (2, "", 1)
    assert says in told
    assert list(tmp_path.iterdir()) == []
