"""Reddened colours come out as they went in, and indices hardly move."""

import numpy as np
import pyarrow as pa
import pytest

from stellarwh.ingest import ingest_survey

# Extinction over E(B-V) in J, H, Ks by Casagrande et al. (2021), law of Cardelli and
# O'Donnell; in Gaia's bands by the polynomials below, of the intrinsic colour.
R_J, R_H, R_KS = 0.899, 0.567, 0.366


def reddened(colour, ebv):
    """Return magnitudes of stars of M_Ks 0 and of given (BP - RP)0, reddened."""
    c = np.asarray(colour)
    r_g = 3.071 - 0.511 * c + 0.058 * c**2
    r_bp = 3.526 - 0.168 * c - 0.170 * c**2 + 0.060 * c**3
    r_rp = 2.062 - 0.072 * c
    return {
        "j_mag": 10.0 + 0.55 * c + R_J * ebv,
        "h_mag": 10.0 + 0.10 * c + R_H * ebv,
        "ks_mag": 10.0 + 0.0 * c + R_KS * ebv,
        "g_mag": 10.0 + 1.9 * c + r_g * ebv,
        "bp_mag": 10.0 + 2.4 * c + r_bp * ebv,
        "rp_mag": 10.0 + 1.4 * c + r_rp * ebv,
    }


COLOURS = np.arange(0.4, 2.61, 0.2)


@pytest.fixture
def photometry(warehouse):
    """Return a function that reddens stars and asks for what comes out.

    ``known`` is the share of the extinction that the catalogue knows of.
    """
    warehouse.execute("create table rows as from main.measurements limit 0")
    warehouse.execute("drop view main.measurements")
    warehouse.execute("create table main.measurements as from rows")

    def ask(ebv, known):
        rows = reddened(COLOURS, ebv)
        rows["a_ks"] = np.full(COLOURS.size, 0.36 * ebv * known)
        rows["source_id"] = np.arange(COLOURS.size)
        warehouse.register("given", pa.table(rows))
        warehouse.execute("delete from main.measurements")
        warehouse.execute(
            "insert into main.measurements by name "
            "select 'mine' as survey, * from given"
        )
        found = warehouse.execute(
            "select bp_rp_0, q_bp_rp_j_ks, q_g_ks_j_ks, q_j_h_ks "
            "from main.row_photometry order by source_id::integer"
        ).fetchall()
        return np.array(found, dtype=float)

    return ask


def test_colours_come_out_as_they_went_in(photometry):
    for ebv in (0.1, 0.5):
        assert photometry(ebv, 1.0)[:, 0] == pytest.approx(COLOURS, abs=0.015)


@pytest.mark.parametrize(
    ("known", "limits"), [(1.0, (0.04,) * 3), (0.7, (0.18, 0.27, 0.04))]
)
def test_indices_hardly_change_with_reddening(photometry, known, limits):
    """By constant ratios they changed by up to 0.25 and 0.58 mag per mag of E(B-V)."""
    change = (photometry(0.5, known) - photometry(0.0, 1.0)) / 0.5
    largest = np.abs(change[:, 1:]).max(axis=0)
    assert (largest < limits).all(), largest


def test_real_stars_of_dr12_are_not_made_redder(warehouse, remake_tables, realdata):
    """1,284 of its 2,426 A_Ks lie below zero, counted with astropy."""
    path = realdata / "apogee" / "APOGEE-allStar-v603-Hipparcos.fits.gz"
    ingest_survey(warehouse, "apogee", path)
    remake_tables()
    found = warehouse.execute(
        "select count(*) filter (a_ks < 0), count(*) filter (a_ks < 0 and "
        "j_ks_0 is distinct from j_ks), count(*) filter (j_ks_0 > j_ks), "
        "count(*) filter (a_ks is null and ebv is null and j_ks_0 is not null) "
        "from main.row_photometry where j_ks is not null"
    ).fetchall()
    assert found[0][0] > 1000
    assert found[0][1:] == (0, 0, 0)
