"""Data tests within a budget of time."""

from itertools import count
from pathlib import Path

import pytest

from stellarwh.warehouse import timed_checks
from stellarwh.warehouse.assertions import Assertion
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.check import run_checks
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.timed_checks import Tried, try_checks

# One row of LAMOST, whose S/N and id are left to the defaults of the raw table.
PLANT = "insert into raw.lamost (obsid, ra, dec, healpix) values ({id}, 10, 20, 1)"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a built warehouse of two rows of one id, each in a wrong cell."""
    path = tmp_path_factory.mktemp("planted") / "w.duckdb"
    with open_warehouse(path) as connection:
        build_views(connection)
        for one in (1, 1):
            connection.execute(PLANT.format(id=one))
        build_views(connection)
    return path


def by_name(tried: list[Tried]) -> dict[str, Tried]:
    return {one.name: one for one in tried}


def test_finds_what_check_finds(planted: Path) -> None:
    with open_warehouse(planted, read_only=True) as connection:
        tried = by_name(try_checks(connection, 1000))
        told = {one.name: one for one in run_checks(connection)}
    assert {name: one.rows for name, one in tried.items()} == {
        name: one.rows for name, one in told.items()
    }
    assert {name: one.sql for name, one in tried.items()} == {
        name: one.sql for name, one in told.items()
    }
    broken = tried["healpix_agrees_with_the_position"]
    assert broken.state == "failed"
    assert broken.rows == len(broken.first) == 2
    assert len(broken.columns) == len(broken.first[0])
    assert any(one.is_proved for one in tried.values())


def test_what_there_is_no_time_for_is_told(planted: Path) -> None:
    with open_warehouse(planted, read_only=True) as connection:
        # A clock that ticks a second at each look.
        ticks = count()
        some = try_checks(connection, 8, clock=lambda: next(ticks))
        none = try_checks(connection, 0)
        every = try_checks(connection, 1000)
    idle = [one for one in none if not one.counted_at]
    assert {one.state for one in idle} == {"not run"}
    assert all("time for checks" in one.why_not for one in idle)
    assert len(none) == len(every) == len(some)
    left = [one for one in some if one.rows is None]
    assert 0 < len(left) < len(every)
    known = by_name(every)
    assert all(one.rows in (None, known[one.name].rows) for one in some)
    # Keys that the build counted, and what follows from them, need no time.
    told = by_name(some)["key_of_main_stars"]
    assert (told.rows, told.counted_at is None) == (0, False)


def test_a_check_that_takes_too_long_is_stopped(
    planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "select a.range from range(1000000000) as a, range(1000000000) as b"
    slow = Assertion(
        "slow", "takes years", "fail", f"{endless} where a.range < b.range - 1e18",
        Path("slow.sql"),
    )  # fmt: skip
    monkeypatch.setattr(timed_checks, "read_assertions", lambda: [slow])
    with open_warehouse(planted, read_only=True) as connection:
        found = by_name(try_checks(connection, 0.5))
        # The connection is as good as before.
        assert connection.execute("select 1").fetchall() == [(1,)]
    assert found["slow"].rows is None
    assert "time for checks" in found["slow"].why_not


def test_an_empty_warehouse_has_nothing_to_test(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        found = try_checks(connection, 1000)
    assert {one.rows for one in found} == {None}
    assert all("no survey" in one.why_not for one in found)
