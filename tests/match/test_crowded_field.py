"""Mutual matches in a crowded field of moving stars, 15 years apart.

100,000 stars per square degree, as in the plane of the Milky Way, over RA 0. Each moves
by up to 1 arcsec a year. The old survey saw 90 % of them in 2000, the new one 95 % in
2015, with their proper motions to 0.5 mas/yr. Another star is nearer than the right one
by chance in 2 pi density sigma^2 of all cases on either side, sigma the error of a
coordinate: 0.0005 for 0.1 and 0.02 arcsec together, 0.0024 for 0.2 and 0.1 arcsec.
"""

import numpy as np
import pyarrow as pa
import pytest

from tests.match.oracle import moved

STARS, PER_SQUARE_DEGREE, YEARS = 100_000, 1e5, 15


@pytest.fixture
def see(macros, rng):
    """Return a function that makes both surveys and counts the stars in both."""

    def blurred(ra, dec, error):
        east, north = rng.normal(0, error / 3600, (2, STARS))
        return (ra + east / np.cos(np.radians(dec))) % 360, dec + north

    def store(name, share, **columns):
        seen = rng.random(STARS) < share
        rows = {key: column[seen] for key, column in columns.items()}
        macros.register("rows_to_store", pa.table(rows))
        macros.execute(
            f"create or replace table {name} as select *, "
            "healpix_nested(29, ra, dec) as healpix from rows_to_store"
        )
        return seen

    def surveys(old_error, new_error):
        side = np.sqrt(STARS / PER_SQUARE_DEGREE)
        dec = -29.5 + rng.uniform(-side / 2, side / 2, STARS)
        ra = rng.uniform(-side / 2, side / 2, STARS) / np.cos(np.radians(dec)) % 360
        motion, angle = rng.uniform(0, 1, STARS), rng.uniform(0, 2 * np.pi, STARS)
        # many faint and few bright ones, to 20 mag
        magnitude = np.maximum(20 + np.log10(rng.uniform(0, 1, STARS)) / 0.3, 8)
        old = blurred(ra, dec, old_error)
        new = blurred(*moved((ra, dec), angle, motion * YEARS), new_error)
        pm = 1000 * motion * np.stack([np.sin(angle), np.cos(angle)])
        pmra, pmdec = pm + rng.normal(0, 0.5, (2, STARS))
        old_mag, new_mag = magnitude + rng.normal(0, 0.05, (2, STARS))
        ids = np.arange(STARS)
        in_both = store("old", 0.9, id=ids, ra=old[0], dec=old[1], g=old_mag) & store(
            "new",
            0.95,
            id=ids,
            ra=new[0],
            dec=new[1],
            g=new_mag,
            pmra=pmra,
            pmdec=pmdec,
        )
        return np.count_nonzero(in_both)

    return surveys


def precision_and_recall(connection, in_both, options):
    ((found, right),) = connection.execute(
        "select count(*), count(*) filter (left_id = right_id) "
        f"from crossmatch('old', 'new', 1.0, mode := 'mutual', {options})"
    ).fetchall()
    return right / found, right / in_both


EPOCHS = (
    "epoch := 2000, left_epoch := 2000, right_epoch := 2015, "
    "right_pmra := 'pmra', right_pmdec := 'pmdec'"
)
MAGNITUDES = "left_magnitude := 'g', right_magnitude := 'g', magnitude_limit := 0.3"


@pytest.mark.parametrize(
    ("errors", "options"),
    [((0.1, 0.02), EPOCHS), ((0.2, 0.1), f"{EPOCHS}, {MAGNITUDES}")],
    ids=["by position", "by position and magnitude"],
)
def test_moving_stars_of_a_crowded_field_find_themselves(macros, see, errors, options):
    precision, recall = precision_and_recall(macros, see(*errors), options)
    assert precision >= 0.99
    assert recall >= 0.999


def test_errors_of_two_tenths_cost_what_chance_predicts_without_magnitudes(macros, see):
    precision, recall = precision_and_recall(macros, see(0.2, 0.1), EPOCHS)
    assert precision >= 0.99
    assert 0.0024 < 1 - recall < 2 * 0.0024


def test_without_their_motion_few_moving_stars_find_themselves(macros, see):
    _, recall = precision_and_recall(macros, see(0.1, 0.02), "epoch := null")
    # those slower than 1 arcsec in 15 years
    assert recall == pytest.approx(1 / 15, abs=0.01)
