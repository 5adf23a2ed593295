"""Pairs in real catalogues, counted by others (see the README of the real data)."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import Table

from stellarwh.ingest import ingest_survey
from stellarwh.match import Side, match_tables


@pytest.fixture
def put(connection) -> Callable[..., None]:
    """Return a function that stores columns as a raw table with its cells."""

    def store(name: str, **columns: np.ndarray) -> None:
        rows = pa.table({key: pa.array(value) for key, value in columns.items()})
        connection.register("rows_to_store", rows)
        connection.execute(
            f"create table raw.{name} as select *, "
            "healpix_nested(29, ra, dec) as healpix from rows_to_store"
        )

    return store


def native(column: np.ndarray) -> np.ndarray:
    return np.asarray(column).astype(column.dtype.newbyteorder("="))


def count(connection, *arguments: object) -> int:
    rows = connection.execute(
        "select count(*) from crossmatch(?, ?, ?)", list(arguments)
    ).fetchall()
    return int(rows[0][0])


def test_apogee_and_lamost_positions(connection, put, realdata):
    for survey, ra, dec in (
        ("a", "ra_apogee.txt", "dec_apogee.txt"),
        ("l", "ra_lamost_all.txt", "dec_lamost.txt"),
    ):
        columns = [np.loadtxt(realdata / "pairs" / name) for name in (ra, dec)]
        put(survey, id=np.arange(columns[0].size), ra=columns[0], dec=columns[1])
    assert count(connection, "raw.a", "raw.l", 1.0) == 11_005
    assert count(connection, "raw.a", "raw.l", 3.0) == 11_057
    sides = tuple(Side(name, epoch=2000.0) for name in ("raw.a", "raw.l"))
    for mode in ("mutual", "one-to-one", "best", "best-right"):
        matched = match_tables(connection, *sides, radius=1.0, mode=mode)
        assert matched.pairs.num_rows == 11_005


def test_hipparcos_stars_in_apogee(connection, put, realdata):
    path = realdata / "apogee" / "APOGEE-allStar-v603-Hipparcos.fits.gz"
    with fits.open(path) as hdus:
        rows = hdus[1].data
        hip = native(rows["HIP"])
        _, first = np.unique(hip, return_index=True)
        ra, dec = native(rows["RArad"]), native(rows["DErad"])
        put("hipparcos", id=hip[first], ra=ra[first], dec=dec[first])
        put(
            "allstar",
            id=np.arange(hip.size),
            ra=native(rows["RA"]).astype(float),
            dec=native(rows["DEC"]).astype(float),
        )
    # The two lists hold positions of one epoch, as TOPCAT matched them.
    allstar, hipparcos = (
        Side(name, epoch=2000.0) for name in ("raw.allstar", "raw.hipparcos")
    )
    pairs = match_tables(connection, allstar, hipparcos).pairs.to_pydict()
    assert len(pairs["left_id"]) == 3_244
    assert hip.tolist() == pairs["right_id"]


def test_kepler_giants_in_tgas(connection, put, realdata):
    table = Table.read(realdata / "pairs" / "stello_2013_tgas_xmatch.csv")
    names = ("ra", "dec", "tgas_ra", "tgas_dec", "tgas_pmra", "tgas_pmdec")
    column = {name: np.array(table[name], dtype=float) for name in names}
    ids = np.arange(len(table))
    put("kepler", id=ids, ra=column["ra"], dec=column["dec"])
    put("tgas", id=ids, **{n.removeprefix("tgas_"): column[n] for n in names[2:]})
    same = (
        "select count(*) from crossmatch('raw.kepler', 'raw.tgas', 0.5{}) "
        "where left_id = right_id"
    )
    motion = (
        ", epoch := 2000, left_epoch := 2000, right_epoch := 2015, "
        "right_pmra := 'pmra', right_pmdec := 'pmdec'"
    )
    assert connection.execute(same.format("")).fetchall() == [(2_435,)]
    assert connection.execute(same.format(motion)).fetchall() == [(2_488,)]
    matched = match_tables(
        connection,
        Side("raw.kepler", epoch=2000.0),
        Side("raw.tgas", epoch=2015.0),
        radius=0.5,
    )
    assert matched.epoch == 2000.0
    pairs = matched.pairs.to_pandas()
    pairs = pairs[pairs.left_id == pairs.right_id].sort_values("left_id")
    assert len(pairs) == 2_488
    assert not pairs.lacks_motion.any()
    # the file's own distance, in degrees, moved the stars in RA and Dec, not along a
    # great circle: that differs by up to 1.5e-6 arcsec
    distance = 3600 * np.array(table["tgas_match_distance"], dtype=float)
    assert np.abs(pairs.separation.to_numpy() - distance).max() < 2e-6


def test_apogee_and_galah_by_position_and_by_id(connection, realdata):
    apogee = realdata / "apogee" / "casjobs-dr17-1612rows.fits"
    galah = realdata / "galah" / "GALAH_DR3_main_allstar-1170rows.fits"
    by_file = match_tables(
        connection, Side(str(apogee), epoch=2000), Side(str(galah), epoch=2015.5)
    ).pairs
    assert by_file.num_rows == 12
    ingest_survey(connection, "apogee", apogee)
    ingest_survey(connection, "galah", galah)
    by_table = match_tables(connection, "raw.apogee", "raw.galah").pairs
    assert by_table.num_rows == 12
    by_id = connection.execute(
        "select a.APOGEE_ID, g.sobject_id from raw.apogee as a "
        "inner join raw.galah as g on a.GAIAEDR3_SOURCE_ID = g.dr3_source_id"
    ).fetchall()
    by_position = zip(
        *(by_table.column(name).to_pylist() for name in ("left_id", "right_id")),
        strict=True,
    )
    assert set(by_position) == set(by_id)
    assert len(set(by_id)) == 12
