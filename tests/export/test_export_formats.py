"""What is exported comes back: values, NULLs, 64-bit ids, units, UCDs."""

import csv
import math
import shutil
import subprocess
import warnings

import pytest
from astropy.table import Table

from stellarwh.export.export import export_table
from stellarwh.ingest import ingest_survey

ENDINGS = ["parquet", "fits", "vot", "votable", "xml", "ecsv"]
SQL = """
create table raw.things as select * from (values
 (4611686018427387905::bigint, 10.5::double, -5.0::double, 1.5::float, 'Sun',
  'α Cen', true, [1, 2]::integer[2], [0.5, 1.5]::float[2], 7::smallint),
 (-1, 11.5, 6.0, null, null, 'b', null, null, null, null),
 (null, 12.5, 7.0, 'inf', 'x,"y" z', null, false, [null, 4], [-0.5, 'nan'::float], -3)
) as t (id, ra, "dec", teff, name, greek, good, pair, flux, n)
"""


@pytest.fixture
def things(connection):
    connection.execute(SQL)
    connection.execute(
        "insert into meta.columns by name select 'raw' as schema_name, 'things' as "
        "table_name, 'teff' as column_name, 'log (cgs)' as unit, "
        "'phys.temperature.effective' as ucd, 'A & \"b\" <c>' as description"
    )
    return connection


def same(ours: object, theirs: object, *, one_spelling: bool) -> bool:
    if isinstance(ours, list | tuple) and isinstance(theirs, list | tuple):
        return all(
            same(*p, one_spelling=one_spelling) for p in zip(ours, theirs, strict=True)
        )
    if isinstance(theirs, float) and math.isnan(theirs):
        # FITS, and VOTable within arrays, have one spelling for a missing number and
        # for NaN.
        return (ours is None and one_spelling) or (
            isinstance(ours, float) and math.isnan(ours)
        )
    if theirs is None and one_spelling:
        return ours is None or (isinstance(ours, float) and math.isnan(ours))
    return ours == theirs


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_cell_unit_and_ucd_comes_back(things, tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    assert export_table(things, "raw.things", path) == 3
    ingest_survey(things, "back", path, ra="ra", dec="dec")
    columns = 'id, ra, "dec", teff, name, greek, good, pair, flux, n'
    query = "select " + columns + " from raw.{} order by ra"
    before = things.execute(query.format("things")).fetchall()
    after = things.execute(query.format("back")).fetchall()
    for row, back in zip(before, after, strict=True):
        for ours, theirs in zip(row, back, strict=True):
            is_gone = ours is None and isinstance(theirs, tuple)
            if ending != "parquet" and is_gone:
                # FITS, and astropy for the others, know only missing elements.
                assert all(v is None or math.isnan(v) for v in theirs)
                continue
            assert same(ours, theirs, one_spelling=ending != "parquet"), (ours, theirs)
    found = things.execute(
        "select unit, ucd, description from meta.columns "
        "where table_name = 'back' and column_name = 'teff'"
    ).fetchone()
    assert found == ("log (cgs)", "phys.temperature.effective", 'A & "b" <c>')


@pytest.mark.parametrize(
    ("ending", "kind"),
    [("vot", "votable"), ("ecsv", "ascii.ecsv"), ("parquet", "parquet.votable")],
)
def test_astropy_reads_values_units_and_ucds(things, tmp_path, ending, kind):
    things.execute("alter table raw.things drop column pair")
    things.execute("alter table raw.things drop column flux")
    # astropy reads no Parquet with missing texts, and missing integers as floats.
    things.execute("update raw.things set name = '-', greek = '-', good = true")
    things.execute("update raw.things set id = 5 where id is null")
    path = tmp_path / f"t.{ending}"
    export_table(things, "raw.things", path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = Table.read(path, format=kind)
    assert table["id"].tolist() == [2**62 + 1, -1, 5]
    assert str(table["teff"].unit) == "log (cgs)"
    assert table["teff"].description == 'A & "b" <c>'
    assert table["teff"].meta["ucd"] == "phys.temperature.effective"
    assert table["ra"].tolist() == [10.5, 11.5, 12.5]


@pytest.mark.skipif(shutil.which("stilts") is None, reason="STILTS is not installed")
@pytest.mark.parametrize("ending", ["vot", "fits", "ecsv"])
def test_stilts_reads_the_values(things, tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    export_table(things, "raw.things", path)
    command = [
        "stilts",
        "tpipe",
        f"in={path}",
        f"ifmt={ending.replace('vot', 'votable')}",
    ]
    command = [word.replace("votableable", "votable") for word in command]
    out = subprocess.run(
        [*command, "cmd=keepcols 'id ra n'", "ofmt=csv"],
        check=True,
        capture_output=True,
        text=True,
    )
    rows = list(csv.reader(out.stdout.splitlines()))[1:]
    assert [(int(r[0]) if r[0] else None, float(r[1]), r[2]) for r in rows] == [
        (2**62 + 1, 10.5, "7"),
        (-1, 11.5, ""),
        (None, 12.5, "-3"),
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_table_without_rows_is_written(things, tmp_path, ending):
    things.execute("delete from raw.things")
    assert export_table(things, "raw.things", tmp_path / f"t.{ending}") == 0


@pytest.mark.parametrize("ending", ["vot", "fits", "ecsv"])
def test_what_a_format_has_no_type_for_is_written_exactly(connection, tmp_path, ending):
    connection.execute(
        "create table raw.odd as select 9007199254740993::hugeint as big, "
        "[1, 2] as list, [[1, 2], [3, 4]]::integer[2][2] as grid, "
        "timestamp '2026-01-02 03:04:05' as time, 1.25::decimal(9, 2) as price"
    )
    path = tmp_path / f"t.{ending}"
    export_table(connection, "raw.odd", path)
    kind = {"vot": "votable", "ecsv": "ascii.ecsv"}.get(ending, ending)
    (row,) = Table.read(path, format=kind).iterrows("big", "list", "grid", "price")
    assert (int(row[0]), float(row[3])) == (2**53 + 1, 1.25)
    assert [cell.tolist() for cell in row[1:3]] == [[1, 2], [[1, 2], [3, 4]]]


@pytest.mark.parametrize("ending", ["parquet", "csv", "fits", "vot", "ecsv"])
@pytest.mark.parametrize("asked", ["raw.things", "select * from raw.things"])
def test_progress_is_told_up_to_the_last_row(things, tmp_path, ending, asked):
    told = []
    export_table(
        things,
        asked,
        tmp_path / f"t.{ending}",
        progress=lambda *rows: told.append(rows),
    )
    assert told[0][0] == 0
    assert told[-1][0] == 3
    assert {rows for _, rows in told} <= {3, None}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    if asked == "raw.things":
        assert {rows for _, rows in told} == {3}


@pytest.mark.parametrize("ending", ["parquet", "csv", "fits", "vot", "ecsv"])
def test_an_interrupted_export_leaves_what_was_there(things, tmp_path, ending):
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / f"t.{ending}"
    path.write_text("before")

    def interrupt(done, rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_table(things, "raw.things", path, overwrite=True, progress=interrupt)
    assert [p.read_text() for p in folder.iterdir()] == ["before"]
