"""APOGEE's flags imply its values, as the pipeline's own code has it."""

import numpy as np
import pytest
from numpy.typing import NDArray
from simulated import Sky

from stellarwh.simulate.sky.relations import temperature_from_j_ks


def bit(word: NDArray[np.int64], number: int) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = (word.astype(np.int64) >> number & 1).astype(bool)
    return result


@pytest.fixture
def apogee(sky: Sky) -> NDArray[np.void]:
    return sky.tables["apogee"]


BADMASK = 3_434_204_037_120  # every BAD-level bit of ASPCAPFLAG, bit 23 included


def test_star_bad_is_any_bad_bit_and_takes_the_values_away(
    apogee: NDArray[np.void],
) -> None:
    flags = apogee["ASPCAPFLAG"]
    star_bad = bit(flags, 23)
    np.testing.assert_array_equal(star_bad, flags & (BADMASK - (1 << 23)) != 0)
    withheld = star_bad | bit(flags, 24)
    assert 0 < withheld.sum() < 0.1 * len(apogee)
    for name in ("TEFF", "LOGG", "VMICRO", "TEFF_SPEC", "TEFF_ERR"):
        np.testing.assert_array_equal(np.isnan(apogee[name]), withheld)


def test_star_warn_is_any_warning_without_star_bad(apogee: NDArray[np.void]) -> None:
    flags = apogee["ASPCAPFLAG"]
    warned = np.any([bit(flags, b) for b in (0, 1, 8, 9, 10, 11, 12, 13, 29)], axis=0)
    np.testing.assert_array_equal(bit(flags, 7), warned & ~bit(flags, 23))


def test_signal_to_noise_flags_follow_the_published_snr(
    apogee: NDArray[np.void],
) -> None:
    low = apogee["SNR"] < 30
    assert low.any()
    np.testing.assert_array_equal(bit(apogee["ASPCAPFLAG"], 27), low)
    np.testing.assert_array_equal(bit(apogee["ASPCAPFLAG"], 11), low)


def test_chi2_flags_follow_chi2_and_snr(apogee: NDArray[np.void]) -> None:
    found = np.isfinite(apogee["ASPCAP_CHI2"])
    relative = (apogee["SNR"][found].astype(np.float64) / 100) ** 2
    bad = apogee["ASPCAP_CHI2"][found] > 50 * relative + 2
    warn = (apogee["ASPCAP_CHI2"][found] > 30 * relative + 2) & ~bad
    np.testing.assert_array_equal(bit(apogee["ASPCAPFLAG"][found], 24), bad)
    np.testing.assert_array_equal(bit(apogee["ASPCAPFLAG"][found], 8), warn)


def test_colour_temperature_warning_follows_colour_and_fit(
    apogee: NDArray[np.void],
) -> None:
    rows = apogee[np.isfinite(apogee["TEFF_SPEC"])]
    colour = rows["J"] - rows["K"] - 1.5 * np.maximum(rows["AK_TARG"], 0)
    is_giant = np.isin(rows["ASPCAP_GRID"].astype("U3"), ["GKg", "Mg_"])
    # [M/H] is published calibrated only: it equals the raw one here.
    usable = np.isfinite(rows["M_H"]) & (rows["AK_TARG"] != 0) & (rows["AK_TARG"] < 1)
    photometric = temperature_from_j_ks(
        colour[usable].astype(np.float64),
        rows["M_H"][usable].astype(np.float64),
        is_giant[usable],
    )
    off = np.abs(rows["TEFF_SPEC"][usable] - photometric) > 500
    agree = off == bit(rows["ASPCAPFLAG"][usable], 9)
    # float32 columns may fall on the other side of 500 K.
    assert agree.mean() > 0.999


def test_rotation_warning_needs_a_giant_grid_and_broad_lines(
    apogee: NDArray[np.void],
) -> None:
    warned = apogee[bit(apogee["ASPCAPFLAG"], 10)]
    assert len(warned) > 0
    assert (warned["RV_CCFWHM"] / warned["RV_AUTOFWHM"] > 1.999).all()
    assert set(np.unique(warned["ASPCAP_GRID"].astype("U2"))) <= {"GK", "Mg"}


def test_multiple_components_make_a_star_bad(apogee: NDArray[np.void]) -> None:
    double = bit(apogee["STARFLAG"], 21)
    assert double.any()
    np.testing.assert_array_equal(bit(apogee["ASPCAPFLAG"], 41), double)
    assert bit(apogee["ASPCAPFLAG"][double], 23).all()


def test_bad_pixels_and_failed_velocities_show_in_the_values(
    apogee: NDArray[np.void],
) -> None:
    np.testing.assert_array_equal(
        bit(apogee["STARFLAG"], 0), apogee["FRAC_BADPIX"] > 0.2
    )
    failed = bit(apogee["STARFLAG"], 22)
    np.testing.assert_array_equal(np.isnan(apogee["VHELIO_AVG"]), failed)
    assert bit(apogee["ASPCAPFLAG"][failed], 31).all()
    assert (apogee["ANDFLAG"] & ~apogee["STARFLAG"] == 0).all()


def test_parameters_outside_the_grid_box_carry_grid_edge_bits(
    apogee: NDArray[np.void],
) -> None:
    edge = bit(apogee["PARAMFLAG"][:, 0], 0)
    np.testing.assert_array_equal(bit(apogee["ASPCAPFLAG"], 16), edge)
    near = bit(apogee["PARAMFLAG"][:, 3], 8)
    np.testing.assert_array_equal(bit(apogee["ASPCAPFLAG"], 3), near)
    close = apogee["M_H"][near & np.isfinite(apogee["M_H"])]
    # Within a step of 0.25 of either end, -2.5 and 1.
    assert ((close < -2.24) | (close > 0.74)).all()


def test_duplicates_are_all_rows_but_the_one_with_the_best_snr(
    apogee: NDArray[np.void],
) -> None:
    duplicate = bit(apogee["EXTRATARG"], 4)
    kept = apogee[~duplicate]
    assert duplicate.any()
    assert len(np.unique(kept["APOGEE_ID"])) == len(kept)
    best = dict(zip(kept["APOGEE_ID"], kept["SNR"], strict=True))
    for row in apogee[duplicate][:200]:
        assert row["SNR"] <= best[row["APOGEE_ID"]]


def test_repeats_agree_on_what_other_catalogues_say(apogee: NDArray[np.void]) -> None:
    order = np.argsort(apogee["APOGEE_ID"], kind="stable")
    rows = apogee[order]
    same = rows["APOGEE_ID"][1:] == rows["APOGEE_ID"][:-1]
    for name in ("J", "K", "GAIAEDR3_SOURCE_ID", "RA", "GAIAEDR3_PMRA"):
        first, second = rows[name][:-1][same], rows[name][1:][same]
        np.testing.assert_array_equal(first, second)
    assert (rows["SNR"][1:][same] != rows["SNR"][:-1][same]).all()


def test_abundances_are_withheld_by_their_own_flags(apogee: NDArray[np.void]) -> None:
    usable = np.isfinite(apogee["TEFF"])
    iron = apogee["FE_H_FLAG"] & 77 == 0
    for name in ("C", "MG", "V", "CE", "TIII"):
        good = usable & iron & (apogee[f"{name}_FE_FLAG"] & 77 == 0)
        np.testing.assert_array_equal(np.isfinite(apogee[f"{name}_FE"]), good)
    for name in ("P", "CU"):
        assert np.isnan(apogee[f"{name}_FE"]).all()
        assert bit(apogee[f"{name}_FE_FLAG"], 1).all()


def test_ratios_are_differences_of_the_element_array(apogee: NDArray[np.void]) -> None:
    magnesium, iron = 5, 17  # places in ELEM_SYMBOL
    good = np.isfinite(apogee["MG_FE"])
    expected = apogee["X_H"][good, magnesium] - apogee["X_H"][good, iron]
    np.testing.assert_allclose(apogee["MG_FE"][good], expected, atol=1e-6)
    np.testing.assert_array_equal(apogee["FE_H"][good], apogee["X_H"][good, iron])
    np.testing.assert_array_equal(
        apogee["MG_FE_ERR"][good], apogee["X_H_ERR"][good, magnesium]
    )


def test_spectroscopic_clump_is_mostly_true(sky: Sky) -> None:
    rows, truth = sky.tables["apogee"], sky.truth_of("apogee")
    window = np.isfinite(rows["TEFF"]) & (rows["LOGG"] > 2.2) & (rows["LOGG"] < 3.5)
    clump, branch = (bit(rows["PARAMFLAG"][:, 1], b) for b in (24, 25))
    stage = truth["stage"].to_numpy()
    assert not (clump & branch).any()
    # Spectroscopic classes are wrong for several percent of the stars.
    assert 0.8 < (stage[window & clump] == "red_clump").mean() < 0.99
    assert 0.9 < (stage[window & branch] == "rgb").mean() <= 1.0


def test_targeting_agrees_with_extratarg_and_text(apogee: NDArray[np.void]) -> None:
    first = apogee["APOGEE_TARGET1"] & (1 << 11 | 1 << 1 | 1 << 13)
    second = apogee["APOGEE2_TARGET1"] & (1 << 11 | 1 << 12 | 1 << 13)
    np.testing.assert_array_equal(
        bit(apogee["EXTRATARG"], 0), (first == 0) & (second == 0)
    )
    telluric = bit(apogee["EXTRATARG"], 2)
    text = np.char.find(apogee["TARGFLAGS"].astype("U132"), "TELLURIC") >= 0
    np.testing.assert_array_equal(telluric, text)
    problem = np.char.find(apogee["TARGFLAGS"].astype("U132"), "EXTENDED") >= 0
    np.testing.assert_array_equal(bit(apogee["ASPCAPFLAG"], 40), problem)


def test_designation_spells_the_position(apogee: NDArray[np.void]) -> None:
    row = apogee[0]
    text = row["APOGEE_ID"].decode().strip()
    hours, minutes, seconds = int(text[2:4]), int(text[4:6]), int(text[6:10]) / 100
    ra = 15 * (hours + minutes / 60 + seconds / 3600)
    assert row["RA"] == pytest.approx(ra, abs=0.02 * 15 / 3600)
    assert len(text) == 18
