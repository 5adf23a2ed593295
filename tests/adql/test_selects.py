"""What a query gives: rows in, rows out."""

import math

import pytest

from stellarwh.errors import AdqlError


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select top 2 star_id from stars order by teff desc", [(6,), (7,)]),
        ("select star_id from main.stars order by 1 offset 5", [(6,), (7,)]),
        # Rows without a value come last, whichever way.
        ("select top 1 star_id from stars order by name desc", [(5,)]),
        ("select star_id from stars order by name desc offset 6", [(4,)]),
        ("select s.star_id from stars as s where s.name is null", [(4,)]),
        ("select stars.star_id from stars where main.stars.teff > 6500", [(6,)]),
        ("select star_id from stars where name like 'HD%'", [(1,)]),
        ("select star_id from stars where name ilike 'hd%' order by 1", [(1,), (2,)]),
        ("select star_id from stars where not name like '%o%' order by 1",
         [(1,), (2,), (3,)]),
        ("select star_id from stars where teff between -10 and 0 order by star_id",
         [(4,), (5,)]),
        ("select star_id from stars where star_id in (2, 3, 9) order by star_id",
         [(2,), (3,)]),
        ("select star_id from stars where star_id not in (1,2,3,4,5,6)", [(7,)]),
        ("select distinct star_id from raw.seen where star_id is not null order by 1",
         [(1,), (2,), (3,), (6,)]),
    ],
)  # fmt: skip
def test_rows_of_one_table(asked, query, expected):
    assert asked.rows(query) == expected


def test_groups(asked):
    assert asked.rows(
        "select star_id, count(*) as n, max(mag) as faintest from raw.seen "
        "group by star_id having count(*) > 1"
    ) == [(1, 2, 10.5)]
    assert asked.rows(
        "select floor(mag) as m, count(distinct star_id) from raw.seen "
        "where mag is not null group by m order by m desc"
    ) == [(13.0, 0), (12.0, 1), (11.0, 1), (10.0, 1), (9.0, 1)]
    assert asked.one("select count(*) from stars") == 7
    assert asked.one("select count(name) from stars") == 6


@pytest.mark.parametrize(
    ("join", "expected"),
    [
        ("join raw.seen as b on a.star_id = b.star_id", [1, 1, 2, 3, 6]),
        ("join raw.seen as b using (star_id)", [1, 1, 2, 3, 6]),
        ("left outer join raw.seen as b using (star_id)", [1, 1, 2, 3, 4, 5, 6, 7]),
        ("right join raw.seen as b using (star_id)", [1, 1, 2, 3, 6, None]),
        ("full outer join raw.seen as b using (star_id)",
         [1, 1, 2, 3, 4, 5, 6, 7, None]),
        (", raw.seen as b where a.star_id = b.star_id", [1, 1, 2, 3, 6]),
    ],
)  # fmt: skip
def test_joins(asked, join, expected):
    name = "star_id" if "using" in join else "a.star_id"
    found = asked.rows(f"select {name} as i from stars as a {join} order by i")
    assert [row[0] for row in found] == expected


def test_natural_join_is_by_all_columns_of_both(asked):
    query = (
        "select star_id, mag from (select star_id, mag from raw.seen) as a "
        "natural join stars order by mag"
    )
    assert asked.rows(query)[0] == (1, 9.5)


def test_a_star_of_using_gives_the_shared_column_once(asked):
    columns = asked.columns("select * from stars join raw.seen using (star_id)")
    assert [c.name for c in columns] == [
        *("star_id", "ra", "dec", "teff", "name"),
        *("id", "ra_2", "dec_2", "mag"),
    ]


@pytest.mark.parametrize(
    ("joined", "expected"),
    [
        # Of the right side the shared column is compared, not its first table's.
        ("stars as a join (stars as b join raw.seen as c using (star_id)) "
         "using (star_id)", [1, 1, 2, 3, 6]),
        ("stars as a join (raw.seen as b full join stars as c using (star_id)) "
         "using (star_id)", [1, 1, 2, 3, 4, 5, 6, 7]),
        ("stars as a join (raw.seen as b right join stars as c using (star_id)) "
         "using (star_id)", [1, 1, 2, 3, 4, 5, 6, 7]),
    ],
)  # fmt: skip
def test_a_shared_column_is_that_of_its_own_join(asked, joined, expected):
    rows = asked.rows(f"select star_id from {joined} order by 1")
    assert [row[0] for row in rows] == expected


def test_a_join_beside_another_shares_its_own_column(asked):
    both = "stars as a join stars as b using (star_id), "
    both += "raw.seen as c join raw.seen as d using (star_id)"
    # Star 1 was seen twice, 2, 3 and 6 once: 4 + 1 + 1 + 1 pairs for each of 7 stars.
    assert asked.one(f"select count(*) from {both}") == 49
    with pytest.raises(AdqlError, match="star_id may be any of 2 columns"):
        asked.translated(f"select star_id from {both}")


def test_a_star_keeps_what_a_join_does_not_share(asked):
    columns = asked.columns(
        "select * from (select star_id from stars) as a "
        "join (select star_id from stars) as b using (star_id) "
        "join (select id, star_id from raw.seen) as c on c.id = a.star_id"
    )
    assert [c.name for c in columns] == ["star_id", "id", "star_id_2"]


def test_a_query_of_with_that_grows_at_each_name_is_refused(asked):
    steps = ["a0 as (select star_id from stars)"]
    for n in range(1, 12):
        steps.append(
            f"a{n} as (select x.star_id from a{n - 1} as x "
            f"join a{n - 1} as y on x.star_id = y.star_id)"
        )
    few, many = ", ".join(steps[:6]), ", ".join(steps)
    assert asked.one(f"with {few} select count(*) from a5") == 7
    with pytest.raises(AdqlError, match="reads more than 200 tables"):
        asked.translated(f"with {many} select count(*) from a11")


def test_whole_numbers_are_read_to_the_last_digit(asked):
    assert asked.one(
        "select 9223372036854775807 as x from stars where star_id = 1"
    ) == 2**63 - 1  # fmt: skip


def test_words_are_of_any_script(asked):
    for words, word, expected in (
        ("Gómez star", "mez", 0),
        ("Ångström x", "x ÅNGSTRÖM", 1),
        ("x", "ó", 0),
    ):
        query = f"select ivo_hasword('{words}', '{word}') from stars where star_id = 1"
        assert asked.one(query) == expected


def test_queries_within_queries(asked):
    assert asked.rows(
        "select star_id from stars where exists "
        "(select 1 from raw.seen as b where b.star_id = stars.star_id and mag > 12)"
    ) == [(6,)]
    assert asked.rows("select n from (select count(*) as n from raw.seen) as t") == [
        (6,)
    ]
    assert asked.rows(
        "select star_id from stars where star_id in "
        "(select star_id from raw.seen where mag < 10)"
    ) == [(1,)]
    assert asked.rows(
        "with hot as (select star_id as i, teff as t from stars where teff > 5500), "
        "hotter as (select i from hot where t > 6500) select h.i from hotter as h"
    ) == [(6,)]


def test_sets(asked):
    assert asked.rows(
        "select star_id from stars where star_id < 3 union "
        "select star_id from raw.seen where star_id < 3 order by star_id desc"
    ) == [(2,), (1,)]
    assert asked.rows(
        "select star_id from stars intersect select star_id from raw.seen order by 1"
    ) == [(1,), (2,), (3,), (6,)]
    assert asked.rows(
        "select star_id from stars except select star_id from raw.seen order by 1"
    ) == [(4,), (5,), (7,)]
    assert asked.one(
        "select count(*) from (select star_id from stars union all "
        "select star_id from raw.seen) as t"
    ) == 13  # fmt: skip


def test_top_holds_of_each_side_and_maxrec_of_all(asked):
    query = "select top 2 star_id from stars union all select top 3 id from raw.seen"
    assert len(asked.rows(query)) == 5
    # One more than is allowed, to tell that there were more.
    assert len(asked.rows(query, limit=3)) == 4
    assert len(asked.rows("select * from stars", limit=0)) == 1
    assert len(asked.rows("select top 0 * from stars")) == 0


def test_numbers(asked):
    one = "from stars where star_id = 1"
    for expression, expected in {
        "1/2": 0.5,
        "star_id/2": 0.5,
        "log(exp(1))": 1.0,
        "log10(1000)": 3.0,
        "truncate(-12.347, 2)": -12.34,
        "truncate(12.9)": 12.0,
        "round(12.347, 1)": 12.3,
        "mod(7, 4)": 3,
        "power(2, 10)": 1024.0,
        "ceiling(1.1) + floor(1.9)": 3.0,
        "degrees(pi())": 180.0,
        "atan2(1, 1) * 4 - pi()": 0.0,
        "2 - 3 - 4": -5.0,
        "-(2 + 3) * 2": -10.0,
    }.items():
        assert asked.one(f"select {expression} as x {one}") == pytest.approx(expected)


@pytest.mark.parametrize(
    "undefined", ["log(teff)", "sqrt(teff)", "asin(teff)", "power(teff, 0.5)"]
)
def test_what_is_no_number_is_null_and_larger_than_nothing(asked, undefined):
    rows = asked.rows(f"select star_id from stars where {undefined} > 0 order by 1")
    assert (4,) not in rows
    assert asked.one(f"select {undefined} as x from stars where star_id = 4") is None


def test_what_is_infinite_has_no_cosine(asked):
    assert (
        asked.one("select cos(power(10, 400)) as x from stars where star_id = 1")
        is None
    )


def test_a_product_of_whole_numbers_keeps_its_last_digit(asked):
    found = asked.one("select 9007199254740993 * 1 as x from stars where star_id = 1")
    assert found == 9007199254740993
    assert asked.one("select 2 * 3 as x from stars where star_id = 1") == 6


def test_truth_values_go_through_functions(asked):
    query = "select min(flag) as low, max(coalesce(flag, flag)) as high from flags"
    assert asked.rows(query) == [(False, True)]


def test_a_long_list_of_values_is_no_burden(asked):
    listed = ", ".join(map(str, range(2, 30_002)))
    query = f"select star_id from stars where star_id not in ({listed})"
    assert asked.rows(query) == [(1,)]


def test_texts_within_texts_are_not_doubled_without_end(asked):
    steps = ["a0 as (select name as t from stars)"]
    steps += [f"a{i} as (select t||t||t||t as t from a{i - 1})" for i in range(1, 12)]
    with pytest.raises(AdqlError, match="too many functions within each other"):
        asked.translated(f"with {', '.join(steps)} select t from a11")


def test_nothing_is_divided_by_zero(asked):
    assert asked.one("select 1 / teff as x from stars where star_id = 5") is None
    assert (
        asked.one("select mod(7, star_id - 5) as x from stars where star_id = 5")
        is None
    )
    with pytest.raises(AdqlError, match="divides by 0"):
        asked.translated("select ra / 0 from stars")


def test_casts(asked):
    one = "from stars where star_id = 1"
    assert asked.one(f"select cast(teff as varchar(2)) as x {one}") == "50"
    assert asked.one(f"select cast(name as char) as x {one}") == "H"
    assert asked.one(f"select cast('12' as integer) as x {one}") == 12
    assert asked.one(f"select cast('2.5' as double precision) as x {one}") == 2.5
    assert asked.one(f"select coalesce(null, name, 'none') as x {one}") == "HD 1"
    assert asked.one(f"select name || '!' as x {one}") == "HD 1!"


def test_user_functions(asked):
    one = "from stars where star_id = 1"
    for expression, expected in {
        "ivo_hasword('the Orion nebula', 'orion')": 1,
        "ivo_hasword('the Orionids', 'orion')": 0,
        "ivo_hashlist_has('Red#green#blue', 'Green')": 1,
        "ivo_nocasematch('Betelgeuse', 'betel%')": 1,
        # 2000-01-01T12:00 is JD 2451545 (TT; the same clock here).
        "ivo_to_jd(cast('2000-01-01T12:00:00' as timestamp))": 2451545.0,
        "ivo_to_mjd(cast('2000-01-01T12:00:00' as timestamp))": 51544.5,
        # Of healpy: ang2pix(8, 10, 20, nest=True, lonlat=True).
        "ivo_healpix_index(3, 10, 20)": 310,
        "ivo_healpix_index(3, point(10, 20))": 310,
        "ivo_interval_overlaps(1, 3, 2, 5)": 1,
        "ivo_interval_overlaps(1, 2, 3, 5)": 0,
        "angular_separation(0, 0, 0, 1)": 3600.0,
    }.items():
        assert asked.one(f"select {expression} as x {one}") == pytest.approx(expected)
    assert asked.one(
        "select ivo_string_agg(name, ',') as x from stars where star_id < 3"
    ) in ("HD 1,hd 2", "hd 2,HD 1")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select rra from stars", r"no column rra in main\.stars. Did you mean 'ra'"),
        ("select ra from starz", "no table starz .* Did you mean 'stars'"),
        ("select x.ra from stars", "nothing behind FROM is called x, only main.stars"),
        ("select ra from stars, raw.seen", "ra may be any of 2 columns"),
        ("select * from stars, stars", "called main.stars; give one another name"),
        ("select ra from stars union select ra, dec from stars", "1 and 2 columns"),
        ("select star_id from stars where star_id in (select ra, dec from stars)",
         "gives 2 columns"),
        ("select ra from stars order by 2", "has columns 1 to 1"),
        ("select in_unit(ra, 'K') from stars", "ra is in deg, and there is no way"),
        ("select in_unit(name, 'K') from stars", "name has no unit that is known"),
        ("select in_unit(ra, 'zork') from stars", "'zork' is no VOUnit"),
        ("select point(ra, 100) from stars", "100 is no declination"),
        ("select circle(ra, dec, -1) from stars", "0 to 180 degrees"),
        ("select area(ra) from stars", "AREA takes geometries, and was given a number"),
        ("select point('FK4', ra, dec) from stars", "ICRS or GALACTIC here, not 'FK4'"),
        ("select sum(name) from stars", "SUM takes a number"),
        ("select name from stars where teff like '5%'", "LIKE takes a text, and was"),
        ("select lower(teff) from stars", "LOWER takes a text, and was given a number"),
        ("select ivo_histogram(ra, 0, 360, 2000000000) from stars", "1 to 100,000"),
        ("select ivo_histogram(ra, 0, 360, star_id) from stars", "1 to 100,000"),
        ("select ivo_histogram(ra, 0, 360, 0) from stars", "1 to 100,000"),
        ("select * from stars join raw.seen using (mag)", "mag is no column of both"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_one_line(asked, query, said):
    with pytest.raises(AdqlError, match=said) as raised:
        asked.translated(query)
    assert "\n" not in str(raised.value)


def test_functions_within_functions_take_no_longer_each(asked):
    nested, expected = "ra", 10.0
    for _ in range(15):
        nested = f"distance(point({nested}, dec), point(0, 0))"
        cosine = math.cos(math.radians(20)) * math.cos(math.radians(expected))
        expected = math.degrees(math.acos(cosine))
    found = asked.one(f"select {nested} as x from stars where star_id = 1")
    assert found == pytest.approx(expected)


def test_functions_within_functions_do_not_fill_the_memory(asked):
    nested = "ra"
    for _ in range(12):
        nested = f"distance(centroid(box({nested}, dec, 1, 1)), point(0, 0))"
    with pytest.raises(AdqlError, match="too many functions within each other"):
        asked.translated(f"select {nested} as x from stars")
