"""What `train` and `predict` do with tasks that these catalogues cannot serve."""

import subprocess
import sys

import pytest

from stellarwh.api.tasks import of_each_task
from stellarwh.errors import StellarwhWarning, TaskError
from stellarwh.warehouse.database import open_warehouse


@pytest.fixture
def two_tasks(connection):
    for name in ("possible", "impossible"):
        connection.execute(f"create view features.{name} as select 1 as star_id")
    return connection


def work_on(done: list[str]):
    def work(task: str) -> None:
        if task == "impossible":
            raise TaskError("impossible has no labelled rows.")
        done.append(task)

    return work


def test_all_tasks_means_those_that_can_be_served(two_tasks):
    done: list[str] = []
    with pytest.warns(StellarwhWarning, match="impossible has no labelled rows"):
        of_each_task(two_tasks, (), work_on(done))
    assert done == ["possible"]


def test_a_task_asked_for_must_work(two_tasks):
    with pytest.raises(TaskError, match="no labelled rows"):
        of_each_task(two_tasks, ["impossible"], work_on([]))


def test_none_possible_is_an_error(two_tasks):
    two_tasks.execute("drop view features.possible")
    with (
        pytest.warns(StellarwhWarning, match="no labelled rows"),
        pytest.raises(TaskError, match="None of the 1 tasks is possible"),
    ):
        of_each_task(two_tasks, (), work_on([]))


def test_without_views_the_build_is_named(connection):
    with pytest.raises(TaskError, match="stellarwh build"):
        of_each_task(connection, (), work_on([]))


@pytest.mark.parametrize("command", ["train", "predict"])
def test_what_is_refused_loads_nothing_that_learns(tmp_path, command):
    path = tmp_path / "empty.duckdb"
    with open_warehouse(path) as connection:
        connection.execute("create view features.mine as select 1 as star_id")
    code = (
        "import sys\nfrom stellarwh.cli import main\n"
        f"sys.argv = ['stellarwh', {command!r}, '--warehouse', {str(path)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'xgboost', 'sklearn', 'skops'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "None of the 1 tasks is possible" in done.stderr
    assert done.stdout.endswith("[]\n")
