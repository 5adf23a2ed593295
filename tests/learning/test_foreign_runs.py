"""Runs of others are applied only where that is allowed, in processes that may die."""

import signal

import pytest
from views import make_view, toy, toy_classes

from stellarwh.errors import TaskError
from stellarwh.learning import predict, train
from stellarwh.learning.runs import apart
from stellarwh.learning.runs.artefacts import Artefact, seal
from stellarwh.report.reader import Reader
from stellarwh.warehouse import seals
from stellarwh.warehouse.status import describe_warehouse

pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.fixture
def somebody_else(monkeypatch, tmp_path):
    """Return a function after which this is another user."""

    def become(name: str = "other") -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / name))
        monkeypatch.setattr(seals, "_passing_key", lambda: None)

    return become


def predictions(connection) -> list[tuple]:
    return connection.execute(
        "select * from ml.predictions order by target, star_id"
    ).fetchall()


@pytest.mark.parametrize(
    ("columns", "estimator"), [(toy, "xgboost"), (toy_classes, "ridge")]
)
def test_a_run_of_another_user_predicts_the_same_where_it_is_trusted(
    connection, somebody_else, columns, estimator
):
    given = columns(300)
    label = next(name for name in given if name.startswith("label_"))
    given[label] = [v if i % 3 else None for i, v in enumerate(given[label])]
    make_view(connection, "mine", given)
    train(connection, "mine", folds=2, estimator=estimator)
    predict(connection, "mine")
    own = predictions(connection)
    somebody_else()
    with pytest.raises(TaskError, match=r"somebody else.*--trust-runs"):
        predict(connection, "mine")
    assert predict(connection, "mine", trust_runs=True) == 300
    assert predictions(connection) == own


def test_a_run_without_seal_is_foreign(connection):
    make_view(connection, "mine", toy(200))
    train(connection, "mine", folds=2)
    connection.execute("update ml.runs set seal = null")
    with pytest.raises(TaskError, match="not sealed: an earlier version") as raised:
        predict(connection, "mine")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        "parameters = '{}'",
        "features = list_reverse(features)",
        "is_simulated = false",
        "artefacts_sha256 = 'ab'",
        "view_sql = view_sql || ' '",
    ],
)
def test_a_row_that_was_altered_is_foreign(connection, change):
    make_view(connection, "mine", toy(200))
    run_id = train(connection, "mine", folds=2).run_id
    assert seals.origins(connection)[run_id].is_own
    connection.execute(f"update ml.runs set {change}")
    origin = seals.origins(connection)[run_id]
    assert not origin.is_own
    assert "ALTERED" in origin.words
    with pytest.raises(TaskError, match=r"ALTERED|is not what training wrote"):
        predict(connection, "mine")


def test_altered_trees_with_matching_hashes_are_one_line(connection):
    """As somebody who can write the file, but has not the key, would do it."""
    make_view(connection, "mine", toy(200))
    train(connection, "mine", folds=2)
    rows = connection.execute(
        "select target, part, format, artefact from ml.models"
    ).fetchall()
    kept = []
    for target, part, kind, data in rows:
        new = bytes(data)
        if part == "value":
            key = b"left_children[$l#L"
            first = new.index(key) + len(key) + 8
            new = new[:first] + b"\x7f\xff\xff\xf0" + new[first + 4 :]
        kept.append(Artefact(target, part, kind, new))
        connection.execute(
            "update ml.models set artefact = ?, sha256 = ? "
            "where target = ? and part = ?",
            [new, kept[-1].sha256, target, part],
        )
    connection.execute("update ml.runs set artefacts_sha256 = ?", [seal(kept)])
    with pytest.raises(TaskError, match="ALTERED since you sealed it"):
        predict(connection, "mine")
    with pytest.raises(TaskError, match="child that is not there") as raised:
        predict(connection, "mine", trust_runs=True)
    assert "\n" not in str(raised.value)


def test_a_process_that_dies_is_one_line(connection, somebody_else, monkeypatch):
    make_view(connection, "mine", toy(200))
    train(connection, "mine", folds=2)
    somebody_else()
    monkeypatch.setattr(
        apart, "_PROGRAM", f"import os; os.kill(os.getpid(), {signal.SIGSEGV:d})"
    )
    with pytest.raises(TaskError, match=r"ended the process .*signal 11") as raised:
        predict(connection, "mine", trust_runs=True)
    assert "\n" not in str(raised.value)
    assert not connection.execute("from ml.predictions").fetchall()


@pytest.mark.parametrize("status", [0, 3])
def test_a_process_that_ends_by_itself_tells_its_status(
    connection, somebody_else, monkeypatch, status
):
    make_view(connection, "mine", toy(200))
    train(connection, "mine", folds=2)
    somebody_else()
    monkeypatch.setattr(apart, "_PROGRAM", f"raise SystemExit({status})")
    with pytest.raises(TaskError, match=rf"\(status {status}\); it is not used"):
        predict(connection, "mine", trust_runs=True)


def test_a_process_that_hangs_is_ended(connection, somebody_else, monkeypatch):
    make_view(connection, "mine", toy(200))
    train(connection, "mine", folds=2)
    somebody_else()
    monkeypatch.setattr(apart, "_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(apart, "_LIMIT", 0.5)
    with pytest.raises(TaskError, match="ended the process"):
        predict(connection, "mine", trust_runs=True)


def test_status_and_pages_say_who_sealed_a_run(
    connection, warehouse_path, somebody_else
):
    make_view(connection, "mine", toy(200))
    run_id = train(connection, "mine", folds=2).run_id

    def told() -> str:
        (line,) = [
            line
            for line in describe_warehouse(connection, warehouse_path)
            if "task mine" in line
        ]
        return line

    assert "sealed by you (key " in told()
    assert "by who wrote this page" in Reader(connection).origins()[run_id]
    somebody_else()
    assert "sealed by somebody else (key " in told()
    assert "somebody else" in Reader(connection).origins()[run_id]


def test_the_key_is_the_users_alone(connection, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "fresh"))
    make_view(connection, "mine", toy(200))
    first = train(connection, "mine", folds=2).run_id
    path = tmp_path / "fresh" / "stellarwh" / "seal.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["seal.key"]
    before = path.read_bytes()
    second = train(connection, "mine", folds=2).run_id
    assert path.read_bytes() == before
    assert before.decode() not in str(connection.execute("from ml.runs").fetchall())
    assert all(seals.origins(connection)[run].is_own for run in (first, second))


@pytest.mark.usefixtures("on_terminal")
@pytest.mark.parametrize("obstacle", ["a file", "no key"])
def test_without_a_key_the_run_is_this_process_s(
    connection, tmp_path, monkeypatch, capsys, obstacle
):
    folder = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    if obstacle == "a file":  # what root cannot write either
        folder.write_text("")
    else:
        (folder / "stellarwh").mkdir(parents=True)
        (folder / "stellarwh" / "seal.key").write_text("nonsense")
    make_view(connection, "mine", toy(200))
    run_id = train(connection, "mine", folds=2).run_id
    said = capsys.readouterr().err
    assert "--trust-runs" in said
    assert said.count("\n") == 1
    assert predict(connection, "mine") == 200
    monkeypatch.setattr(seals, "_passing_key", lambda: None)  # the next process
    assert not seals.origins(connection)[run_id].is_own


def test_a_key_that_others_may_read_is_closed_to_them(
    connection, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "loose"))
    make_view(connection, "mine", toy(200))
    train(connection, "mine", folds=2)
    path = seals.key_path()
    path.chmod(0o644)  # as a backup would leave it
    run_id = train(connection, "mine", folds=2).run_id
    assert path.stat().st_mode & 0o777 == 0o600
    assert seals.origins(connection)[run_id].is_own
