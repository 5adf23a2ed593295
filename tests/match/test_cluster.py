"""Matches by LSDB on a Dask cluster: pair for pair what the macro gives."""

import logging
import sys
import warnings

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from stellarwh.api.matching import match_into
from stellarwh.cli.commands import app
from stellarwh.errors import StellarwhError, UsageError
from stellarwh.export.export import export_table
from stellarwh.export.hats.options import HatsOptions
from stellarwh.ingest import ingest_survey
from stellarwh.match import MODES, Side
from stellarwh.match.cluster import run
from stellarwh.match.cluster.folders import open_side
from stellarwh.match.cluster.settle import drop_settled, settle
from stellarwh.runtime.offline import no_network
from stellarwh.warehouse.database import open_warehouse
from tests.match.adversarial import adversarial_sky

RADIUS = 5.0
pytestmark = pytest.mark.filterwarnings("ignore")  # those of dask and pandas


@pytest.fixture(scope="module")
def cluster(lsdb):
    """The address of a scheduler, and two threads that work for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        distributed = pytest.importorskip("distributed")
        logging.getLogger("distributed").setLevel(logging.ERROR)
        with distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=2,
            processes=False,
            protocol="tcp",
            host="127.0.0.1",
            dashboard_address=None,
        ) as made:
            yield made.scheduler_address


@pytest.fixture(scope="module")
def skies(tmp_path_factory):
    """Two tables where cells make trouble, with duplicates and ties, and as folders.

    The right one covers half the sky: what lies beyond its edge has partners, too.
    """
    folder = tmp_path_factory.mktemp("skies")
    with open_warehouse(folder / "stellar.duckdb") as connection:
        yield connection, *_write_skies(connection, folder)


def _write_skies(connection, made):
    rng = np.random.default_rng(3)
    left, right = adversarial_sky(rng, RADIUS)
    east = (right[0] < 180) | (np.abs(right[1]) > 80)
    right = right[0][east], right[1][east]
    # Rows of two places that are equally far from a third one.
    left = np.append(left[0], [10.0, 10.0]), np.append(left[1], [1e-3, -1e-3])
    right = np.append(right[0], [10.0]), np.append(right[1], [0.0])
    folders = []
    for name, (ra, dec) in (("lefts", left), ("rights", right)):
        ids = rng.permutation(len(ra)) + 2**60
        columns = {"source_id": ids, "ra": ra, "dec": dec, "mag": ids % 97 / 4}
        path = made / f"{name}.parquet"
        pq.write_table(pa.table(columns), path)
        ingest_survey(connection, name, path, ra="ra", dec="dec", epoch=2016.0)
        folder = made / name
        options = HatsOptions(rows=400 if name == "lefts" else 300)
        export_table(connection, f"raw.{name}", folder, kind="hats", hats=options)
        folders.append(folder)
    return folders


def pairs_of(connection, *sides, **options):
    given = {"radius": RADIUS, "mode": "all", "engine": "lsdb"} | options
    return match_into(connection, sides, into=None, replace=False, **given)


def by_ids(rows):
    return sorted(
        tuple(row[c] for c in ("left_id", "right_id", "separation")) for row in rows
    )


def expected(connection, mode):
    """Return the pairs of the macro."""
    return connection.sql(
        "select left_id, right_id, separation "
        f"from crossmatch('raw.lefts', 'raw.rights', {RADIUS}, mode := '{mode}', "
        "left_id := 'source_id', right_id := 'source_id') order by all"
    ).fetchall()


def test_every_mode_gives_the_pairs_of_the_macro(skies, cluster):
    connection, left, right = skies
    sides = tuple(
        open_side(connection, name, Side(str(folder)), ["mag", "ra"], RADIUS, left)
        for name, folder in (("left", left), ("right", right))
    )
    batches = list(run.candidates(*sides, RADIUS, cluster))
    assert len(batches) > 10
    found = {}
    for mode in MODES:
        table = settle(connection, batches, sides, RADIUS, mode)
        found[mode] = connection.sql(
            f"select source_id_left, source_id_right, separation from {table} "
            "order by all"
        ).fetchall()
        drop_settled(connection)
        assert found[mode] == expected(connection, mode), mode
    assert len(found["all"]) > len(found["best"]) > len(found["one-to-one"]) > 100
    assert set(found["mutual"]) < set(found["best"])


def test_columns_come_along_with_units_and_are_written(skies, cluster, tmp_path):
    connection, left, right = skies
    pairs = pairs_of(
        connection, left, right, mode="best", cluster=cluster, columns="mag,ra"
    )
    assert pairs.columns[3:] == ["mag_left", "ra_left", "mag_right", "ra_right"]
    for row in pairs.to_arrow().to_pylist()[:50]:
        assert row["mag_left"] == row["left_id"] % 97 / 4
        assert row["mag_right"] == row["right_id"] % 97 / 4
    assert pairs.write(tmp_path / "pairs.fits") == len(pairs)


def test_tables_are_written_as_folders_first(skies, cluster):
    connection, *_ = skies
    sides = "raw.lefts", "raw.rights"
    found = pairs_of(connection, *sides, cluster=cluster)
    other = pairs_of(connection, *sides, engine="duckdb")
    assert found.columns == other.columns
    rows = [pairs.to_arrow().to_pylist() for pairs in (found, other)]
    assert by_ids(rows[0]) == by_ids(rows[1])


@pytest.mark.parametrize(
    ("right", "options", "said"),
    [
        (
            "rights",
            {"radius": 20.0},
            "margin of .* is 10 arcsec wide, and the radius 20",
        ),
        ("rights/rights", {}, "margin of .* is not there"),
        ("rights.parquet", {}, "is no HATS folder: ingest it"),
        (Side("rights", epoch=2000.0), {}, "leave out epochs"),
        ("rights", {"magnitude_limit": 1.0}, "match without --engine lsdb"),
        ("rights", {"cluster": "127.0.0.1:1"}, "no Dask scheduler at 127.0.0.1:1"),
        ("raw.rights", {"cluster": "tcp://10.0.0.1:1"}, "Workers at 10.0.0.1 cannot"),
        ("rights", {"engine": "spark"}, "no engine 'spark'"),
        ("rights", {"engine": "duckdb", "cluster": "a:1"}, "give --engine lsdb"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(skies, monkeypatch, right, options, said):
    connection, left, _ = skies
    monkeypatch.chdir(left.parent)
    monkeypatch.setattr(run, "_PATIENCE", "0.2s")
    with pytest.raises(StellarwhError, match=said):
        pairs_of(connection, left, right, **options)


def test_where_lsdb_is_missing_it_is_named(skies, monkeypatch):
    connection, left, right = skies
    monkeypatch.setitem(sys.modules, "lsdb", None)
    with pytest.raises(UsageError, match=r"pip install 'stellarwh\[distributed\]'"):
        pairs_of(connection, left, right)


def test_workers_of_its_own_reach_nothing_but_this_machine(skies, cluster, monkeypatch):
    connection, left, right = skies
    monkeypatch.setattr(run, "_MOST_WORKERS", 1)
    with no_network(everywhere=True, loopback=True):
        alone = pairs_of(connection, left, right, mode="mutual")
    assert by_ids(alone.to_arrow().to_pylist()) == expected(connection, "mutual")


def test_the_command_takes_engine_and_cluster(skies, monkeypatch, tmp_path):
    _, left, right = skies
    monkeypatch.chdir(tmp_path)
    command = ["match", str(left), str(right), "--engine", "lsdb", "--radius", "20"]
    result = CliRunner().invoke(app, command)
    assert "--margin 20 or more" in str(result.exception)
    result = CliRunner().invoke(app, [*command[:3], "--cluster", "127.0.0.1:8786"])
    assert "give --engine lsdb" in str(result.exception)
