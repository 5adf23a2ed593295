"""The bound that the match rests on: how fast cell coordinates change along the sky."""

import numpy as np
import pyarrow as pa
import pytest

from tests.sky.oracle import moved

COUNT = 100_000


def whole_sky(rng):
    return rng.uniform(0, 360, COUNT), np.degrees(np.arcsin(rng.uniform(-1, 1, COUNT)))


def around_the_poles(rng):
    dec = (90 - 10 ** rng.uniform(-4, 0.5, COUNT)) * rng.choice([-1, 1], COUNT)
    return rng.uniform(0, 360, COUNT), dec


def where_belt_and_caps_meet(rng):
    dec = (41.8103 + rng.normal(0, 0.1, COUNT)) * rng.choice([-1, 1], COUNT)
    return rng.uniform(0, 360, COUNT), dec


def in_the_belt(rng):
    return rng.uniform(0, 360, COUNT), np.degrees(
        np.arcsin(rng.uniform(-0.6, 0.6, COUNT))
    )


@pytest.mark.parametrize(
    ("sky", "bound", "reached"),
    [
        (whole_sky, 1.453, 1.43),
        (around_the_poles, 1.453, 1.38),
        (where_belt_and_caps_meet, 1.453, 1.40),
        (in_the_belt, 1.021, 0.98),
    ],
)
@pytest.mark.parametrize("arcsec", [1.0, 3600.0])
def test_a_cell_coordinate_grows_no_faster_than_the_margin_allows(
    macros, rng, sky, bound, reached, arcsec
):
    """In sides of a base cell per radian, within one; the margin takes 1.46."""
    start = sky(rng)
    end = moved(start, rng.uniform(0, 2 * np.pi, COUNT), arcsec)
    rows = dict(zip("abcd", (*start, *end), strict=True))
    macros.register("steps", pa.table(rows))
    found = macros.sql(
        "select p >> 58 as face, q >> 58 as other, healpix_axis(p) as x1, "
        "healpix_axis(p >> 1) as y1, healpix_axis(q) as x2, healpix_axis(q >> 1) as y2 "
        "from (select healpix_nested(29, a, b) as p, healpix_nested(29, c, d) as q "
        "from steps)"
    ).fetchnumpy()
    same = found["face"] == found["other"]
    # Of the whole number only the 29 bits within the base cell count.
    inside = {key: found[key][same] & (2**29 - 1) for key in ("x1", "y1", "x2", "y2")}
    growth = np.concatenate(
        [np.abs(inside[f"{axis}2"] - inside[f"{axis}1"]) for axis in "xy"]
    )
    pace = (growth - 1) / 2**29 / np.radians(arcsec / 3600)  # rounding: one cell
    assert reached < pace.max() < bound
