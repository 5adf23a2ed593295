"""Units, UCDs and descriptions go through a query, as far as they can be told."""

import pytest


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        ("ra", "deg"),
        ("-ra", "deg"),
        ("ra + dec", "deg"),
        ("ra + teff", ""),
        ("2 * ra", "deg"),
        ("ra / 2", "deg"),
        ("2 / ra", ""),
        ("ra / dec", ""),
        ("ra * dec", "deg**2"),
        ("abs(ra)", "deg"),
        ("round(ra, 2)", "deg"),
        ("avg(teff)", "K"),
        ("count(teff)", ""),
        ("coalesce(ra, dec)", "deg"),
        ("coalesce(ra, teff)", ""),
        ("in_unit(ra, 'arcmin')", "arcmin"),
        ("radians(ra)", "rad"),
        ("log10(teff)", ""),
        ("cast(teff as integer)", "K"),
        ("distance(point(ra, dec), point(0, 0))", "deg"),
        ("area(circle(ra, dec, 1))", "deg**2"),
    ],
)
def test_units(asked, expression, unit):
    (column,) = asked.columns(f"select {expression} as x from stars")
    assert (column.name, column.unit) == ("x", unit)


def test_in_unit_multiplies(asked):
    one = "from stars where star_id = 1"
    assert asked.one(f"select in_unit(ra, 'arcmin') as x {one}") == 600.0
    assert asked.one(f"select in_unit(2 * teff, 'kK') as x {one}") == 10.0
    assert asked.one(f"select in_unit(teff, 'K') as x {one}") == 5000.0


def test_a_column_stays_what_it_is_through_queries(asked):
    (column,) = asked.columns(
        "with t as (select ra as alpha from stars) "
        "select alpha from (select alpha from t) as u"
    )
    assert (column.name, column.unit, column.ucd, column.description, column.type) == (
        *("alpha", "deg", "pos.eq.ra;meta.main", "right ascension"),
        "DOUBLE",
    )


def test_of_a_union_stays_what_both_sides_have(asked):
    (column,) = asked.columns("select ra from stars union select ra from raw.seen")
    assert (column.unit, column.ucd) == ("deg", "")


def test_what_is_computed_says_so(asked):
    mean, number, place = asked.columns(
        "select avg(teff), count(*), point(ra, dec) from stars group by ra, dec"
    )
    assert (mean.name, mean.ucd) == (
        "avg_teff",
        "phys.temperature.effective;stat.mean",
    )
    assert mean.description == "mean of: temperature"
    assert (number.name, number.ucd) == ("count", "meta.number")
    assert (place.name, place.xtype) == ("point", "point")


def test_no_two_columns_of_a_result_have_one_name(asked):
    query = "select a.ra, b.ra, 1+1, 2+2 from stars as a, raw.seen as b"
    names = [column.name for column in asked.columns(query)]
    assert names == ["ra", "ra_2", "value", "value_2"]
