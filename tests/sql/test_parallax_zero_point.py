"""The zero point of Gaia EDR3 parallaxes against an independent implementation."""

import pytest

# G, BP - RP, RA, Dec, zero point in mas by the package gaiadr3-zeropoint 0.1.0 (the
# authors' own code), for 5-parameter solutions, with the wavenumber of eq. 3 of A2.
PUBLISHED = [
    (6.0, 0.05, 200.0, 35.0, -0.037130),
    (8.0, 0.5, 95.5, 0.0, -0.029244),
    (10.9, 0.9, 266.4, -29.0, -0.033705),
    (11.5, 1.2, 83.8, -5.4, -0.027297),
    (12.05, 1.6, 0.0, 89.0, -0.012510),
    (12.4, 2.4, 180.0, -10.0, -0.007355),
    (13.0, 3.4, 310.0, 45.0, -0.035371),
    (13.9, 0.7, 45.0, 20.0, -0.043511),
    (15.95, 1.1, 150.0, -75.0, -0.033785),
    (17.0, 2.9, 230.0, 66.56, -0.046080),
    (18.2, 0.82, 359.9, 2.0, -0.023449),
    (20.5, 4.0, 120.0, -30.0, 0.009487),
]


@pytest.mark.parametrize(("g", "colour", "ra", "dec", "expected"), PUBLISHED)
def test_zero_point_is_that_of_lindegren(built, g, colour, ra, dec, expected):
    for survey in ("apogee", "galah_dr4", "gaia"):
        found = built.execute(
            'select parallax_zero_point(?, g := ?, bp_rp := ?, ra := ?, "dec" := ?)',
            [survey, g, colour, ra, dec],
        ).fetchall()
        assert found[0][0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("g", "colour", "ra"),
    [
        (None, 1.0, 10.0),
        (12.0, None, 10.0),
        (12.0, 1.0, None),
        (5.9, 1.0, 10.0),
        (21.1, 1.0, 10.0),
        (12.0, 9.0, 10.0),
        (12.0, -0.9, 10.0),
    ],
)
def test_the_constant_stands_only_where_the_formula_cannot(built, g, colour, ra):
    found = built.execute(
        'select parallax_zero_point(s, g := $g, bp_rp := $c, ra := $ra, "dec" := 5.0) '
        "from unnest(['apogee', 'galah', 'galah_dr4', 'mine']) as t(s)",
        {"g": g, "c": colour, "ra": ra},
    ).fetchall()
    assert [row[0] for row in found] == [-0.021, -0.029, -0.021, 0]
