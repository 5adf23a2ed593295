"""GALAH's and LAMOST's rows obey the identities seen in the real files."""

import numpy as np
import pytest
from astropy.time import Time
from numpy.typing import NDArray
from simulated import Sky


@pytest.fixture
def galah(sky: Sky) -> NDArray[np.void]:
    return sky.tables["galah"]


@pytest.fixture
def lamost(sky: Sky) -> NDArray[np.void]:
    return sky.tables["lamost"]


def test_sobject_id_is_date_run_version_and_fibre(galah: NDArray[np.void]) -> None:
    ids = galah["sobject_id"]
    assert len(np.unique(ids)) == len(ids)
    fibre, version = ids % 1000, ids // 1000 % 100
    date = ids // 10**9
    assert ((fibre >= 1) & (fibre <= 392)).all()
    assert (version == 1).all()
    assert ((date // 100 % 100 >= 1) & (date // 100 % 100 <= 12)).all()
    assert ((date % 100 >= 1) & (date % 100 <= 31)).all()
    assert ((date // 10_000 >= 13) & (date // 10_000 <= 19)).all()


def test_flag_sp_follows_its_causes(galah: NDArray[np.void]) -> None:
    flag = galah["flag_sp"]
    np.testing.assert_array_equal(flag & 1 != 0, galah["ruwe_dr2"] > 1.4)
    np.testing.assert_array_equal(flag & 4 != 0, galah["snr_c2_iraf"] < 10)
    np.testing.assert_array_equal(flag & 8 != 0, galah["red_flag"] > 0)
    unclear = (galah["flux_A_Fe"] > 1) | (galah["flux_A_Fe"] < 0.03)
    np.testing.assert_array_equal(flag & 256 != 0, unclear)
    assert np.isnan(galah["teff"][flag & 512 != 0]).all()
    # 71.2 % of the real spectra carry no flag.
    assert 0.65 < (flag == 0).mean() < 0.8


def test_binary_sequence_stars_are_brighter_than_single_ones(sky: Sky) -> None:
    flag = sky.tables["galah"]["flag_sp"]
    binary = sky.truth_of("galah")["is_binary"].to_numpy()
    assert (flag & 64 != 0).any()
    assert binary[flag & (32 | 64) != 0].all()


def test_missing_abundances_have_flag_32(galah: NDArray[np.void]) -> None:
    for name in ("Li", "O", "Mg", "Zr", "Eu"):
        none = galah[f"flag_{name}_fe"] == 32
        np.testing.assert_array_equal(np.isnan(galah[f"{name}_fe"]), none)
    assert (galah["flag_Li_fe"] == 1).any()
    # In the real table these two columns hold no value at all.
    assert np.isnan(galah["Sc2_fe"]).all()
    assert set(np.unique(galah["flag_fe_h"])) == {0, 16}


def test_galah_has_one_row_per_star(sky: Sky) -> None:
    assert sky.truth_of("galah")["truth_id"].is_unique().all()


def test_most_gaia_ids_survive_from_dr2_to_dr3(galah: NDArray[np.void]) -> None:
    changed = (galah["dr2_source_id"] != galah["dr3_source_id"]).mean()
    assert 0.01 < changed < 0.035


def test_survey_rows_of_a_star_quote_the_same_ids(sky: Sky) -> None:
    joined = (
        sky.truth_of("apogee")
        .with_row_index("left")
        .join(sky.truth_of("galah").with_row_index("right"), on="truth_id")
    )
    apogee = sky.tables["apogee"][joined["left"].to_numpy()]
    galah = sky.tables["galah"][joined["right"].to_numpy()]
    assert len(apogee) > 100
    known = apogee["GAIAEDR3_SOURCE_ID"] != 0
    np.testing.assert_array_equal(
        apogee["GAIAEDR3_SOURCE_ID"][known], galah["dr3_source_id"][known]
    )
    twomass = np.array([name[2:].strip() for name in apogee["APOGEE_ID"].tolist()])
    assert (twomass == np.char.strip(galah["star_id"])).all()


def test_obsid_ends_in_spectrograph_and_fibre(lamost: NDArray[np.void]) -> None:
    assert len(np.unique(lamost["obsid"])) == len(lamost)
    np.testing.assert_array_equal(lamost["obsid"] % 1000, lamost["fiberid"])
    np.testing.assert_array_equal(lamost["obsid"] // 1000 % 100, lamost["spid"])
    assert lamost["spid"].min() >= 1
    assert lamost["spid"].max() <= 16
    assert lamost["fiberid"].max() <= 250


def test_dates_agree(lamost: NDArray[np.void]) -> None:
    np.testing.assert_array_equal(lamost["lmjd"], lamost["mjd"] + 1)
    expected = Time(lamost["mjd"][:50].astype(float), format="mjd").strftime("%Y-%m-%d")
    assert lamost["obsdate"][:50].astype("U10").tolist() == list(expected)


def test_redshift_is_velocity_over_c(lamost: NDArray[np.void]) -> None:
    measured = lamost["rv"] > -9000
    expected = lamost["rv"][measured] / 299792.458
    np.testing.assert_allclose(lamost["z"][measured], expected, rtol=1e-5)


def test_parameters_are_missing_at_low_signal_and_for_other_objects(
    lamost: NDArray[np.void],
) -> None:
    missing = lamost["teff"] == -9999
    other = lamost["class"].astype("U20") != "STAR"
    assert missing[lamost["snrg"] < 6].all()
    assert missing[other].all()
    assert (lamost["snrg"][missing & ~other] < 15).all()
    np.testing.assert_array_equal(missing, lamost["teff_err"] == -9999)
    assert lamost["snrg"].max() <= 999


def test_repeats_share_the_uid_and_the_input_position(lamost: NDArray[np.void]) -> None:
    uid, count = np.unique(lamost["uid"], return_counts=True)
    repeated = np.isin(lamost["uid"], uid[count > 1])
    assert 0.2 < repeated.mean() < 0.5
    rows = lamost[repeated][np.argsort(lamost["uid"][repeated], kind="stable")]
    same = rows["uid"][1:] == rows["uid"][:-1]
    np.testing.assert_array_equal(rows["ra"][1:][same], rows["ra"][:-1][same])


def test_spectral_types_carry_no_luminosity_class_for_f_g_k(
    lamost: NDArray[np.void],
) -> None:
    types = np.unique(lamost["subclass"].astype("U20"))
    for name in types:
        if name[0] in "FGK":
            assert len(name) == 2, name
    measured = lamost["teff"] > 0
    for letter, low, high in (("G", 5310, 5960), ("K", 3905, 5310), ("F", 5960, 7330)):
        rows = measured & (lamost["subclass"].astype("U1") == letter)
        inside = (lamost["teff"][rows] > low - 200) & (
            lamost["teff"][rows] < high + 200
        )
        assert inside.mean() > 0.97


def test_magnitude_limits_and_footprints_hold(sky: Sky) -> None:
    apogee, galah, lamost = (sky.tables[s] for s in ("apogee", "galah", "lamost"))
    assert (apogee["H"] < 14.0).all()
    # measured; the true magnitude is below 14.6 for all
    assert (galah["v_jk"] < 14.6).mean() > 0.999
    assert (galah["dec_dr2"] < 10.001).all()
    assert ((lamost["dec"] > -10.001) & (lamost["dec"] < 60.001)).all()
