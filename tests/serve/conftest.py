"""A service that runs, over a small warehouse, shared by all of its tests."""

import io
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from astropy.table import Table

from stellarwh.ingest import ingest_survey
from stellarwh.serve.limits import Limits
from stellarwh.serve.service import Service
from stellarwh.simulate import simulate
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse

# All of them on one worker, which makes the warehouse once.
GROUP = pytest.mark.xdist_group("serve")
# Each type that a result may have, its extremes, NULL, and texts that formats spell.
ODD = """
    create table raw.odd as
    select
        id, flag, n8::utinyint as n8, n16::smallint as n16, n32::integer as n32,
        n64::bigint as n64, f32::float as f32, f64::double as f64, word,
        moment::timestamp as moment, pair::double[2] as pair, words,
        fraction::decimal(6, 2) as fraction, huge::hugeint as huge
    from (values
        (1, true, 1, -32768, 2147483647, -9223372036854775808, 1.5, 0.1,
         'a<b & "c"', '2016-01-01 12:00:00', [1.5, 2.5], ['x', 'y'], 12.25, 0),
        (2, false, 255, 32767, -1, 9223372036854775807, 'inf'::float, 'nan'::double,
         'Zurich, ä €', '1999-12-31 23:59:59.25', [0, -1], ['z'], -0.5, 7),
        (3, null, null, null, null, null, null, null,
         null, null, null, null, null, null)
    ) as t (
        id, flag, n8, n16, n32, n64, f32, f64, word, moment, pair, words, fraction, huge
    )
"""


@pytest.fixture(scope="session")
def stars_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a built warehouse of simulated stars; not to be written to."""
    folder = tmp_path_factory.mktemp("served")
    files = simulate(folder, stars=400, seed=3)
    path = folder / "stars.duckdb"
    with open_warehouse(path) as connection:
        for survey in ("apogee", "galah", "lamost"):
            ingest_survey(connection, survey, files[survey])
        build_views(connection)
        connection.execute(ODD)
    return path


@pytest.fixture(scope="session")
def service(stars_path: Path) -> Iterator[Service]:
    """Return a service that runs."""
    with Service(stars_path, limits=Limits(rows=50_000, seconds=20)) as running:
        yield running


@pytest.fixture(scope="session")
def client(service: Service) -> Iterator[httpx.Client]:
    """Return a client of it."""
    with httpx.Client(base_url=service.url, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="session")
def stilts() -> str:
    """Return STILTS, or skip."""
    found = shutil.which("stilts")
    if not found:
        pytest.skip("STILTS is not installed (Debian package stilts)")
    return found


def ask(client: httpx.Client, query: str = "", **parameters: object) -> httpx.Response:
    """Ask a query, and return the answer."""
    texts = {"LANG": "ADQL", "QUERY": query, **parameters}
    return client.get("/tap/sync", params={k: str(v) for k, v in texts.items()})


def votable(answer: httpx.Response) -> Table:
    """Return the table of an answer, as astropy reads it."""
    assert answer.status_code == 200, answer.text
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return Table.read(io.BytesIO(answer.content), format="votable")
