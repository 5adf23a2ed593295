"""A file becomes a raw table, whole, or nothing changes."""

import re
import shlex
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from astropy import units
from astropy.io import fits
from astropy_healpix import HEALPix

from stellarwh.errors import StellarwhError
from stellarwh.ingest import ingest_survey
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.raw_tables import create_raw_tables

N = 500
RANDOM = np.random.default_rng(1)
RA = RANDOM.uniform(0, 360, N)
DEC = np.degrees(np.arcsin(RANDOM.uniform(-1, 1, N)))
STARS = {
    "APOGEE_ID": np.array([f"2M{i:05d}" for i in range(N)], "S18"),
    "TELESCOPE": np.array(["apo25m", "lco25m"] * (N // 2), "S8"),
    "RA": RA,
    "DEC": DEC,
    "TEFF": RANDOM.normal(4800, 300, N).astype("f4"),
    "LOGG": RANDOM.normal(2.5, 0.3, N).astype("f4"),
    "GAIAEDR3_SOURCE_ID": 2**62 + np.arange(N),
    "ASPCAPFLAG": 1 << RANDOM.integers(0, 42, N),
    "PARAMFLAG": RANDOM.integers(0, 2**40, (N, 9)),
    "EXTRA": np.arange(N, dtype="i2"),
}
FORMS = {"i2": "I", "i4": "J", "i8": "K", "f4": "E", "f8": "D"}


def write_fits(path: Path, columns: dict[str, np.ndarray], **keywords: object) -> Path:
    made = []
    for name, values in columns.items():
        kind = values.dtype.str[1:]
        form = f"{kind[1:]}A" if kind[0] == "S" else FORMS[kind]
        repeat = "" if values.ndim == 1 else str(values.shape[1])
        made.append(fits.Column(name, repeat + form, array=values))
    table = fits.BinTableHDU.from_columns(made)
    table.header.update(keywords)
    table.writeto(path, overwrite=True)
    return path


def renamed(**names: str) -> dict[str, np.ndarray]:
    return {names.get(name, name): values for name, values in STARS.items()}


def without(*names: str) -> dict[str, np.ndarray]:
    return {name: values for name, values in STARS.items() if name not in names}


@pytest.fixture
def apogee(tmp_path: Path) -> Path:
    return write_fits(tmp_path / "allStar.fits", STARS)


@pytest.fixture
def db(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    with transaction(connection):
        create_raw_tables(connection)
    return connection


def fetch(db: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return db.execute(sql).fetchall()


def snapshot(db: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Everything in the warehouse: tables, columns, comments, rows."""
    tables = fetch(
        db, "select schema_name || '.' || table_name from duckdb_tables() order by 1"
    )
    content: dict[str, object] = {
        name: fetch(db, f"from {name} order by all") for (name,) in tables
    }
    content["columns"] = fetch(
        db,
        "select schema_name, table_name, column_name, data_type, comment "
        "from duckdb_columns() where not internal order by all",
    )
    content["settings"] = fetch(
        db,
        "select value from duckdb_settings() where name = 'preserve_insertion_order'",
    )
    return content


def test_every_value_arrives(db, apogee):
    result = ingest_survey(db, "apogee", apogee)
    assert (result.rows, result.release, result.unchanged) == (N, "DR17", False)
    table = db.sql("from raw.apogee order by APOGEE_ID").to_arrow_table()
    for name in ("RA", "DEC", "TEFF", "GAIAEDR3_SOURCE_ID", "ASPCAPFLAG"):
        assert table[name].to_pylist() == STARS[name].tolist(), name
    assert table["PARAMFLAG"].to_pylist() == STARS["PARAMFLAG"].tolist()
    assert table["TELESCOPE"].to_pylist() == ["apo25m", "lco25m"] * (N // 2)
    assert table["PARAMFLAG"].type == pa.list_(pa.int64(), 9)
    assert "EXTRA" not in table.column_names


def test_positions_get_their_healpix_cell_and_order(db, apogee):
    ingest_survey(db, "apogee", apogee)
    stored = fetch(db, "select RA, DEC, healpix from raw.apogee")
    ra, dec, cells = (np.array(values) for values in zip(*stored, strict=True))
    healpix = HEALPix(2**29, order="nested")
    expected = healpix.lonlat_to_healpix(ra * units.deg, dec * units.deg)
    np.testing.assert_array_equal(cells, expected)
    assert np.all(np.diff(cells) >= 0)


def test_missing_optional_columns_are_null_and_said_once(db, apogee):
    result = ingest_survey(db, "apogee", apogee)
    (warning,) = result.warnings
    assert re.match(r"\d+ columns are not in the file and stay NULL: FIELD, ", warning)
    assert "LOCATION_ID" not in warning  # nobody expects it
    assert fetch(db, "select count(FIELD), count(*) from raw.apogee") == [(0, N)]
    types = dict(
        fetch(db, "select column_name, column_type from (describe raw.apogee)")
    )
    assert (types["FIELD"], types["MG_FE"], types["STARFLAG"]) == (
        "VARCHAR",
        "FLOAT",
        "BIGINT",
    )


def test_the_null_audit_adds_up_to_the_nulls_of_the_table(db, tmp_path):
    columns = dict(STARS)
    columns["APOGEE_ID"] = columns["APOGEE_ID"].copy()
    columns["APOGEE_ID"][:3] = b"  "
    columns["TEFF"] = columns["TEFF"].copy()
    columns["TEFF"][:7] = -9999
    columns["LOGG"] = columns["LOGG"].copy()
    columns["LOGG"][:2] = np.nan
    ingest_survey(db, "apogee", write_fits(tmp_path / "t.fits", columns))
    audited = dict(
        fetch(
            db,
            "select column_name, sum(n)::int from meta.null_audit "
            "where layer = 'raw' group by all",
        )
    )
    names = [name for (name, *_) in fetch(db, "describe raw.apogee")]
    nulls = {
        name: fetch(db, f'select count(*) - count("{name}") from raw.apogee')[0][0]
        for name in names
    }
    assert {name: count for name, count in nulls.items() if count} == audited
    assert audited["APOGEE_ID"] == 3
    staged = fetch(
        db, "select column_name, rule, n from meta.null_audit where layer = 'staging'"
    )
    assert ("TEFF", "< -9998", 7) in staged
    assert ("LOGG", "NaN", 2) in staged


@pytest.mark.parametrize(
    ("names", "column", "source"),
    [
        ({"TEFF": "teff"}, "TEFF", "teff"),
        (
            {"GAIAEDR3_SOURCE_ID": "dr3_source_id"},
            "GAIAEDR3_SOURCE_ID",
            "dr3_source_id",
        ),
        ({"EXTRA": "KS"}, "K", "KS"),
        ({"EXTRA": "K"}, "K", "K"),
        ({"EXTRA": "PARAM_M_H"}, "M_H", "PARAM_M_H"),
        ({"EXTRA": "Teff"}, "TEFF", "TEFF"),
    ],
)
def test_other_releases_names_reach_the_canonical_column(
    db, tmp_path, names, column, source
):
    path = write_fits(tmp_path / "t.fits", renamed(**names))
    ingest_survey(db, "apogee", path)
    found = fetch(
        db,
        "select source_name from meta.columns where table_name = 'apogee' "
        f"and column_name = '{column}'",
    )
    assert found == [(source,)]


def test_ks_wins_over_a_k_that_means_something_else(db, tmp_path):
    columns = STARS | {"K": np.full(N, 99.0), "KS": np.full(N, 7.5, "f4")}
    path = write_fits(tmp_path / "t.fits", columns)
    ingest_survey(db, "apogee", path, all_columns=True)
    assert fetch(db, "select distinct K, K_2 from raw.apogee") == [(7.5, 99.0)]


def test_further_columns_are_kept_when_asked_for(db, apogee):
    ingest_survey(db, "apogee", apogee, columns=["EXTRA"])
    assert fetch(db, "select sum(EXTRA) from raw.apogee") == [(N * (N - 1) // 2,)]


def test_further_columns_of_a_text_file_get_exact_types(db, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "APOGEE_ID|RA|DEC|TEFF|LOGG|dr3_source_id|n|x\na|1|2|5000|4|7|007|1\n"
    )
    ingest_survey(db, "apogee", path, all_columns=True)
    assert fetch(db, "select n, x + 1, TEFF from raw.apogee") == [("007", 2, 5000.0)]


def test_the_same_file_twice_changes_nothing(db, apogee):
    first = ingest_survey(db, "apogee", apogee)
    before = snapshot(db)
    again = ingest_survey(db, "apogee", apogee)
    assert again.unchanged
    assert (again.rows, again.columns) == (first.rows, first.columns)
    assert snapshot(db) == before


def test_another_file_needs_replace(db, apogee, tmp_path):
    ingest_survey(db, "apogee", apogee)
    before = snapshot(db)
    few = {name: values[:9] for name, values in STARS.items()}
    other = write_fits(tmp_path / "other.fits", few)
    with pytest.raises(StellarwhError, match=r"already holds .*--replace"):
        ingest_survey(db, "apogee", other)
    assert snapshot(db) == before
    ingest_survey(db, "apogee", other, replace=True)
    assert fetch(db, "select count(*) from raw.apogee") == [(9,)]
    assert fetch(db, "select survey, rows from meta.ingests") == [("apogee", 9)]


def test_the_same_file_with_other_columns_needs_replace(db, apogee):
    ingest_survey(db, "apogee", apogee)
    with pytest.raises(StellarwhError, match="other columns"):
        ingest_survey(db, "apogee", apogee, all_columns=True)


def test_provenance_is_written(db, tmp_path):
    path = write_fits(tmp_path / "t.fits", STARS, SIMULATE=True, ORIGIN="stellarwh")
    ingest_survey(db, "apogee", path)
    row = fetch(
        db,
        "select file, size, rows, release, is_simulated, ra_column, epoch, format, "
        "length(sha256) from meta.ingests",
    )
    size = path.stat().st_size
    assert row == [
        (str(path), size, N, "DR17", True, "RA", 2000.0, "FITS", 64),
    ]


def test_units_and_descriptions_become_comments(db, apogee):
    ingest_survey(db, "apogee", apogee)
    found = fetch(
        db,
        "select comment from duckdb_columns() where schema_name = 'raw' "
        "and table_name = 'apogee' and column_name = 'TEFF'",
    )
    assert found == [("calibrated effective temperature [K]",)]


def test_a_catalogue_of_ones_own_keeps_its_columns(db, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "id,RAdeg,DEdeg,code,big,healpix,Name,name\n"
        "9007199254740993,10.5,-20.25,007,12345678901234567890,1,a,b\n"
        "2,370,5,010,1,2,,c\n"
    )
    result = ingest_survey(db, "mine", path, ra="radeg", dec="DEdeg", epoch=1991.25)
    table = db.sql("from raw.mine order by id").to_arrow_table()
    assert table.column_names == [
        *("id", "RAdeg", "DEdeg", "code", "big", "healpix_2", "Name", "name_2"),
        "healpix",
    ]
    first = table.to_pylist()[1]
    assert first["id"] == 2**53 + 1
    assert (first["code"], first["big"]) == ("007", "12345678901234567890")
    assert [row["healpix"] is None for row in table.to_pylist()] == [True, False]
    assert any("1 of 2 rows have no position" in text for text in result.warnings)
    assert fetch(
        db, "select ra_column, dec_column, epoch, release from meta.ingests"
    ) == [("RAdeg", "DEdeg", 1991.25, "user catalogue")]


def test_an_empty_survey_file_gives_an_empty_table(db, tmp_path):
    none = {name: values[:0] for name, values in STARS.items()}
    result = ingest_survey(db, "apogee", write_fits(tmp_path / "t.fits", none))
    assert result.rows == 0
    assert fetch(db, "select count(*) from raw.apogee") == [(0,)]


def test_a_large_table_is_not_sorted_but_whole(db, apogee, monkeypatch):
    monkeypatch.setattr("stellarwh.ingest.load.SORTED_BYTES", 0)
    ingest_survey(db, "apogee", apogee)
    assert fetch(db, "select is_clustered from meta.ingests") == [(False,)]
    assert fetch(db, "select count(distinct APOGEE_ID) from raw.apogee") == [(N,)]
    assert fetch(db, "select current_setting('preserve_insertion_order')") == [(True,)]


def test_a_wide_table_is_stored_in_small_row_groups_and_whole(
    db, tmp_path, monkeypatch
):
    monkeypatch.setattr("stellarwh.ingest.load._ROW_GROUP_BYTES", 2048 * 800)
    rows = 10_000
    values = np.arange(rows)[:, None] + np.arange(100) / 128
    path = write_fits(
        tmp_path / "wide.fits",
        {"ra": values[:, 0] / 100, "dec": values[:, 0] / 200, "wide": values},
    )
    ingest_survey(db, "wide", path, ra="ra", dec="dec")
    groups = "select count(distinct row_group_id) from pragma_storage_info('raw.wide')"
    assert fetch(db, groups)[0][0] >= rows // 2048
    stored = db.execute("select wide from raw.wide order by wide[1]").fetchnumpy()
    assert np.array_equal(np.stack(stored["wide"]), values)


def test_a_wide_table_of_few_rows_is_written_once(db, tmp_path, monkeypatch):
    monkeypatch.setattr("stellarwh.ingest.load._ROW_GROUP_BYTES", 20_480 * 800)
    values = np.random.default_rng(3).normal(size=(60_000, 100))
    path = write_fits(tmp_path / "wide.fits", {"ra": abs(values[:, 0]), "w": values})
    threads = fetch(db, "select current_setting('threads')")

    ingest_survey(db, "wide", path, ra="ra", dec="ra")

    blocks = fetch(db, "select total_blocks * block_size from pragma_database_size()")
    assert blocks[0][0] < 1.1 * path.stat().st_size
    assert fetch(db, "select current_setting('threads')") == threads


def test_a_table_that_is_not_sorted_keeps_the_order_of_the_file(
    db, apogee, monkeypatch
):
    monkeypatch.setattr("stellarwh.ingest.load.SORTED_BYTES", 0)
    ingest_survey(db, "apogee", apogee)
    with fits.open(apogee) as file:
        expected = [(name,) for name in file[1].data["APOGEE_ID"]]
    assert fetch(db, "select APOGEE_ID from raw.apogee order by rowid") == expected


def test_progress_adds_up_to_the_file(db, apogee):
    seen: list[float] = []
    ingest_survey(db, "apogee", apogee, advance=seen.append)
    assert sum(seen) == pytest.approx(apogee.stat().st_size)


BAD_FILES = {
    "missing": (lambda p: None, "There is no file"),
    "empty": (lambda p: p.write_bytes(b""), "is empty"),
    "folder": (lambda p: p.mkdir(), "is a folder"),
    "words": (lambda p: p.write_text("not a catalogue\n"), "not a table"),
    "no_table": (lambda p: fits.PrimaryHDU(np.ones(3)).writeto(p), "holds no table"),
    "truncated": (
        lambda p: p.write_bytes(write_fits(p, STARS).read_bytes()[:30_000]),
        "truncated",
    ),
    "no_teff": (lambda p: write_fits(p, without("TEFF")), "no column TEFF.*nearest"),
    "other_survey": (lambda p: p.write_text("obsid,ra\n1,2\n"), "which apogee needs"),
    "text_in_numbers": (
        lambda p: p.write_text(
            "APOGEE_ID,RA,DEC,TEFF,LOGG,dr3_source_id\na,1,2,hot,3,4\n"
        ),
        "column TEFF holds 'hot'",
    ),
    "no_positions": (
        lambda p: write_fits(p, STARS | {"RA": np.full(N, -9999.0)}),
        "None of the 500 rows has a position",
    ),
    "sexagesimal": (
        lambda p: write_fits(p, STARS | {"RA": np.full(N, b"12:34:56.7")}),
        "RA",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_leaves_the_warehouse_as_it_was(db, apogee, tmp_path, case):
    ingest_survey(db, "apogee", apogee)
    make, message = BAD_FILES[case]
    path = tmp_path / "bad.fits"
    make(path)
    before = snapshot(db)
    with pytest.raises(StellarwhError, match=message) as caught:
        ingest_survey(db, "apogee", path, replace=True)
    assert "\n" not in str(caught.value)
    assert snapshot(db) == before


def test_the_next_file_goes_in_after_a_bad_one(db, apogee, tmp_path):
    before = snapshot(db)
    path = write_fits(tmp_path / "bad.fits", STARS | {"RA": np.full(N, -9999.0)})
    with pytest.raises(StellarwhError, match="None of the 500 rows has a position"):
        ingest_survey(db, "apogee", path)
    assert snapshot(db) == before
    assert ingest_survey(db, "apogee", apogee).rows == N


def test_a_failure_halfway_leaves_the_warehouse_as_it_was(db, apogee, monkeypatch):
    ingest_survey(db, "apogee", apogee)
    before = snapshot(db)

    def fail(*_: object, **__: object) -> None:
        raise duckdb.IOException("No space left on device")

    monkeypatch.setattr("stellarwh.ingest.write.write_record", fail)
    with pytest.raises(StellarwhError, match="No space left"):
        ingest_survey(db, "apogee", apogee, replace=True)
    assert snapshot(db) == before


def test_a_file_that_changes_while_it_is_read_is_refused(db, apogee, monkeypatch):
    before = snapshot(db)

    def grow(_: float) -> None:
        with apogee.open("ab") as file:
            file.write(b"\0")

    with pytest.raises(StellarwhError, match="changed while it was read"):
        ingest_survey(db, "apogee", apogee, advance=grow)
    assert snapshot(db) == before


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("apoge", {}, "There is no survey 'apoge'. Did you mean 'apogee'"),
        ("Apogee", {"ra": "RA", "dec": "DEC"}, "would hide the survey 'apogee'"),
        ("my stars", {"ra": "RA", "dec": "DEC"}, "cannot name a table"),
        ("mine", {"ra": "RAS", "dec": "DEC"}, r"--ra.*Did you mean 'RA'"),
        ("mine", {"ra": "RA"}, "--ra goes with --dec COLUMN"),
        ("mine", {"dec": "DEC"}, "--dec goes with --ra COLUMN"),
        ("mine", {}, "has the columns of apogee: stellarwh ingest apogee .*fits"),
        ("apogee", {"ra": "RA", "dec": "DEC"}, "its own position columns"),
        ("apogee", {"no_position": True}, "its own position columns"),
        ("mine", {"no_position": True, "ra": "RA"}, "goes without --ra"),
        ("mine", {}, "or --no-position"),
        ("apogee", {"columns": ["EXTRAS"]}, r"--columns.*Did you mean 'EXTRA'"),
        ("mine", {"ra": "APOGEE_ID", "dec": "DEC"}, "decimal degrees: 150.25, not 10:"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(db, apogee, name, options, message):
    before = snapshot(db)
    with pytest.raises(StellarwhError, match=message):
        ingest_survey(db, name, apogee, **options)
    assert snapshot(db) == before


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("kepid,ra,dec", "has ra and dec; .* 'my stars.csv' --ra ra --dec dec$"),
        ("kepid,RA_ICRS,DE_ICRS", "--ra RA_ICRS --dec DE_ICRS$"),
        ("kepid,x,y", "joins by an id.$"),
    ],
)
def test_a_catalogue_without_named_positions_is_told_its_command(
    db, tmp_path, monkeypatch, header, said
):
    monkeypatch.chdir(tmp_path)
    file = Path("my stars.csv")
    file.write_text(f"{header}\n1,10.5,-3.25\n")
    with pytest.raises(StellarwhError, match=said) as raised:
        ingest_survey(db, "kepler", file)
    assert "\n" not in str(raised.value)
    # The command that it names works.
    _, command, words = str(raised.value).rpartition("stellarwh ingest ")
    if command:
        name, path, _, ra, _, dec = shlex.split(words)
        assert ingest_survey(db, name, Path(path), ra=ra, dec=dec).rows == 1


def test_a_catalogue_without_positions_joins_by_id(db, tmp_path):
    path = write_fits(tmp_path / "t.fits", {"id": np.arange(N), "mass": RA})
    result = ingest_survey(db, "mine", path, no_position=True)
    assert (result.rows, result.columns, result.warnings) == (N, 2, ())
    found = db.execute("select count(*), count(healpix) from raw.mine").fetchone()
    assert found == (N, 0)


def test_positions_in_radians_are_refused_or_doubted(db, tmp_path):
    columns = {"id": np.arange(N), "ra": np.radians(RA), "dec": np.radians(DEC)}
    path = write_fits(tmp_path / "t.fits", columns)
    result = ingest_survey(db, "mine", path, ra="ra", dec="dec")
    assert "radians" in result.warnings[-1]
    path = write_fits(tmp_path / "u.fits", columns, TUNIT2="rad")
    with pytest.raises(StellarwhError, match="is in 'rad'"):
        ingest_survey(db, "other", path, ra="ra", dec="dec")


def test_the_default_file_is_looked_for_in_data(db, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StellarwhError, match=r"allStarLite-dr17-synspec_rev1\.fits"):
        ingest_survey(db, "apogee")
    (tmp_path / "data").mkdir()
    write_fits(tmp_path / "data" / "allStar-dr17-synspec_rev1.fits", STARS)
    assert ingest_survey(db, "apogee").rows == N
