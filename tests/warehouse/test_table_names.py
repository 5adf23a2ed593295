"""One rule for the names of tables, whoever is told them."""

import csv

import pytest

from stellarwh.errors import NoTableError, WarehouseError
from stellarwh.export.export import export_table
from stellarwh.ingest.ingest import ingest_survey
from stellarwh.learning.tasks.task import read_task
from stellarwh.match import match_tables
from stellarwh.quoting import quote_identifier
from stellarwh.warehouse.tables import TableName, find_table

# Two rows under names of ours, each row of its own id.
OURS = ("stars", "parameters", "ingests", "runs")
HOSTILE = ("My View", "a.b", 'we"ird', "select", "Ünïcode", "raw.stars")


@pytest.fixture
def named(connection, tmp_path):
    """A warehouse in which catalogues are called as views of ours, and tables oddly."""
    for number, name in enumerate((*OURS, "order", "galah_like")):
        path = tmp_path / f"{name}.csv"
        path.write_text(f"id,ra,dec\n{number},{10 + number},20\n")
        ingest_survey(connection, name, path, ra="ra", dec="dec", epoch=2000)
    for name in ("main.stars", "main.parameters", "staging.galah_like"):
        connection.execute(
            f"create view {name} as select 99 as id, 5.0 as ra, 0 as dec"
        )
    for number, name in enumerate(HOSTILE):
        connection.execute(
            f"create table main.{quote_identifier(name)} as select {number} as id, "
            f"{10.0 + number} as ra, 20.0 as dec"
        )
    return connection


def exported_ids(connection, name, tmp_path):
    path = tmp_path / "out.csv"
    export_table(connection, name, path, overwrite=True)
    with path.open() as file:
        return [int(row["id"]) for row in csv.DictReader(file)]


def matched_ids(connection, name):
    pairs = match_tables(connection, name, name).pairs
    return pairs["left_id"].to_pylist()


@pytest.mark.parametrize("name", ["stars", "PARAMETERS", ' "stars"', "runs", "ingests"])
def test_a_name_of_ours_and_of_a_catalogue_is_asked_about(named, tmp_path, name):
    both = r"raw\..* say which one|of raw\..* and of"
    with pytest.raises(WarehouseError, match=both) as found:
        export_table(named, name, tmp_path / "out.csv")
    assert not isinstance(found.value, NoTableError)
    with pytest.raises(WarehouseError, match=both):
        match_tables(named, name, "raw.order")


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("raw.stars", [0]),
        ("RAW.Stars", [0]),
        ('raw."stars"', [0]),
        ("main.stars", [99]),
        ("main.parameters", [99]),
        ("order", [4]),
        *((name, [number]) for number, name in enumerate(HOSTILE[:5])),
        *((f"main.{name}", [number]) for number, name in enumerate(HOSTILE)),
        *(
            (f"main.{quote_identifier(name)}", [number])
            for number, name in enumerate(HOSTILE)
        ),
        ("my view", [0]),
        ('"raw.stars"', [5]),
    ],
)
def test_a_table_of_any_name_is_exported_and_matched(named, tmp_path, name, ids):
    if name.lower() == "raw.stars":  # the table main."raw.stars" is called like it
        named.execute('drop table main."raw.stars"')
    assert exported_ids(named, name, tmp_path) == ids
    assert matched_ids(named, name) == ids


def test_a_match_takes_the_bare_name_of_a_survey_for_its_catalogue(named, tmp_path):
    assert matched_ids(named, "galah_like") == [5]
    with pytest.raises(WarehouseError, match=r"raw\.galah_like and of staging\.galah"):
        export_table(named, "galah_like", tmp_path / "out.csv")


def test_a_name_that_is_not_there_is_told_with_the_nearest_one(named):
    with pytest.raises(NoTableError, match=r"""Did you mean '"My View"'"""):
        find_table(named, "My Viwe")


@pytest.mark.parametrize("name", ["My Task", "a.task", 'we"ird', "select"])
def test_a_task_of_any_name_is_found(named, name):
    table = TableName("features", name)
    named.execute(
        f"create table {table.quoted} as select 1::bigint as star_id, "
        "1.0 as x, 2.0 as label_y, 0 as healpix_group"
    )
    for asked in (name, name.upper(), f"features.{name}", str(table)):
        assert read_task(named, asked).name == name


def test_macros_take_names_as_sql_writes_them(named):
    named.execute('drop table main."raw.stars"')
    for name, number in (
        ("raw.stars", 0), ("main.stars", 99), ("raw.order", 4), ('main."My View"', 0),
        ("My View", 0), ('main."a.b"', 1), ('"select"', 3),
    ):  # fmt: skip
        pairs = named.execute(f"from crossmatch('{name}', '{name}', 1)").fetchall()
        assert [row[:2] for row in pairs] == [(number, number)]
        ra = 5 if number == 99 else 10 + number
        cone = f"from cone_search('{name}', {ra}, {0 if number == 99 else 20}, 1)"
        assert [row[0] for row in named.execute(cone).fetchall()] == [number]


def test_an_empty_table_matches_nothing(named):
    named.execute("create table main.none (id int, ra double, dec double)")
    assert match_tables(named, "main.none", "main.stars").pairs.num_rows == 0
