import duckdb
import pytest

from stellarwh.adql.tables import Column, Table, Tables
from stellarwh.adql.translate import translate
from stellarwh.warehouse.objects import create_macros, create_tables

STARS = """
create table main.stars as
select
    id::bigint as star_id, ra::double as ra, "dec"::double as "dec",
    teff::double as teff, name
from (values
    (1, 10.0, 20.0, 5000, 'HD 1'), (2, 10.1, 20.0, 4000, 'hd 2'),
    (3, 359.9999, -5.0, null, 'X'), (4, 0.0001, -5.0, -10, null),
    (5, 200.0, 89.9999, 0, 'pole'), (6, 20.0, 89.9999, 7000, 'Pole 2'),
    (7, null, null, 6000, 'nowhere')
) as t(id, ra, "dec", teff, name)
"""
SEEN = """
create table raw.seen as
select
    id::bigint as id, ra::double as ra, "dec"::double as "dec",
    star_id::bigint as star_id, mag::double as mag
from (values
    (1, 10.0001, 20.0, 1, 9.5), (2, 10.0, 20.00005, 1, 10.5), (3, 0.0, -5.0, 3, 11.5),
    (4, 110.0, 89.99995, 6, 12.5), (5, 50.0, 0.0, null, 13.5), (6, null, null, 2, null)
) as t(id, ra, "dec", star_id, mag)
"""
STARS_COLUMNS = (
    Column("star_id", "BIGINT", "", "meta.id;meta.main", "id of the star"),
    Column("ra", "DOUBLE", "deg", "pos.eq.ra;meta.main", "right ascension"),
    Column("dec", "DOUBLE", "deg", "pos.eq.dec;meta.main", "declination"),
    Column("teff", "DOUBLE", "K", "phys.temperature.effective", "temperature"),
    Column("name", "VARCHAR"),
)
SEEN_COLUMNS = (
    Column("id", "BIGINT"),
    Column("ra", "DOUBLE", "deg", "pos.eq.ra"),
    Column("dec", "DOUBLE", "deg", "pos.eq.dec"),
    Column("star_id", "BIGINT"),
    Column("mag", "DOUBLE", "mag", "phot.mag", "magnitude"),
)


class Asked:
    """A few rows, and what is known of them."""

    def __init__(self, connection, rows=(None, None)):
        self.connection = connection
        self.tables = Tables(
            (
                Table("main", "stars", STARS_COLUMNS, "a star", rows=rows[0]),
                Table("raw", "seen", SEEN_COLUMNS, "a sighting", rows=rows[1]),
                Table("main", "flags", (Column("flag", "BOOLEAN"),)),
            )
        )

    def translated(self, text, **options):
        return translate(text, self.tables, **options)

    def rows(self, text, **options):
        return self.connection.execute(self.translated(text, **options).sql).fetchall()

    def one(self, text):
        """Return the one value that a query gives."""
        ((value,),) = self.rows(text)
        return value

    def columns(self, text):
        return self.translated(text).columns


@pytest.fixture(scope="session")
def small():
    with duckdb.connect() as connection:  # noqa: TID251 - opens no file
        create_tables(connection)
        create_macros(connection)
        connection.execute(STARS)
        connection.execute(SEEN)
        connection.execute(
            "create table main.flags as select unnest([true, false, null]) as flag"
        )
        connection.execute(
            "insert into meta.flag_bits values "
            "('apogee', 'ASPCAPFLAG', 23, 'STAR_BAD', 'bad', true, 'no good')"
        )
        yield connection


@pytest.fixture(scope="session")
def asked(small):
    return Asked(small)
