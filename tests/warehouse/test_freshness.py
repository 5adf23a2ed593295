"""What a build stored is never shown beside rows of a file that came after it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from stellarwh.cli import app
from stellarwh.errors import WarehouseError
from stellarwh.ingest import ingest_survey
from stellarwh.simulate import simulate
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.freshness import (
    require_current_build,
    stale_surveys,
    tables_read,
)

# One worker makes the fixtures once (``--dist loadgroup``).
pytestmark = pytest.mark.xdist_group("freshness")

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def skies(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Path]]:
    """Return the files of two simulated skies."""
    folder = tmp_path_factory.mktemp("skies")
    return [simulate(folder / str(s), stars=300, seed=s) for s in (1, 2)]


@pytest.fixture(scope="session")
def built_file(
    skies: list[dict[str, Path]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("built") / "built.duckdb"
    with open_warehouse(path) as connection:
        for survey in ("apogee", "galah"):
            ingest_survey(connection, survey, skies[0][survey])
        build_views(connection)
    return path


@pytest.fixture
def current(built_file: Path, warehouse_path: Path) -> Path:
    shutil.copy(built_file, warehouse_path)
    return warehouse_path


@pytest.fixture
def stale(current: Path, skies: list[dict[str, Path]]) -> Path:
    """Return a warehouse whose APOGEE came after its build."""
    with open_warehouse(current) as connection:
        ingest_survey(connection, "apogee", skies[1]["apogee"], replace=True)
    return current


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run_command(warehouse: Path, *arguments: str) -> Result:
        words = [word.replace("OUT", str(tmp_path)) for word in arguments]
        return CliRunner().invoke(app, ["--warehouse", str(warehouse), *words])

    return run_command


SHOW_STORED = [
    ("report", "--out", "OUT/reports"),
    ("check",),
    ("export", "main.stars", "OUT/stars.csv"),
    ("export", "measurements", "OUT/rows.parquet"),
    ("query", "select count(*) from main.stars"),
    ("query", "from cone_search('main.stars', 180.0, 20.0, 3600)"),
    ("query", "select (select count(star_id) from main.measurements)"),
    ("query", "from main.overlaps", "--format", "csv"),
    ("match", "stars", "raw.apogee", "--radius", "3"),
    ("train",),
    ("train", "apogee_from_galah"),
    ("predict", "apogee_from_galah"),
]
SHOW_RAW = [
    ("export", "raw.apogee", "OUT/apogee.csv"),
    ("query", "select count(*) from raw.apogee"),
    ("query", "select 'main.stars' as name"),
    ("query", "from meta.ingests"),
    ("match", "raw.apogee", "raw.galah", "--radius", "3"),
    ("status",),
]


@pytest.mark.parametrize("command", SHOW_STORED, ids=" ".join)
def test_what_shows_the_old_rows_is_refused(
    stale: Path, run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    result = run(stale, *command)
    assert isinstance(result.exception, WarehouseError)
    assert "raw.apogee was read anew" in str(result.exception)
    assert "stellarwh build" in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == [stale.name]


@pytest.mark.parametrize("command", SHOW_RAW, ids=" ".join)
def test_what_reads_raw_tables_alone_goes_on(
    stale: Path, run: Run, command: tuple[str, ...]
) -> None:
    result = run(stale, *command)
    assert result.exception is None
    assert result.exit_code == 0


def test_a_build_ends_it(stale: Path, run: Run) -> None:
    assert "STALE" in run(stale, "status").output
    assert run(stale, "build").exit_code == 0
    assert "STALE" not in run(stale, "status").output
    assert run(stale, "query", "from main.stars").exit_code == 0
    assert run(stale, "report", "--out", "OUT/reports").exit_code == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("delete from raw.galah", "rows of raw.galah are gone"),
        ("drop table raw.galah", "rows of raw.galah are gone"),
        ("insert into raw.apogee from raw.apogee limit 3", "raw.apogee has"),
        ("insert into raw.lamost (obsid) values (1)", "raw.lamost is new"),
        ("alter table meta.builds drop column sources", "an earlier version"),
        ("update meta.builds set raw_rows = null", "an earlier version"),
    ],
)
def test_whatever_changed_since_the_build_is_named(
    current: Path, change: str, said: str
) -> None:
    with open_warehouse(current) as connection:
        assert stale_surveys(connection) == []
        require_current_build(connection)
        connection.execute(change)
        with pytest.raises(WarehouseError, match=said):
            require_current_build(connection)


def test_a_catalogue_of_ones_own_needs_no_build(current: Path, run: Run) -> None:
    path = current.with_name("mine.csv")
    path.write_text("id,ra,dec\n1,10.5,20.5\n2,11.5,21.5\n")
    assert run(current, "ingest", "mine", str(path), "--ra", "ra", "--dec", "dec")
    assert "STALE" not in run(current, "status").output
    assert run(current, "check").exception is None


def test_nothing_built_is_not_stale(connection: duckdb.DuckDBPyConnection) -> None:
    require_current_build(connection)


def test_the_shell_is_opened_with_a_warning(
    stale: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.execv", lambda *_: None)
    monkeypatch.setattr("shutil.which", lambda _: "/bin/duckdb")
    assert "raw.apogee was read anew" in run(stale, "shell").output.replace("\n", " ")


def test_a_build_records_the_files_it_is_of(
    current: Path, skies: list[dict[str, Path]]
) -> None:
    with open_warehouse(current) as connection:
        (rows, sources) = connection.execute(
            "select raw_rows, sources from meta.builds"
        ).fetchall()[0]
        counted = connection.execute(
            "select count(*) from raw.apogee union all select count(*) from raw.galah"
        ).fetchall()
    assert [(name,) for name in rows.values()] == counted
    assert [(s["survey"], s["file"], s["is_simulated"]) for s in sources] == [
        (name, str(skies[0][name]), True) for name in ("apogee", "galah")
    ]


def test_tables_are_found_through_views_macros_and_shortcuts(current: Path) -> None:
    with open_warehouse(current) as connection:
        # DuckDB answers this from its statistics; its last plan names no table.
        assert tables_read(connection, "select count(*) from main.stars") == {
            "main.stars"
        }
        assert tables_read(connection, "from main.measurements") >= {
            "main.measurements_apogee",
            "main.measurements_others",
        }
        assert tables_read(connection, "from staging.all_surveys") >= {
            "raw.apogee",
            "staging.doubled_rows",
        }
        assert "main.stars" in tables_read(
            connection,
            "from crossmatch('main.stars', 'raw.apogee', 1.0, left_id := 'star_id')",
        )
        assert tables_read(connection, "this is no SQL") == set()
        setting = "select current_setting('explain_output')"
        assert connection.execute(setting).fetchall() == [("PHYSICAL_ONLY",)]
