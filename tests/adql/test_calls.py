"""Every function of the list runs, with each of its forms."""

import itertools

import pytest

from stellarwh.adql.functions import FUNCTIONS

VALUES = {
    "SMALLINT": ["3"],
    "INTEGER": ["3"],
    "BIGINT": ["star_id"],
    "REAL": ["ra"],
    "DOUBLE": ["ra"],
    "VARCHAR": ["name"],
    "TIMESTAMP": ["cast('2016-01-01T00:00:00' as timestamp)"],
    "POINT": ["point(ra, dec)", "ivo_healpix_center(3, star_id)"],
    "CIRCLE": ["circle(ra, dec, 1)", "cast('1 2 3' as circle)"],
    "POLYGON": ["polygon(0, 0, 10, 0, 10, 10)", "box(ra, dec, 1, 2)"],
}
VALUES["REGION"] = [v for kind in ("POINT", "CIRCLE", "POLYGON") for v in VALUES[kind]]
# Where not any value of the type will do.
PARTICULAR = {
    ("IN_UNIT", "unit"): ["'rad'"],
    ("POINT", "lat"): ["dec"],
    ("REGION", "stcs"): ["'CIRCLE ICRS 1 2 3'", "'BOX ICRS 1 2 3 4'"],
    ("ivo_geom_transform", "from_sys"): ["'ICRS'"],
    ("ivo_geom_transform", "to_sys"): ["'GALACTIC'"],
    ("ivo_hms_to_degrees", "hms"): ["'3:34:45.4'"],
    ("ivo_dms_to_degrees", "dms"): ["'-0:15:00'"],
    ("POLYGON", "corner"): ["point(ra, dec), point(0, 0), point(10, 0)"],
    ("ivo_epoch_prop_pos", "ref_epoch"): ["2016"],
    ("ivo_epoch_prop_pos", "out_epoch"): ["2030"],
    ("ivo_string_agg", "delimiter"): ["', '"],
    ("has_flag", "survey"): ["'apogee'"],
    ("has_flag", "flag_column"): ["'ASPCAPFLAG'"],
    ("has_flag", "flag_name"): ["'STAR_BAD'"],
    ("flag_names", "survey"): ["'apogee'"],
    ("flag_names", "flag_column"): ["'ASPCAPFLAG'"],
    ("ivo_histogram", "lower"): ["0"],
    ("ivo_histogram", "upper"): ["100"],
    ("ivo_histogram", "nbins"): ["5"],
}


def calls():
    for name, function in FUNCTIONS.items():
        for form in function.forms:
            values = [
                PARTICULAR.get((function.name, argument.name), VALUES[argument.type])
                for argument in form.arguments
            ]
            for chosen in itertools.product(*values):
                if "ivo_geom" in name and "cast(" in chosen[-1]:
                    continue
                if "ivo_geom" in name and "box(" in chosen[-1]:
                    continue  # a polygon whose corners are not written down
                yield f"{function.name}({', '.join(chosen)})"


CALLS = sorted(set(calls()))


@pytest.mark.parametrize("call", CALLS)
def test_it_runs(asked, call):
    assert asked.rows(f"select {call} as x from stars where star_id < 3")


def test_all_functions_are_called():
    assert {call.partition("(")[0].lower() for call in CALLS} == set(FUNCTIONS)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("ivo_hms_to_degrees('3:34:45.4')", 15 * (3 + 34 / 60 + 45.4 / 3600)),
        ("ivo_dms_to_degrees('-0:15:00')", -0.25),
        ("ivo_dms_to_degrees('12 30')", 12.5),
        ("area(polygon(0, 0, 90, 0, 0, 90))", 41252.96125 / 8),
        ("area(cast('0 0 180' as circle))", 41252.96125),
        ("distance(cast('0 0' as point), point(0, 3))", 3.0),
        ("contains(point(ra, dec), cast('9 19 11 19 11 21 9 21' as polygon))", 1),
        ("has_bit(5, 2)", 1),
        ("has_bit(5, 1)", 0),
    ],
)
def test_values(asked, call, expected):
    found = asked.one(f"select {call} as x from stars where star_id = 1")
    assert found == pytest.approx(expected)


def test_histogram(asked):
    # 4000, 5000, 6000, 7000 and what lies below 3500.
    query = "select ivo_histogram(teff, 3500, 6500, 3) as x from stars"
    assert asked.one(query) == [2, 1, 1, 1, 1]
