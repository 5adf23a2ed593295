"""Catalogue files as the surveys published them, through the ordinary ingest.

The expected counts are those of the README beside the files; every value is compared
with what astropy reads.
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import Table

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from stellarwh.ingest import Options, ingest_files, ingest_survey
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.raw_tables import create_raw_tables

APOGEE = {
    "APOGEE-allStar-v603-Hipparcos.fits.gz": (3244, "DR12"),
    "allStar-dr13-8rows.fits": (8, "DR13"),
    "allStar-dr14-320rows-plus-orbits.fits": (320, "DR14"),
    "allStar-dr16-33rows.fits": (33, "DR16 full"),
    "casjobs-dr17-1612rows.fits": (1612, "DR17 CasJobs export"),
    "fits-in-disguise.csv": (1612, "DR17 CasJobs export"),
}
# What astropy, the independent reader, warns of in these files.
pytestmark = [
    pytest.mark.filterwarnings("ignore:It is strongly recommended"),
    pytest.mark.filterwarnings("ignore::astropy.units.UnitsWarning"),
]
HIPPARCOS = "APOGEE-allStar-v603-Hipparcos.fits.gz"


@pytest.fixture
def db(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    with transaction(connection):
        create_raw_tables(connection)
    return connection


def one(db: duckdb.DuckDBPyConnection, sql: str) -> object:
    row = db.execute(sql).fetchone()
    return row[0] if row else None


def assert_equal_to_astropy(found: pa.ChunkedArray, data: np.ndarray, null: object):
    """Compare one column's values, in the same order."""
    if data.dtype.kind in "SU":
        expected = [str(text).rstrip(" ") or None for text in data.tolist()]
        assert found.to_pylist() == expected
    elif data.dtype.kind == "f":
        values = np.array(found.to_pylist(), data.dtype)
        np.testing.assert_array_equal(values, data)
    else:
        values = data.tolist()
        if null is not None and data.ndim == 1:
            values = [None if value == null else value for value in values]
        assert found.to_pylist() == values


@pytest.mark.parametrize("name", APOGEE)
def test_apogee_values_equal_those_of_astropy(db, realdata, name):
    path = realdata / "apogee" / name
    rows, release = APOGEE[name]
    result = ingest_survey(db, "apogee", path)
    assert (result.rows, result.release) == (rows, release)
    assert one(db, "select count(*) from raw.apogee") == rows
    sources = dict(
        db.execute(
            "select column_name, source_name from meta.columns where "
            "table_name = 'apogee' and source_name is not null"
        ).fetchall()
    )
    with fits.open(path) as file:
        data, header = file[1].data, file[1].header
        names = [column.name for column in file[1].columns]
        order = np.lexsort(keys_of(data, sources))
        table = db.sql("from raw.apogee").to_arrow_table()
        ours = {c: np.array(table[c].to_pylist()) for c in ("RA", "DEC", "APOGEE_ID")}
        snr = "SNR" if "SNR" in sources else "TEFF_ERR"
        ours[snr] = np.array(table[snr].to_pylist())
        mine = np.lexsort([ours[c] for c in (snr, "DEC", "RA", "APOGEE_ID")])
        for column, source in sources.items():
            null = header.get(f"TNULL{names.index(source) + 1}")
            found = table[column].take(pa.array(mine))
            assert_equal_to_astropy(found, np.asarray(data[source])[order], null)


def keys_of(data: np.ndarray, sources: dict[str, str]) -> list[np.ndarray]:
    snr = sources.get("SNR") or sources["TEFF_ERR"]
    ids = np.char.rstrip(np.asarray(data[sources["APOGEE_ID"]]).astype(str))
    ra, dec = (np.asarray(data[sources[name]]) for name in ("RA", "DEC"))
    return [np.asarray(data[snr]), dec, ra, ids]


def test_dr12_sentinels_and_flags_are_counted_as_published(db, realdata):
    ingest_survey(db, "apogee", realdata / "apogee" / HIPPARCOS)
    assert one(db, "select count(*) from raw.apogee where TEFF = -9999") == 2471
    bad = "select count(*) from raw.apogee where ASPCAPFLAG & (1::bigint << 23) != 0"
    assert one(db, bad) == 1531
    assert one(db, "select count(*) from raw.apogee where EXTRATARG & 16 != 0") == 229
    assert one(db, "select count(distinct APOGEE_ID) from raw.apogee") == 3015
    audited = "select n from meta.null_audit where column_name = 'TEFF'"
    assert one(db, audited) == 2471
    assert one(db, "select count(M_H) from raw.apogee") == 3244


def test_dr14_keeps_the_magnitude_and_not_the_amplitude(db, realdata):
    path = realdata / "apogee" / "allStar-dr14-320rows-plus-orbits.fits"
    ingest_survey(db, "apogee", path)
    found = one(db, "select source_name from meta.columns where column_name = 'K'")
    assert found == "KS"
    assert one(db, "select sum(K) from raw.apogee") == pytest.approx(
        float(fits.getdata(path)["KS"].astype("f8").sum())
    )


def test_dr16_gaia_ids_that_went_through_a_float_are_left_out(db, realdata):
    ingest_survey(db, "apogee", realdata / "apogee" / "allStar-dr16-33rows.fits")
    assert one(db, "select count(GAIAEDR3_SOURCE_ID) from raw.apogee") == 0


def test_galah_values_equal_those_of_astropy(db, realdata):
    path = realdata / "galah" / "GALAH_DR3_main_allstar-1170rows.fits"
    result = ingest_survey(db, "galah", path)
    assert (result.rows, result.columns, result.release) == (1170, 197, "DR3 v2")
    assert result.warnings == ()
    data = fits.getdata(path)
    table = db.sql("from raw.galah order by sobject_id").to_arrow_table()
    order = np.argsort(data["sobject_id"])
    for name in table.column_names[:-1]:
        assert_equal_to_astropy(table[name], np.asarray(data[name])[order], None)


def test_lamost_values_equal_those_of_astropy(db, realdata):
    path = realdata / "lamost" / "dr1_afgk-3165rows.csv"
    result = ingest_survey(db, "lamost", path)
    assert (result.rows, result.release) == (3165, "DR1 by the file's name")
    data = Table.read(path, format="ascii.csv")
    data.sort("obsid")
    table = db.sql("from raw.lamost order by obsid").to_arrow_table()
    for name in ("obsid", "lmjd", "spid", "fiberid"):
        assert table[name].to_pylist() == [int(value) for value in data[name]]
    for name in ("ra", "dec"):
        assert table[name].to_pylist() == data[name].tolist()
    for name in ("teff", "logg", "feh", "snrg", "rv", "mag1", "mag7"):
        expected = np.asarray(data[name], "f4").tolist()
        assert table[name].to_pylist() == expected
    assert table["subclass"].to_pylist() == data["subclass"].tolist()


def test_lamost_sentinels_are_counted_as_published(db, realdata):
    ingest_survey(db, "lamost", realdata / "lamost" / "dr1_afgk-3165rows.csv")
    counts = dict(
        db.execute(
            "select column_name, n from meta.null_audit where layer = 'staging'"
        ).fetchall()
    )
    signal = {"snrg": 2, "snrr": 71, "snri": 274, "snrz": 82}
    fillers = (1350, 179, 179, 180, 1349, 1219, 1219)
    magnitudes = {f"mag{i + 1}": n for i, n in enumerate(fillers)}
    expected = signal | magnitudes
    assert {name: counts[name] for name in expected} == expected


@pytest.mark.parametrize("name", ["group3_2mass_notgaia", "group4_2mass_notgaia"])
def test_null_integers_are_those_that_astropy_masks(realdata, name):
    path = realdata / "galah" / f"{name}.fits"
    table = open_table(path)
    nulls = no_nulls()
    batches = table.batches(table.columns, nulls)
    ours = pa.Table.from_batches(list(batches))
    theirs = Table.read(path)
    masked = np.ma.getmaskarray(theirs["source_id"])
    assert ours["2"].null_count == masked.sum() == nulls[2]["TNULL"] > 0
    assert ours["0"].to_pylist() == theirs["sobject_id"].tolist()
    assert ours["2"].to_pylist() == theirs["source_id"].tolist()


@pytest.mark.parametrize(
    ("name", "rows", "ra", "dec"),
    [
        ("reference/gaia_benchmark_stars_v3.fits", 192, "ra_j2000", "dec_j2000"),
        ("reference/GALAH_GBS2.1.fits", 29, "RAJ2000", "DEJ2000"),
        (f"apogee/{HIPPARCOS}", 3244, "RArad", "DErad"),
        ("pairs/stello_2013_tgas_xmatch.csv", 2488, "ra", "dec"),
    ],
)
def test_any_other_catalogue_is_taken_as_found(db, realdata, name, rows, ra, dec):
    result = ingest_survey(db, "other", realdata / name, ra=ra, dec=dec, epoch=2000.0)
    assert result.rows == rows
    finite = f'count(*) filter (isfinite("{ra}"))'
    assert one(db, f"select {finite} = count(healpix) from raw.other") is True


def test_a_table_without_positions_is_read_without_error(realdata):
    table = open_table(realdata / "reference" / "apokasc_logg_cal.fits")
    assert sum(b.num_rows for b in table.batches(table.columns, no_nulls())) == 11059


@pytest.mark.parametrize("path", ["pairs/lamost_labels.fits", "reference"])
def test_every_small_fits_file_opens(realdata: Path, path):
    files = sorted((realdata / path).glob("*.fits")) or [realdata / path]
    for file in files:
        table = open_table(file)
        readable = [column for column in table.columns if not column.unreadable]
        count = sum(b.num_rows for b in table.batches(readable, no_nulls()))
        assert count == table.rows


def test_tables_of_a_real_spectrum_file_are_chosen_and_named(db, realdata):
    path = realdata / "spectra" / "hypergravity" / "spec-3128-54776-0008.fits.gz"
    first = ingest_survey(db, "spectrum", path, no_position=True)
    (note,) = first.warnings
    assert "1 COADD was read, not 2 SPECOBJ (1 row), 3 SPZLINE (29 rows)" in note
    assert first.rows == 3815
    for hdu, rows in (("specobj", 1), ("3", 29)):
        chosen = ingest_survey(
            db, "spectrum", path, hdu=hdu, no_position=True, replace=True
        )
        assert (chosen.rows, chosen.warnings) == (rows, ())


def test_real_parts_become_one_table_placed_by_their_names(db, realdata):
    paths = sorted((realdata / "galah").glob("group*.fits"))
    ingest_files(db, "groups", paths, Options(position_from="tmass_id"))
    assert one(db, "select count(healpix) from raw.groups") == 14_986
    assert one(db, "select count(*) from meta.ingests") == 4


def test_real_names_hold_the_position_to_the_digits_they_have(db, realdata):
    path = realdata / "apogee" / HIPPARCOS
    ingest_survey(db, "named", path, position_from="APOGEE_ID")
    apart = "median(angular_separation(RA, DEC, ra_2, dec_2))"
    # Cut, not rounded: half of 0.15 and of 0.1 arcsec on average.
    assert 0.05 < one(db, f"select {apart} from raw.named") < 0.12
