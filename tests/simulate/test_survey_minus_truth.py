"""Survey minus truth is what the facts say was put in, faults apart."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray
from simulated import Sky


def median_and_scatter(values: NDArray[np.float64]) -> tuple[float, float, float]:
    good = values[np.isfinite(values)]
    middle = float(np.median(good))
    scatter = 1.4826 * float(np.median(np.abs(good - middle)))
    return middle, scatter, 1.2533 * scatter / np.sqrt(good.size)


def giants(sky: Sky, survey: str) -> NDArray[np.bool_]:
    truth = sky.truth_of(survey)
    logg, teff = truth["logg"].to_numpy(), truth["teff"].to_numpy()
    result: NDArray[np.bool_] = (logg < 3.3) & (teff < 5500)
    return result


# Survey minus truth for giants: offset, and limits of the scatter.
@pytest.mark.parametrize(
    ("survey", "column", "true", "offset", "least", "most"),
    [
        ("apogee", "TEFF", "teff", 0.0, 30.0, 60.0),
        ("apogee", "LOGG", "logg", 0.0, 0.03, 0.07),
        ("apogee", "FE_H", "fe_h", 0.0, 0.015, 0.03),
        ("apogee", "ALPHA_M", "alpha_fe", 0.0, 0.013, 0.03),
        ("galah", "teff", "teff", -25.0, 70.0, 110.0),
        ("galah", "logg", "logg", -0.06, 0.09, 0.16),
        ("galah", "alpha_fe", "alpha_fe", 0.03, 0.04, 0.07),
        ("lamost", "teff", "teff", 10.0, 80.0, 160.0),
        ("lamost", "logg", "logg", 0.10, 0.13, 0.27),
        ("lamost", "feh", "fe_h", -0.05, 0.06, 0.13),
        ("lamost", "alpha_m", "alpha_fe", -0.02, 0.03, 0.07),
        ("lamost", "rv", "radial_velocity", -4.5, 3.0, 6.0),
    ],
)
def test_offsets_and_scatter_of_giants_are_those_injected(
    ideal_sky: Sky, survey: str, column: str, true: str, offset: float, least: float,
    most: float,
) -> None:  # fmt: skip
    difference = ideal_sky.difference(survey, column, true)[giants(ideal_sky, survey)]
    middle, scatter, error = median_and_scatter(difference)
    assert abs(middle - offset) < 4 * error + 1e-3
    assert least < scatter < most


def test_galah_dwarfs_are_slightly_hot_and_f_stars_too_cool(ideal_sky: Sky) -> None:
    truth = ideal_sky.truth_of("galah")
    teff, logg = truth["teff"].to_numpy(), truth["logg"].to_numpy()
    difference = ideal_sky.difference("galah", "teff", "teff")
    middle, _, error = median_and_scatter(difference[(logg > 4.0) & (teff < 5900)])
    assert abs(middle - 5.0) < 4 * error
    middle, _, error = median_and_scatter(difference[(logg > 4.0) & (teff > 6600)])
    assert middle < -30.0


@pytest.mark.parametrize(
    ("survey", "column", "error", "true", "offset"),
    [
        ("apogee", "TEFF", "TEFF_ERR", "teff", 0.0),
        ("apogee", "LOGG", "LOGG_ERR", "logg", 0.0),
        ("apogee", "M_H", "M_H_ERR", "fe_h", 0.0),
        ("apogee", "MG_FE", "MG_FE_ERR", "mg_fe", 0.0),
        ("galah", "fe_h", "e_fe_h", "fe_h", -0.03),
        ("galah", "Mg_fe", "e_Mg_fe", "mg_fe", 0.007),
    ],
)
def test_published_errors_are_honest(
    ideal_sky: Sky, survey: str, column: str, error: str, true: str, offset: float
) -> None:
    difference = ideal_sky.difference(survey, column, true) - offset
    pull = difference / ideal_sky.tables[survey][error]
    _, scatter, _ = median_and_scatter(pull)
    assert 0.93 < scatter < 1.07


def test_errors_grow_towards_low_signal(sky: Sky) -> None:
    for survey, snr, error in (
        ("apogee", "SNR", "TEFF_ERR"),
        ("galah", "snr_c2_iraf", "e_teff"),
        ("lamost", "snrg", "teff_err"),
    ):
        rows = sky.tables[survey]
        good = np.isfinite(rows[error]) & (rows[error] > 0) & giants(sky, survey)
        values, signal = rows[error][good], rows[snr][good]
        low, high = np.percentile(signal, [15, 85])
        assert np.median(values[signal < low]) > 1.15 * np.median(values[signal > high])


def test_gaia_columns_scatter_as_their_errors_say(sky: Sky) -> None:
    rows, truth = sky.tables["apogee"], sky.truth_of("apogee")
    for axis in ("ra", "dec"):
        true = truth[f"pm{axis}"].to_numpy()
        name = f"GAIAEDR3_PM{axis.upper()}"
        pull = (rows[name] - true) / rows[f"{name}_ERROR"]
        assert 0.9 < median_and_scatter(pull)[1] < 1.1
    parallax = rows["GAIAEDR3_PARALLAX"] - 1.0 / truth["distance"].to_numpy()
    # The zero point of EDR3 is a few hundredths of a mas below zero.
    assert -0.05 < median_and_scatter(parallax)[0] < -0.01


def test_positions_are_those_of_each_epoch(sky: Sky) -> None:
    for survey, ra, dec, epoch, limit in (
        ("apogee", "RA", "DEC", 1999.5, 0.2),
        ("galah", "ra_dr2", "dec_dr2", 2015.5, 0.002),
    ):
        truth, rows = sky.truth_of(survey), sky.tables[survey]
        start = SkyCoord(
            truth["ra"].to_numpy() * u.deg, truth["dec"].to_numpy() * u.deg
        )
        motion = np.hypot(truth["pmra"], truth["pmdec"]).to_numpy()
        angle = np.arctan2(truth["pmra"], truth["pmdec"]).to_numpy()
        moved = start.directional_offset_by(
            angle * u.rad, motion * (epoch - 2016.0) * u.mas
        )
        seen = SkyCoord(rows[ra] * u.deg, rows[dec] * u.deg)
        assert np.median(moved.separation(seen).arcsec) < limit
        assert np.percentile(moved.separation(seen).arcsec, 99) < 2.5 * limit + 0.3


def test_fast_stars_and_close_neighbours_are_there(sky: Sky) -> None:
    motion = np.hypot(sky.truth["pmra"], sky.truth["pmdec"]).to_numpy()
    assert (motion > 100).sum() > 20
    assert motion.max() > 400
    assert 0.001 < sky.truth["is_blend"].mean() < 0.03


def test_truth_names_every_catalogue_row(sky: Sky) -> None:
    rows = sky.tables["apogee"]
    names = [
        ".".join(
            row[name].decode().strip() for name in ("TELESCOPE", "FIELD", "APOGEE_ID")
        )
        # The bit COMMISSIONING: staging.apogee marks such rows in their id.
        + (".commissioning" if row["EXTRATARG"] & 2 else "")
        for row in rows
    ]
    assert sky.truth_of("apogee")["source_id"].to_list() == names
    for survey, column in (("galah", "sobject_id"), ("lamost", "obsid")):
        ids = sky.tables[survey][column].astype(str).tolist()
        assert sky.truth_of(survey)["source_id"].to_list() == ids
    best = sky.truth.filter("is_best")
    assert best.select("survey", "truth_id").is_unique().all()
