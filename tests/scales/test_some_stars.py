"""Views of photometry and the scale give some stars the values that they give all."""

from collections.abc import Iterator

import duckdb
import pytest

import stellarwh
from stellarwh.report.some_stars import of_stars
from stellarwh.warehouse.database import open_warehouse
from tests.scales.conftest import Scaled

# One worker makes the folder's slow fixtures once (``--dist loadgroup``).
pytestmark = pytest.mark.xdist_group("scales")

_VALUES = (
    'select * exclude (coefficients, terms) from scale."values" where star_id % 7 = 0 '
    "order by survey, source_id, quantity"
)
_STAR_VALUES = (
    'select star_id, quantity, "value", err, n_surveys, chi2, disagrees, in_range '
    "from scale.star_values where star_id % 7 = 0 order by star_id, quantity"
)
_PLACES = "from scale.places where star_id % 7 = 0 order by star_id"
_PHOTOMETRY = "from main.star_photometry where star_id % 7 = 0 order by star_id"


@pytest.fixture
def connection(scaled: Scaled) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(scaled.warehouse, read_only=True) as found:
        choose_stars(found)
        yield found


@pytest.fixture(params=["opened", "attached"])
def either(
    request: pytest.FixtureRequest, scaled: Scaled
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Both ways in which a warehouse can be the one that names are looked up in."""
    if request.param == "opened":
        yield request.getfixturevalue("connection")
        return
    with stellarwh.open(scaled.warehouse) as wh:
        choose_stars(wh.connection)
        yield wh.connection


def choose_stars(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create temp table chosen as "
        "select star_id from main.stars where star_id % 7 = 0"
    )


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict]:
    found = connection.sql(sql).to_arrow_table().to_pylist()
    assert len(found) > 1000
    return found


@pytest.mark.parametrize("sql", [_VALUES, _STAR_VALUES, _PLACES, _PHOTOMETRY])
def test_they_are_those_of_the_whole_warehouse(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> None:
    whole = rows(connection, sql)
    with of_stars(connection, "chosen"):
        part = rows(connection, sql)
        ((others,),) = connection.execute(
            'select count(*) from scale."values" where star_id % 7 > 0'
        ).fetchall()
    assert others == 0
    assert len(part) == len(whole)
    for one, other in zip(part, whole, strict=True):
        assert one == pytest.approx(other, nan_ok=True)


def test_afterwards_the_warehouse_is_as_before(
    either: duckdb.DuckDBPyConnection,
) -> None:
    before = either.execute("show databases").fetchall()
    with pytest.raises(ZeroDivisionError), of_stars(either, "chosen"):
        raise ZeroDivisionError
    assert either.execute("show databases").fetchall() == before
    assert len(rows(either, 'select star_id from scale."values"')) > 100_000
