"""``stellarwh check --rows NAME`` lists all rows that one test finds."""

import json
import shutil

import duckdb
import pytest
from typer.testing import CliRunner

from stellarwh.cli import app


@pytest.fixture
def check(small_path, tmp_path):
    """Return a function that runs the command on a copy with 60 rows out of range."""
    path = shutil.copy(small_path, tmp_path)
    with duckdb.connect(path) as connection:  # noqa: TID251 - as its user would
        connection.execute("update raw.lamost set teff = 100 where rowid < 60")

    def run(*arguments):
        line = ["--warehouse", str(path), "check", *arguments]
        return CliRunner().invoke(app, line)

    return run


def test_all_failing_rows_are_listed(check):
    result = check("--rows", "values_are_in_range")
    assert result.stdout.count("lamost") == 60
    assert "(60 rows" in result.stdout
    assert "check values_are_in_range failed" in str(result.exception)
    lines = check("--rows", "values_are_in_range", "--format", "csv").stdout
    assert len(lines.splitlines()) == 61
    for option in (("--json",), ("--format", "json")):
        rows = json.loads(check("--rows", "values_are_in_range", *option).stdout)
        assert [row["teff"] for row in rows] == [100] * 60


def test_a_passed_check_says_so(check):
    result = check("--rows", "key_of_main_stars")
    assert result.exit_code == 0
    assert "key_of_main_stars passed: no row breaks" in result.stdout
    result = check("--rows", "gaia_ids_are_positive", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == []
    assert "passed" in result.stderr


def test_an_unknown_name_is_one_line_with_the_nearest_or_where_all_are(check):
    said = str(check("--rows", "key_of_stars").exception)
    assert said == (
        "There is no check 'key_of_stars'. Did you mean 'key_of_main_stars'?"
    )
    said = str(check("--rows", "zzz").exception)
    assert said == "There is no check 'zzz'. 'stellarwh check --json' names them all."


@pytest.mark.parametrize(
    "options",
    [
        ("--format", "csv"),
        ("--rows", "key_of_main_stars", "--json", "--format", "csv"),
    ],
)
def test_options_that_do_not_go_together_are_refused(check, options):
    assert "--format" in str(check(*options).exception)
