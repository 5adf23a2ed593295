"""Several files become one raw table, each with its own provenance."""

from pathlib import Path

import duckdb
import pytest
from astropy import units as u
from astropy.table import Table

from stellarwh.errors import StellarwhError, UsageError, WarehouseError
from stellarwh.ingest import Options, ingest_files, ingest_survey
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.freshness import read_sources, stale_surveys
from stellarwh.warehouse.status import describe_warehouse

POSITION = {"ra": "ra", "dec": "dec"}


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.fixture
def north(tmp_path: Path) -> Path:
    return write(tmp_path / "north.csv", "id,ra,dec,mag\n1,10,20,5\n2,11,21,6\n")


@pytest.fixture
def south(tmp_path: Path) -> Path:
    return write(tmp_path / "south.csv", "id,ra,dec,MAG,fe\n3,12,-20,7.5,-1\n")


def add(connection: duckdb.DuckDBPyConnection, path: Path, **options: object):
    return ingest_survey(connection, "fields", path, append=True, **options)


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return connection.execute(sql).fetchall()


def everything(connection: duckdb.DuckDBPyConnection) -> list[object]:
    return [
        rows(connection, "from raw.fields order by all"),
        rows(connection, "describe raw.fields"),
        rows(connection, "from meta.ingests order by all"),
        rows(connection, "from meta.columns order by all"),
        rows(connection, "from meta.null_audit order by all"),
        rows(connection, "select table_name from duckdb_tables() order by all"),
    ]


def test_columns_are_united_by_name_and_what_is_missing_is_null(
    connection, north, south
):
    ingest_survey(connection, "fields", north, **POSITION)
    result = add(connection, south)
    assert (result.rows, result.total_rows, result.unchanged) == (1, 3, False)
    assert rows(
        connection, "select id, ra, dec, mag, fe from raw.fields order by id"
    ) == [(1, 10, 20, 5, None), (2, 11, 21, 6, None), (3, 12, -20, 7.5, -1)]
    assert "1 columns new with south.csv, NULL before in 2 rows: fe." in (
        result.warnings
    )
    misplaced = (
        "select count(*) from raw.fields "
        "where healpix is distinct from healpix_nested(29, ra, dec)"
    )
    assert rows(connection, misplaced) == [(0,)]
    audit = "select column_name, rule, n from meta.null_audit where layer = 'raw'"
    assert rows(connection, audit) == [("fe", "column absent", 2)]


def test_each_file_has_its_own_provenance(connection, north, south, warehouse_path):
    ingest_survey(connection, "fields", north, **POSITION, epoch=2016.0)
    add(connection, south)
    told = "select ingest_id, file, rows, length(sha256), ra_column, epoch, columns "
    assert rows(connection, f"{told} from meta.ingests order by 1") == [
        (1, str(north), 2, 64, "ra", 2016.0, 4),
        (2, str(south), 1, 64, "ra", 2016.0, 5),
    ]
    status = describe_warehouse(connection, warehouse_path)
    assert any(
        "raw.fields: 3 rows x 5 columns" in line
        and "from 2 files (north.csv, south.csv)" in line
        for line in status
    )


def test_files_of_one_name_are_told_apart_by_their_folders(
    connection, north, tmp_path, warehouse_path
):
    (tmp_path / "more").mkdir()
    other = write(tmp_path / "more" / "north.csv", "ra,dec\n1,2\n")
    add(connection, north, **POSITION)
    add(connection, other)
    status = "\n".join(describe_warehouse(connection, warehouse_path))
    assert f"from 2 files ({north}, {other})" in status


def test_the_same_file_twice_changes_nothing(connection, north, south):
    add(connection, north, **POSITION)
    add(connection, south)
    before = everything(connection)
    for path in (north, south):
        assert add(connection, path).unchanged
        assert ingest_survey(connection, "fields", path, **POSITION).unchanged
    assert ingest_survey(connection, "fields", south).unchanged
    assert everything(connection) == before


def test_without_append_another_file_is_refused_and_replace_replaces_all(
    connection, north, south, tmp_path
):
    add(connection, north, **POSITION)
    add(connection, south)
    other = write(tmp_path / "other.csv", "ra,dec\n1,2\n")
    before = everything(connection)
    with pytest.raises(
        WarehouseError,
        match=r"holds north.csv, south.csv \(3 rows\); give --append .*--replace",
    ):
        ingest_survey(connection, "fields", other, **POSITION)
    with pytest.raises(UsageError, match="--append keeps"):
        add(connection, other, replace=True)
    assert everything(connection) == before
    ingest_survey(connection, "fields", other, replace=True, **POSITION)
    told = "select ingest_id, file from meta.ingests"
    assert rows(connection, told) == [(3, str(other))]
    assert rows(connection, "select count(*) from raw.fields") == [(1,)]


def test_several_files_in_one_go_are_all_or_nothing(connection, north, south, tmp_path):
    bad = write(tmp_path / "bad.csv", "id,ra,dec,mag\nx,1,2,3\n")
    options = Options(**POSITION)
    with pytest.raises(WarehouseError, match="id is VARCHAR in it and BIGINT there"):
        ingest_files(connection, "fields", [north, south, bad], options)
    assert rows(connection, "select count(*) from meta.ingests") == [(0,)]
    assert ("fields",) not in rows(connection, "select table_name from duckdb_tables()")
    done = ingest_files(connection, "fields", [north, south], options)
    assert [result.rows for result in done] == [2, 1]
    before = everything(connection)
    with pytest.raises(WarehouseError, match="VARCHAR"):
        add(connection, bad)
    assert everything(connection) == before
    copy = write(tmp_path / "copy.csv", north.read_text())
    with pytest.raises(StellarwhError, match=r"same file as .*north"):
        ingest_files(connection, "others", [north, copy], Options(ra="ra", dec="dec"))


@pytest.mark.parametrize(
    ("first", "second", "kind", "values"),
    [
        ("5", "7.5", "DOUBLE", [5.0, 7.5]),
        ("7.5", "5", "DOUBLE", [7.5, 5.0]),
        ("", "7.5", "DOUBLE", [None, 7.5]),
        ("7.5", "", "DOUBLE", [7.5, None]),
        ("12a", "007", "VARCHAR", ["12a", "007"]),
        ("12a", "12", "VARCHAR", ["12a", "12"]),
        ("9007199254740993", "5", "BIGINT", [2**53 + 1, 5]),
    ],
)
def test_types_that_agree_hold_every_value(
    connection, tmp_path, first, second, kind, values
):
    for number, value in enumerate((first, second)):
        text = f"n,ra,dec,x\n{number},1,2,{value}\n"
        add(connection, write(tmp_path / f"{number}.csv", text), **POSITION)
    found = rows(connection, "select typeof(x), x from raw.fields order by n")
    assert found == [(kind, value) for value in values]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("5", "12a", r"x is VARCHAR in it and BIGINT there"),
        ("9007199254740993", "7.5", "which would be rounded"),
        ("7.5", "9007199254740993", "which would be rounded"),
    ],
)
def test_types_that_do_not_agree_are_refused(
    connection, tmp_path, first, second, message
):
    one = write(tmp_path / "1.csv", f"ra,dec,x\n1,2,{first}\n")
    two = write(tmp_path / "2.csv", f"ra,dec,x\n1,2,{second}\n")
    add(connection, one, **POSITION)
    before = everything(connection)
    with pytest.raises(WarehouseError, match=f"{message}.*--columns '-x'"):
        add(connection, two)
    assert everything(connection) == before
    add(connection, two, columns=["-x"])


def test_other_units_epochs_and_positions_are_refused(connection, tmp_path):
    def table(name: str, unit: u.UnitBase | None, **more: list[float]) -> Path:
        made = Table({"ra": [1.0], "dec": [2.0], "pm": [3.0], **more})
        made["pm"].unit = unit
        made.write(tmp_path / name)
        return tmp_path / name

    add(connection, table("a.fits", u.mas / u.yr), **POSITION, epoch=2000.0)
    with pytest.raises(WarehouseError, match=r"pm is in 'arcsec.*'.*in 'mas"):
        add(connection, table("b.fits", u.arcsec / u.yr))
    other = table("c.fits", u.Unit("yr-1 mas"), lon=[4.0])
    with pytest.raises(WarehouseError, match="position is in lon and dec"):
        add(connection, other, ra="lon", dec="dec")
    with pytest.raises(WarehouseError, match=r"epoch is 2016.0, and there 2000.0"):
        add(connection, other, epoch=2016.0)
    assert add(connection, other).total_rows == 2
    add(connection, table("d.fits", None))


APOGEE = "APOGEE_ID,RA,DEC,TEFF,LOGG,{}\na{},1,2,5000,4{}\n"


def test_parts_of_a_survey_are_of_one_release(connection, tmp_path):
    def part(number: int, column: str = "GAIAEDR3_SOURCE_ID") -> Path:
        path = tmp_path / f"{column}{number}.csv"
        values = ",7" * len(column.split(","))
        return write(path, APOGEE.format(column, number, values))

    for number in range(3):
        result = ingest_survey(connection, "apogee", part(number), append=True)
    assert result.total_rows == 3
    assert rows(connection, "select count(*), count(FIELD) from raw.apogee") == [(3, 0)]
    assert rows(
        connection, "select rule, n from meta.null_audit where column_name = 'FIELD'"
    ) == [("column absent", 3)]
    with pytest.raises(WarehouseError, match=r"cannot be appended .*it is DR16.*DR17"):
        ingest_survey(
            connection, "apogee", part(9, "GAIA_SOURCE_ID,TEFF_SPEC,CE_FE"), append=True
        )


def test_a_simulated_part_is_said_and_recorded(connection, tmp_path):
    def table(name: str, *, simulated: bool) -> Path:
        made = Table({"ra": [1.0], "dec": [2.0], "n": [len(name)]})
        made.meta["SIMULATE"] = simulated
        made.write(tmp_path / name)
        return tmp_path / name

    add(connection, table("real.fits", simulated=False), **POSITION)
    result = add(connection, table("made.fits", simulated=True))
    assert any("made.fits is simulated" in text for text in result.warnings)
    told = "select is_simulated from meta.ingests order by ingest_id"
    assert rows(connection, told) == [(False,), (True,)]


def test_an_interrupted_append_loses_nothing(connection, north, south, monkeypatch):
    add(connection, north, **POSITION)
    before = everything(connection)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stellarwh.ingest.append.add_columns", fail)
    with pytest.raises(KeyboardInterrupt):
        add(connection, south)
    assert everything(connection) == before


def test_a_build_is_stale_after_an_append_and_counts_all_rows_after_the_next(
    connection, tmp_path
):
    def part(number: int) -> Path:
        text = APOGEE.format("GAIAEDR3_SOURCE_ID", number, f",{number + 1}")
        return write(tmp_path / f"{number}.csv", text.replace(",1,2,", f",1,{number},"))

    ingest_survey(connection, "apogee", part(1))
    build_views(connection)
    assert stale_surveys(connection) == []
    ingest_survey(connection, "apogee", part(2), append=True)
    assert stale_surveys(connection) == ["files were appended to raw.apogee after it"]
    assert len(read_sources(connection, ["apogee"])) == 2
    build_views(connection)
    assert stale_surveys(connection) == []
    assert rows(connection, "select count(*) from main.stars") == [(2,)]
    built = "select len(sources) from meta.builds order by built_at"
    assert rows(connection, built) == [(1,), (2,)]
