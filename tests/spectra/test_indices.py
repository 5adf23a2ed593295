"""Indices of spectra against published values, integrals done by hand, and noise.

The reference values of the published spectra are those of pylick 1.0.2 (exact method),
with which a second code (cmost) agrees to 3e-4 Å above a signal-to-noise of 20.
"""

from collections import Counter
from math import erf, sqrt

import numpy as np
import pytest

from stellarwh.spectra.definitions import Band, Definitions, Index, read_definitions
from stellarwh.spectra.frame import air_to_vacuum, rest_wavelengths, vacuum_to_air
from stellarwh.spectra.indices import LEAST_GOOD, measure, measure_fluxes
from stellarwh.spectra.spectrum import LIGHT
from tests.spectra.published import (
    pixels,
    read_optical,
    redshift_of,
    reference_rows,
    spectrum_of,
)

TEN = (
    *("Hbeta", "Mgb", "Fe5270", "Fe5335", "NaD", "CN1", "Ca4227"),
    *("G4300", "HdeltaA", "HgammaA"),
)
LAMOST = 10 ** (3.5682 + 1e-4 * np.arange(3909))
# Steps of 0.5 Å, whose edges fall on whole ångströms.
FINE = 8400.25 + 0.5 * np.arange(900)
# Steps so small that what lies between two pixels is a straight line to 1e-9.
FINEST = np.arange(4815.0, 4905.0, 0.004)


def chosen(*names):
    return read_definitions().chosen(names)


def measured(spectrum, *names):
    return {
        name: value
        for name, value in zip(
            names, measure(spectrum, chosen(*names)).value, strict=True
        )
    }


def value_of(waves, flux, name, **more):
    return measured(spectrum_of(pixels(waves, flux, **more)), name)[name]


def gauss(waves, depth, centre, sigma):
    return depth * np.exp(-(((waves - centre) / sigma) ** 2) / 2)


def area(depth, centre, sigma, lo, hi):
    """Return the integral of a Gaussian."""
    ends = [erf((end - centre) / sigma / sqrt(2)) for end in (lo, hi)]
    return depth * sigma * sqrt(np.pi / 2) * (ends[1] - ends[0])


@pytest.mark.parametrize("frame", ["rest_air", "as_stored"])
def test_published_spectra_have_the_reference_values(realdata, frame):
    """Every optical one, wherever no pixel near the index is bad."""
    folder = realdata / "spectra"
    ten = chosen(*TEN)
    seen, apart, without = 0, [], []
    for row in reference_rows(
        folder, frame=frame, method="pylick_exact", kind="optical"
    ):
        spectrum = read_optical(folder / row["file"])
        waves = spectrum.wavelength
        if frame == "rest_air":
            waves = rest_wavelengths(waves, "vacuum", redshift_of(row) * LIGHT)
        found = measure_fluxes(
            *(waves, spectrum.flux[None], spectrum.err[None], spectrum.good, ten)
        ).first()
        for name, value, reason in zip(TEN, found.value, found.reasons(), strict=True):
            if row[name] == "" or float(row[f"{name}_nbad"]) > 0:
                continue
            seen += 1
            if reason is not None:
                without.append((row["file"], name, reason))
            elif abs(value - float(row[name])) > 1e-3:
                apart.append((row["file"], name, value, row[name]))
    assert seen > 1000
    # One spectrum has an S/N of 0.25, and a continuum that comes to zero within bands:
    # of what is -428 Å there pylick and cmost differ by 13 Å themselves.
    assert {file for file, *_ in [*apart, *without]} <= {
        "ChenfaZheng/spec-58575-HD103621N361936B01_sp03-039.fits.gz"
    }
    assert {reason for *_, reason in without} <= {"no continuum"}
    for *_, value, reference in apart:
        assert value == pytest.approx(float(reference), rel=1e-4)


def test_files_come_to_the_reference_values(realdata, real_spectra):
    """From the file to the index: read, brought to rest by its header, into air."""
    rows = {
        row["file"]: row
        for row in reference_rows(
            realdata / "spectra",
            frame="rest_air",
            method="pylick_exact",
            kind="optical",
        )
    }
    seen = 0
    for file, (spectrum,) in real_spectra.items():
        found = measure(spectrum, chosen(*TEN), spectrum.velocity)
        for name, value, good in zip(
            TEN, found.value, found.good_fraction, strict=True
        ):
            # The reference takes all pixels, however masks of the file call them.
            if good == 1 and np.isfinite(value) and rows[file][name]:
                seen += 1
                assert value == pytest.approx(
                    float(rows[file][name]), abs=1e-3, rel=1e-4
                ), (file, name)
    assert seen > 800


def test_arms_come_to_the_reference_values(realdata, all_spectra):
    """LAMOST's medium resolution, as it is in the files: they have no redshift."""
    names = ("Mgb", "Fe5270", "Fe5335")
    seen = 0
    for row in reference_rows(
        realdata / "spectra",
        frame="rest_air",
        method="pylick_exact",
        kind="optical_mrs",
    ):
        (spectrum,) = all_spectra[row["file"]]
        if spectrum.snr < 1:
            continue
        found = measure(spectrum, chosen(*names), 0.0)
        for name, value in zip(names, found.value, strict=True):
            seen += 1
            assert value == pytest.approx(float(row[name]), abs=1e-3), row["file"]
    assert seen == 18


def test_the_infrared_is_measured_beside_the_gaps(all_spectra):
    """Five indices of the H band lie on the chips of APOGEE, CO1.58 across a gap."""
    usable = ("CO1.56", "CO1.60", "CO1.66", "AlI1.67", "CO1.68")
    measured_in, tried = Counter(), Counter()
    for file, spectra in all_spectra.items():
        if not file.split("/")[-1].startswith(("apStar", "aspcapStar")):
            continue
        found = measure(spectra[0], chosen(*usable, "CO1.58"), 0.0)
        assert found.reasons()[5] == "bad pixels"
        assert set(found.reasons()[:5]) <= {None, "bad pixels"}
        # Pixels that the pipeline rejects by an error of 10 or 1e10 do not come in.
        has_value = found.reason[:5] == 0
        assert (found.err[:5][has_value] < (0.5 if "/apStar" in file else 10)).all()
        measured_in[file.split("/")[-1][:5]] += int(has_value.sum())
        tried[file.split("/")[-1][:5]] += len(usable)
    assert measured_in["apSta"] == tried["apSta"] == 25
    # ASPCAP rejects a fifth of all pixels.
    assert 10 <= measured_in["aspca"] < tried["aspca"] == 40


def test_subtypes_of_m_dwarfs_follow_from_titanium_oxide(real_spectra, manifest):
    """Reid, Hawley & Gizis 1995, equation 1: subtype = 8.2 - 10.775 TiO5."""
    subtypes = {row["file"]: row["subclass"] for row in manifest}
    seen = 0
    for file, (spectrum,) in real_spectra.items():
        if not subtypes[file].startswith("dM"):
            continue
        found = measure(spectrum, chosen("TiO5", "CaH2", "CaH3"), spectrum.velocity)
        if found.reasons()[0] is None:
            seen += 1
            expected = float(subtypes[file][2:])
            assert 8.2 - 10.775 * found.value[0] == pytest.approx(expected, abs=1)
            # Dwarfs lie where CaH is deep: Gizis 1997, figure 1.
            assert found.value[1] < found.value[2] < 1
    assert seen >= 4


def test_published_errors_hold_the_reference_where_pixels_are_alike(realdata):
    """pylick's are of the mean S/N of all three bands, as in Cardiel's equation 42."""
    folder = realdata / "spectra"
    ten = chosen(*TEN)
    ratios = {name: [] for name in TEN}
    for row in reference_rows(
        folder, frame="rest_air", method="pylick_exact", kind="optical"
    ):
        if row["release"] == "LAMOST DR1" or float(row["snrg"] or 0) < 20:
            continue
        spectrum = read_optical(folder / row["file"])
        waves = rest_wavelengths(
            spectrum.wavelength, "vacuum", redshift_of(row) * LIGHT
        )
        found = measure_fluxes(
            *(waves, spectrum.flux[None], spectrum.err[None], spectrum.good, ten)
        ).first()
        for name, err in zip(TEN, found.err, strict=True):
            if row[f"{name}_err"] and float(row[f"{name}_nbad"]) == 0:
                ratios[name].append(err / float(row[f"{name}_err"]))
    for name, ratio in ratios.items():
        assert len(ratio) > 10, name
        # Fe5335: errors are smaller in its band than beside it.
        assert np.median(ratio) == pytest.approx(1, abs=0.12), name


@pytest.mark.parametrize(
    ("name", "centre"), [("Hbeta", 4861.33), ("Mgb", 5176.0), ("Fe5270", 5265.0)]
)
@pytest.mark.parametrize("slope", [0.0, 3e-4, -3e-4])
def test_a_line_within_its_band(name, centre, slope):
    """On the pixels of LAMOST: the line's own equivalent width."""
    flux = 2.5 * (1 + slope * (LAMOST - 5000)) * (1 - gauss(LAMOST, 0.4, centre, 2.2))
    width = value_of(LAMOST, flux, name)
    tolerance = 1e-6 if slope == 0 else 5e-6
    assert width == pytest.approx(0.4 * 2.2 * sqrt(2 * np.pi), abs=tolerance)


def test_a_line_wider_than_its_band():
    """Its wings are in the side bands, too, and lower the continuum there."""
    line = (0.3, 4858.0, 9.0)
    blue, red = (4827.875, 4847.875), (4876.625, 4891.625)
    (low, at_low), (high, at_high) = (
        (1 - area(*line, *band) / (band[1] - band[0]), sum(band) / 2)
        for band in (blue, red)
    )
    waves = np.linspace(4847.875, 4876.625, 400_001)
    continuum = low + (high - low) * (waves - at_low) / (at_high - at_low)
    expected = np.trapezoid(1 - (1 - gauss(waves, *line)) / continuum, waves)
    width = value_of(FINEST, 1 - gauss(FINEST, *line), "Hbeta")
    assert width == pytest.approx(expected, abs=1e-6)
    assert abs(expected - area(*line, 4847.875, 4876.625)) > 0.5


def test_magnitudes_are_of_the_mean():
    line = (0.5, 4160.0, 3.0)
    flux = 7 * (1 - gauss(LAMOST, *line))
    mean = 1 - area(*line, 4142.125, 4177.125) / 35
    assert value_of(LAMOST, flux, "CN1") == pytest.approx(
        -2.5 * np.log10(mean), abs=1e-6
    )


def test_the_ends_of_bands_are_parts_of_pixels():
    """A step of the flux at the middle of a pixel: the band ends within it."""
    waves = np.arange(4815.0, 4905.0)
    flux = np.where(waves >= 4848, 0.5, 1.0)
    # From 4847 to 4848 the flux falls from 1 to 0.5; the blue band ends at 4847.875.
    blue = 1 - 0.5 * (0.875**2 / 2) / 20
    assert value_of(waves, flux, "Hbeta") == pytest.approx(
        _by_quadrature(waves, flux, blue, 0.5), abs=1e-7
    )


def _by_quadrature(waves, flux, low, high):
    fine = np.linspace(4847.875, 4876.625, 2_000_001)
    at_low, at_high = 4837.875, 4884.125
    continuum = low + (high - low) * (fine - at_low) / (at_high - at_low)
    return np.trapezoid(1 - np.interp(fine, waves, flux) / continuum, fine)


def test_the_triplet_is_the_sum_of_its_lines():
    """Lines of known widths on a slope, Paschen lines beside them: Cenarro 2001."""
    calcium = [(0.3, 8498.02, 3.0), (0.5, 8542.09, 4.0), (0.4, 8662.14, 4.0)]
    paschen = [(0.2, 8467.25, 1.2), (0.2, 8598.39, 4.5), (0.2, 8750.47, 4.5)]
    absorbed = sum(gauss(FINE, *line) for line in (*calcium, *paschen))
    flux = (3 - 2e-4 * (FINE - 8600)) * (1 - absorbed)
    rng = np.random.default_rng(3)
    found = measured(
        spectrum_of(pixels(FINE, flux, err=rng.uniform(0.01, 0.1, len(FINE)))),
        *("CaT", "PaT", "CaT_star", "CaII8542_C01"),
    )
    widths = [
        sum(depth * sigma * sqrt(2 * np.pi) for depth, _, sigma in lines)
        for lines in (calcium, paschen)
    ]
    assert found["CaT"] == pytest.approx(widths[0], abs=2e-3)
    assert found["PaT"] == pytest.approx(widths[1], abs=2e-3)
    assert found["CaT_star"] == pytest.approx(
        found["CaT"] - 0.93 * found["PaT"], abs=1e-12
    )
    assert found["CaII8542_C01"] == pytest.approx(0.5 * 4 * sqrt(2 * np.pi), abs=2e-3)


def test_the_continuum_of_the_triplet_is_fitted_to_all_pixels():
    """By NumPy's own weighted fit; edges of the bands are those of pixels."""
    rng = np.random.default_rng(5)
    err = rng.uniform(0.02, 0.2, len(FINE))
    flux = 1 + 1e-4 * (FINE - 8600) + rng.normal(0, err)
    bands = [(8474, 8484), (8563, 8577), (8619, 8642), (8700, 8725), (8776, 8792)]
    inside = np.any([(lo < FINE) & (hi > FINE) for lo, hi in bands], axis=0)
    line = np.polyfit(FINE[inside], flux[inside], 1, w=1 / err[inside])
    width = 0.0
    for lo, hi in [(8484, 8513), (8522, 8562), (8642, 8682)]:
        waves = np.linspace(lo, hi, 400_001)
        ratio = np.interp(waves, FINE, flux) / np.polyval(line, waves)
        width += np.trapezoid(1 - ratio, waves)
    assert value_of(FINE, flux, "CaT", err=err) == pytest.approx(width, abs=1e-6)
    # Without errors all count the same.
    line = np.polyfit(FINE[inside], flux[inside], 1)
    waves = np.linspace(8522, 8562, 400_001)
    ratio = np.interp(waves, FINE, flux) / np.polyval(line, waves)
    unknown = pixels(FINE, flux, err=np.full(len(FINE), np.inf))
    found = measure(spectrum_of(unknown), chosen("CaII8542_C01"))
    assert found.value[0] == pytest.approx(np.trapezoid(1 - ratio, waves), abs=1e-6)
    assert np.isnan(found.err[0])


def test_ratios_are_of_mean_fluxes():
    """Reid, Hawley & Gizis 1995: a step from 4 to 1 to 2, by hand."""
    waves = np.arange(6300.0, 7200.0, 0.5)
    flux = np.select([waves < 6360, waves < 6400, waves < 7100], [4.0, 1.0, 2.0], 0.5)
    found = measured(spectrum_of(pixels(waves, flux)), "CaH1", "CaH2", "TiO5")
    assert found["CaH1"] == pytest.approx(1 / ((4 + 2) / 2), abs=1e-12)
    assert found["CaH2"] == pytest.approx(1, abs=1e-12)
    assert found["TiO5"] == pytest.approx(0.5 / 2, abs=1e-12)


def test_cores_are_weighed_by_triangles():
    """A slope has its value at the peak; |λ - peak| has a third of the half width."""
    waves = 3880 + 0.01 * np.arange(14_000)
    slope = 1 + 0.01 * (waves - 3951)
    found = measured(spectrum_of(pixels(waves, slope)), "CaII_K", "S_HK")
    continuum = 1 + 0.01 * ((3901.07 + 4001.07) / 2 - 3951)
    assert found["CaII_K"] == pytest.approx(
        (1 + 0.01 * (3933.664 - 3951)) / continuum, abs=1e-9
    )
    assert found["S_HK"] == pytest.approx(
        (1 + 0.01 * ((3933.664 + 3968.47) / 2 - 3951)) / continuum, abs=1e-9
    )
    peaked = np.where(abs(waves - 3933.664) < 5, abs(waves - 3933.664), 1)
    found = measured(spectrum_of(pixels(waves, peaked)), "CaII_K")
    assert found["CaII_K"] == pytest.approx(1.09 / 3, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "has_bad_pixels"),
    [
        *((name, True) for name in ("Hbeta", "Mgb", "CN1", "Mg2", "CaT", "CaT_star")),
        *((name, False) for name in ("Hbeta", "CaT2_AZ88", "S_HK", "TiO5", "CaH1")),
    ],
)
def test_errors_are_those_of_noise(name, has_bad_pixels):
    """By Monte Carlo: noise that differs from pixel to pixel, and bad pixels."""
    rng = np.random.default_rng(11)
    (index,) = chosen(name).indices
    ends = [end for b in (*index.bands, *index.continuum) for end in (b.lo, b.hi)]
    waves = LAMOST[slice(*np.searchsorted(LAMOST, [min(ends) - 5, max(ends) + 5]))]
    lines = [(0.4, 4861.3, 4), (0.3, 5175, 9), (0.4, 8542, 5), (0.3, 7130, 20)]
    flux = (2 - 1e-4 * (waves - 6000)) * (
        1 - sum(gauss(waves, *line) for line in lines)
    )
    err = 0.02 * rng.uniform(0.5, 2.0, len(waves))
    good = np.ones(len(waves), bool)
    good[::13] = not has_bad_pixels
    noise = rng.normal(size=(4000, len(waves))) * err
    errs = np.broadcast_to(err, noise.shape)
    many = measure_fluxes(waves, flux + noise, errs, good, chosen(name))
    one = measure_fluxes(waves, flux[None], err[None], good, chosen(name)).first()
    assert one.reasons() == [None]
    assert (one.good_fraction[0] < 0.95) == has_bad_pixels
    assert one.err[0] == pytest.approx(many.value[:, 0].std(), rel=0.05)
    # The mean is the value of the spectrum without noise, but for what bends it.
    assert many.value[:, 0].mean() == pytest.approx(one.value[0], abs=one.err[0] / 10)


@pytest.mark.parametrize("name", ["Hbeta", "Fe5015", "CN1", "Mg1"])
def test_errors_of_even_noise_are_those_of_cardiel(name):
    """Cardiel et al. 1998, equations 41 to 44, for one S/N of all pixels."""
    index = chosen(name).indices[0]
    (band,), (blue, red) = index.bands, index.continuum
    widths = [b.hi - b.lo for b in (band, blue, red)]
    middles = [(b.hi + b.lo) / 2 for b in (band, blue, red)]
    apart = middles[2] - middles[1]
    c2 = sqrt(
        1 / widths[0]
        + ((middles[2] - middles[0]) / apart) ** 2 / widths[1]
        + ((middles[0] - middles[1]) / apart) ** 2 / widths[2]
    )
    waves = np.arange(4000.0, 5500.0, 0.25)
    per_root_angstrom = 40.0
    err = 1 / (per_root_angstrom * sqrt(0.25))
    found = measure(
        spectrum_of(pixels(waves, np.ones(len(waves)), err=err)), chosen(name)
    )
    expected = (
        c2 * widths[0] / per_root_angstrom
        if index.unit == "A"
        else 2.5 * np.log10(np.e) * c2 / per_root_angstrom
    )
    assert found.err[0] == pytest.approx(expected, rel=0.02)


def test_bad_pixels_are_bridged():
    waves = np.arange(4815.0, 4905.0)
    flux = 1 + 0.002 * (waves - 4815)
    spoilt = flux.copy()
    spoilt[[20, 45, 46]] = [np.nan, -50.0, np.inf]
    good = np.isfinite(spoilt) & (spoilt > 0)
    found = measure(spectrum_of(pixels(waves, spoilt, good=good)), chosen("Hbeta"))
    whole = measure(spectrum_of(pixels(waves, flux)), chosen("Hbeta"))
    assert found.value[0] == pytest.approx(whole.value[0], abs=1e-12)
    assert found.err[0] > whole.err[0]
    # 3 Å of bands of 20, 28.75 and 15 Å.
    assert found.good_fraction[0] == pytest.approx(1 - 3 / 63.75)
    assert whole.good_fraction[0] == 1


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (slice(13, 18), "bad pixels"),  # 5 of 20 Å on the blue side
        (slice(63, 66), None),  # 3 of 15 Å on the red side: just enough
        (slice(63, 67), "bad pixels"),
        ([37, 40, 43, 46, 49], None),  # 5 of 28.75 Å of the line, each for itself
        ([37, 40, 43, 46, 49, 52], "bad pixels"),
        (slice(40, 42), None),
        (slice(40, 43), "bad pixels"),  # a line could be there
        (slice(None), "bad pixels"),
    ],
)
def test_a_band_needs_good_pixels(spoilt, reason):
    """Each band for itself, however good the others are."""
    waves = np.arange(4815.0, 4905.0)
    good = np.ones(len(waves), bool)
    good[spoilt] = False
    found = measure(spectrum_of(pixels(waves, 1.0, good=good)), chosen("Hbeta"))
    assert found.reasons() == [reason]
    assert np.isnan(found.value[0]) == (reason is not None)
    assert np.isnan(found.err[0]) == (reason is not None)
    assert LEAST_GOOD == 0.8


@pytest.mark.parametrize("sigma", [1.3, 2.2, 5.0])
@pytest.mark.parametrize("bad", [1, 2, 3, 4, 5])
def test_what_a_bridge_hides_is_in_the_error_or_there_is_no_value(bad, sigma):
    """Wherever in the line the bad pixels are; a line of LAMOST has σ of 1.2 Å."""
    flux = 1 - gauss(LAMOST, 0.7, 4861.3, sigma)
    good = np.ones(len(LAMOST), bool)

    def hbeta(good):
        pieces = pixels(LAMOST, flux, err=0.01, good=good)
        found = measure(spectrum_of(pieces), chosen("Hbeta"))
        return found.value[0], found.err[0]

    whole, err = hbeta(good)
    core = int(np.searchsorted(LAMOST, 4861.3))
    told = []
    for first in range(core - 12, core + 12):
        good[:] = True
        good[first : first + bad] = False
        value, sure = hbeta(good)
        assert np.isnan(value) or abs(value - whole) < 2.6 * sure
        told.append(sure / err)
    # A bad pixel or two do not make the index useless; of more there is no value where
    # they lie within the band.
    if bad < 3:
        assert np.isfinite(told).all()
    if bad == 1:
        assert np.median(told) < 1.1
    if bad == 5:
        assert not np.isfinite(told).any()


def test_what_a_bridge_may_hide_in_a_wide_band_is_in_the_error():
    """39 pixels of 0.1 Å in 42.5 Å: it may be a line to the bottom."""
    waves = np.arange(4885.0, 5380.0, 0.1)
    flux = 1 - gauss(waves, 0.9, 5170.0, 0.5)
    good = np.abs(waves - 5170.0) > 1.95
    (mg2,) = chosen("Mg2").indices
    assert mg2.bands[0].hi - mg2.bands[0].lo == 42.5
    found = measure(
        spectrum_of(pixels(waves, flux, err=0.001, good=good)), chosen("Mg2")
    )
    whole = measure(spectrum_of(pixels(waves, flux, err=0.001)), chosen("Mg2"))
    assert found.reasons() == [None]
    assert abs(found.value[0] - whole.value[0]) > 20 * whole.err[0]
    assert abs(found.value[0] - whole.value[0]) < 2 * found.err[0]


def test_pixels_that_are_rejected_change_nothing():
    rng = np.random.default_rng(2)
    waves, flux = LAMOST, 1 + 0.1 * rng.normal(size=len(LAMOST))
    good = rng.uniform(size=len(LAMOST)) > 0.05
    names = ("Hbeta", "CaT", "Mgb")
    one = measured(spectrum_of(pixels(waves, flux, good=good)), *names)
    spoilt = np.where(good, flux, 1e9)
    assert measured(spectrum_of(pixels(waves, spoilt, good=good)), *names) == one


def test_errors_that_mark_bad_pixels_do():
    """As APOGEE has them: 1e10 where there is none, whatever the flux is."""
    waves = np.arange(4815.0, 4905.0)
    err = np.full(len(waves), 0.01)
    err[45], err[10] = 1e10, 0.9
    flux = np.where(err > 1, 77.0, 1.0)
    found = measure(spectrum_of(pixels(waves, flux, err=err)), chosen("Hbeta"))
    assert found.value[0] == pytest.approx(0, abs=1e-12)
    assert found.good_fraction[0] == pytest.approx(1 - 1 / 63.75)
    assert found.err[0] < 1
    # One that is merely large stays; and where none is known, all do.
    unknown = pixels(waves, np.ones(len(waves)), err=np.full(len(waves), np.inf))
    found = measure(spectrum_of(unknown), chosen("Hbeta"))
    assert found.reasons() == [None]
    assert np.isnan(found.err[0])


def test_an_unknown_velocity_gives_nothing():
    spectrum = spectrum_of(pixels(LAMOST, 1.0), medium="vacuum")
    found = measure(spectrum, chosen("Hbeta", "Mgb"), float("nan"))
    assert found.reasons() == ["no velocity"] * 2
    assert np.isnan(found.value).all()


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (4827.875, 4891.625, None),
        (4829.0, 4900.0, "outside the wavelengths"),
        (4820.0, 4891.0, "outside the wavelengths"),
        (6000.0, 6500.0, "outside the wavelengths"),
    ],
)
def test_bands_must_be_covered(first, last, reason):
    """To the edge of the outermost pixel, half a pixel beyond its middle."""
    waves = np.linspace(first + 0.125, last - 0.125, round((last - first) * 4))
    found = measure(spectrum_of(pixels(waves, 1.0)), chosen("Hbeta"))
    assert found.reasons() == [reason]
    assert np.isnan(found.value[0]) == (reason is not None)


def test_pixels_that_are_left_out_are_a_gap():
    waves = np.delete(np.arange(4815.0, 4905.0), [45, 46])
    found = measure(spectrum_of(pixels(waves, 1.0)), chosen("Hbeta"))
    assert found.reasons() == ["gap in the wavelengths"]


def test_arms_are_not_laid_together():
    """Fluxes of two arms need not fit; where one has it all, it is taken."""
    blue = pixels(np.arange(4700.0, 4880.0), 1.0)
    red = pixels(np.arange(4880.0, 5400.0), 5.0)
    found = measure(spectrum_of(blue, red), chosen("Hbeta", "Mgb", "NaD"))
    assert found.reasons() == [
        *("gap in the wavelengths", None, "outside the wavelengths")
    ]
    assert found.value[1] == pytest.approx(0, abs=1e-12)


def test_of_pieces_that_overlap_the_better_is_taken():
    waves = np.arange(4815.0, 4905.0)
    spoilt = np.ones(len(waves), bool)
    spoilt[30] = False
    line = 1 - gauss(waves, 0.5, 4861, 4)
    noisy, sure = pixels(waves, 1.0, err=0.2), pixels(waves, line, err=0.1)
    bad = pixels(waves, 0.2 * line + 0.8, err=0.01, good=spoilt)
    for pieces in ((noisy, sure, bad), (bad, sure, noisy), (sure, noisy)):
        found = measure(spectrum_of(*pieces), chosen("Hbeta"))
        assert found.value[0] == pytest.approx(0.5 * 4 * sqrt(2 * np.pi), abs=0.01)
        assert found.good_fraction[0] == 1


@pytest.mark.parametrize("level", [0.0, -1.0])
@pytest.mark.parametrize("name", ["Hbeta", "CN1", "CaT", "TiO5"])
def test_there_is_no_index_without_a_continuum(level, name):
    flux = np.full(len(LAMOST), level)
    found = measure(spectrum_of(pixels(LAMOST, flux)), chosen(name))
    assert found.reasons() == ["no continuum"]
    assert np.isnan(found.value[0])
    assert np.isnan(found.err[0])


def test_a_continuum_that_falls_below_zero_is_none():
    waves = np.arange(4815.0, 4905.0)
    flux = np.where(waves < 4860, 1.0, -0.9)
    found = measure(spectrum_of(pixels(waves, flux)), chosen("Hbeta"))
    assert found.reasons() == ["no continuum"]


def test_the_star_is_brought_to_rest():
    """Lines at their place in air, seen in vacuum from a star that moves."""
    rest = 1 - gauss(vacuum_to_air(LAMOST), 0.5, 4861.33, 3)
    still = measured(spectrum_of(pixels(LAMOST, rest), medium="vacuum"), "Hbeta", "Mgb")
    moved = LAMOST * (1 + 250 / LIGHT)
    seen = spectrum_of(pixels(moved, rest), medium="vacuum")
    found = measure(seen, chosen("Hbeta", "Mgb"), 250.0).value
    np.testing.assert_allclose(found, list(still.values()), atol=1e-10)
    # The sign matters, and so does air: without it Hβ is 1.35 Å off.
    assert abs(measure(seen, chosen("Hbeta"), -250.0).value[0] - found[0]) > 0.05


def test_bands_in_vacuum():
    """The same index, its limits brought to vacuum: the same value to 1e-4."""
    air = chosen("Hbeta").indices[0]
    vacuum = Index(
        "Hbeta_vacuum",
        "A",
        *(
            tuple(
                Band(float(air_to_vacuum(b.lo)), float(air_to_vacuum(b.hi)))
                for b in bands
            )
            for bands in (air.bands, air.continuum)
        ),
        is_fitted=False,
        shape="box",
        medium="vacuum",
        source="",
    )
    flux = 1 - gauss(LAMOST, 0.5, 4862.69, 3)
    both = Definitions((vacuum, air))
    found = measure(spectrum_of(pixels(LAMOST, flux), medium="vacuum"), both, 30.0)
    assert found.value[0] == pytest.approx(found.value[1], abs=2e-3)
    assert found.value[0] > 3.5
    assert found.reasons() == [None, None]


def test_every_index_is_measured_somewhere():
    """On a spectrum of all wavelengths; errors and fractions stand beside values."""
    waves = np.geomspace(3800, 17_000, 30_000)
    found = measure(spectrum_of(pixels(waves, 1.0)), read_definitions())
    assert found.reasons() == [None] * len(read_definitions())
    assert (found.err > 0).all()
    assert (found.good_fraction == 1).all()
    is_ratio = np.array(read_definitions().units) == "ratio"
    np.testing.assert_allclose(found.value, is_ratio, atol=1e-9)
