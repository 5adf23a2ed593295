"""Reports of stand-in warehouses: full, of one survey, and of nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from stellarwh.content import content_dir
from stellarwh.report import site, write_report
from stellarwh.report.reader import Reader
from stellarwh.warehouse.database import open_warehouse

STANDIN = Path(__file__).with_name("standin.sql")
SURVEYS = ("apogee", "galah", "lamost")


def record_ingest(
    connection: duckdb.DuckDBPyConnection,
    survey: str,
    *,
    is_simulated: bool = True,
    file: str = "",
) -> None:
    connection.execute(
        "insert into meta.ingests by name "
        "select (hash(?) % 1000)::bigint as ingest_id, ? as survey, ? as file, "
        "123456 as size, repeat('ab', 32) as sha256, "
        "'FITS' as format, 'DR17' as release, ?::boolean as is_simulated, "
        "1500 as rows, 110 as columns, 'declared' as selection, 2000.0 as epoch, "
        "true as is_clustered, []::varchar[] as warnings, 1.5 as seconds, "
        "'0.1.0' as version, timestamptz '2026-01-02 03:04:05+00' as ingested_at",
        [survey, survey, file or f"{survey}.fits", is_simulated],
    )


@contextmanager
def standin(
    path: Path, surveys: Sequence[str] = SURVEYS
) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(path) as connection:
        connection.execute("set threads = 1")  # random() is only repeatable on one
        connection.execute(STANDIN.read_text(encoding="utf-8"))
        for survey in surveys:
            record_ingest(connection, survey)
        learn_from_ingests(connection)
        yield connection


def learn_from_ingests(connection: duckdb.DuckDBPyConnection) -> None:
    """Let every run say that it learned from the files that are there."""
    connection.execute(
        "update ml.runs set sources = (select list({'survey': survey, 'file': file, "
        "'sha256': sha256, 'release': release, 'is_simulated': is_simulated, "
        "'ingest_id': ingest_id} order by survey) from meta.ingests)"
    )
    view = content_dir("sql") / "marts/run_provenance.sql"
    connection.execute(view.read_text(encoding="utf-8"))


@contextmanager
def one_survey(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with standin(path, ["apogee"]) as connection:
        for table in (
            "ml.runs",
            "main.overlaps",
            "matching.matches",
            "main.benchmark_stars",
            "main.cluster_members",
        ):
            connection.execute(f"delete from {table}")
        connection.execute("delete from main.measurements where survey <> 'apogee'")
        connection.execute("update main.stars set surveys = ['apogee']")
        yield connection


def write_pages(
    connection: duckdb.DuckDBPyConnection, folder: Path, *files: str
) -> set[str]:
    """Write some pages of a report, as if it had no others; return the files of all.

    To draw all takes many times as long.
    """
    with site.pages_to_draw(connection, folder) as (to_draw, _):
        pages = site.draw_pages([one for one in to_draw if one[0] in files])
    assert {page.file for page in pages} == set(files)
    folder.mkdir(exist_ok=True)
    templates = site.environment()
    for page in pages:
        text = site.render(templates, page, pages)
        (folder / page.file).write_text(text, encoding="utf-8")
    return {file for file, _ in to_draw}


@pytest.fixture(scope="session")
def full_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full")
    with standin(folder / "full.duckdb") as connection:
        write_report(connection, folder / "reports")
    return folder / "reports"


@pytest.fixture(scope="session")
def one_survey_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one")
    with one_survey(folder / "one.duckdb") as connection:
        write_report(connection, folder / "reports")
    return folder / "reports"


@pytest.fixture(scope="session")
def empty_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty")
    with open_warehouse(folder / "empty.duckdb") as connection:
        write_report(connection, folder / "reports")
    return folder / "reports"


@pytest.fixture(params=["full_report", "one_survey_report", "empty_report"])
def report(request: pytest.FixtureRequest) -> Path:
    folder = request.getfixturevalue(request.param)
    assert isinstance(folder, Path)
    return folder


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stand") / "stand.duckdb"
    with standin(path):
        pass
    return path


@pytest.fixture(scope="module")
def reader(warehouse: Path) -> Iterator[Reader]:
    with open_warehouse(warehouse, read_only=True) as connection:
        yield Reader(connection)
