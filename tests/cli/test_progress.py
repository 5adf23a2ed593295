"""What every command that may take long says it is doing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stellarwh.cli import app, bars
from stellarwh.runtime.progress import Progress
from stellarwh.warehouse.database import open_warehouse
from tests.learning.views import make_view, toy


class Told(Progress):
    """Keeps what it is told, and how far the last of it came."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.done, self.total = 0.0, None

    def stage(self, text: str, total: float | None = None) -> None:
        self.texts.append(text)
        if total is not None:
            self.done, self.total = 0.0, total

    def advance(self, amount: float = 1) -> None:
        self.done += amount

    def reach(self, done: float, total: float | None, text: str | None = None) -> None:
        self.done, self.total = done, total
        if text is not None:
            self.texts.append(text)


@pytest.fixture
def told(monkeypatch) -> Told:
    found = Told()

    @contextmanager
    def shown(text: str, total: float | None, unit: str) -> Iterator[Progress]:
        found.stage(text, total)
        yield found

    monkeypatch.delenv("STELLARWH_QUIET")
    monkeypatch.setattr(bars, "shown", shown)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("told")
    with open_warehouse(folder / "stellar.duckdb") as connection:
        connection.execute(
            "create table raw.mine as select range as a, range / 10.0 as ra, "
            "1.0 as dec, 2000.0 as epoch from range(50)"
        )
        make_view(connection, "toy", toy(300))
    return folder


# In this order: later ones need what earlier ones made.
COMMANDS = {
    ("build",): {"build", "build main.stars", "build features.apogee_from_any"},
    ("train", "toy", "--estimator", "ridge"): {"train", "train toy"},
    ("predict", "toy"): {"predict", "predict toy"},
    ("report", "--out", "OUT"): {"report: index.html", "report: run-toy.html"},
    ("match", "raw.mine", "raw.mine", "--left-id", "a", "--right-id", "a"): {
        "match raw.mine × raw.mine"
    },
    ("export", "raw.mine", "OUT/mine.csv"): {"write mine.csv"},
    ("simulate", "--stars", "200", "--out", "OUT"): {"simulate"},
}


def test_every_command_says_what_it_does_and_how_far_it_is(folder, told, tmp_path):
    for command, expected in COMMANDS.items():
        told.texts.clear()
        line = [word.replace("OUT", str(tmp_path)) for word in command]
        warehouse = ["--warehouse", str(folder / "stellar.duckdb")]
        done = CliRunner().invoke(app, [*warehouse, *line])
        assert done.exit_code == 0, (command, done.output)
        assert expected <= set(told.texts), command
        if command[0] == "train":
            fits = [text for text in told.texts if text.startswith("train toy: y, ")]
            # Of each of five folds, and of all stars.
            assert len(set(fits)) >= 6
        if command[0] not in ("build", "report", "match"):
            assert told.done == told.total, command
