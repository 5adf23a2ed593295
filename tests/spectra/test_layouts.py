"""Every layout but LAMOST's low resolution, in small files."""

import math

import numpy as np
import pytest
from astropy.io import fits

from stellarwh.errors import SpectrumError
from stellarwh.spectra.layouts.known import LAYOUTS
from stellarwh.spectra.reading import read_spectra
from tests.spectra.files import (
    DR3,
    arm,
    sdss_facts,
    write_apstar,
    write_apvisit,
    write_aspcapstar,
    write_galah,
    write_lamost,
    write_lamost_dr1,
    write_lamost_table,
    write_mrs,
    write_sdss,
)

CAMERA_1 = "2101150001010011.fits"
C = 299_792.458


def write_both_arms(path):
    return write_mrs(path, [arm("COADD_B"), arm("COADD_R", 3.8)])


def write_dr3(path):
    return write_galah(path, names=DR3, RVCOM=None, RV=None, PIPE_VER=None)


WRITERS = {
    "lamost-lrs-dr1": write_lamost_dr1,
    "lamost-lrs-image": write_lamost,
    "lamost-lrs-table": write_lamost_table,
    "lamost-mrs": write_both_arms,
    "sdss-spec": write_sdss,
    "galah-iraf": write_galah,
    "galah-dr3": write_dr3,
    "apogee-apstar": write_apstar,
    "apogee-aspcapstar": write_aspcapstar,
    "apogee-apvisit": write_apvisit,
}


def one(path, survey):
    (spectrum,) = read_spectra(path, survey)
    return spectrum


def test_every_layout_is_here():
    assert list(WRITERS) == [layout.name for layout in LAYOUTS]


@pytest.mark.parametrize("layout", WRITERS)
def test_a_layout_is_known_and_no_other_fits(tmp_path, layout):
    path = WRITERS[layout](tmp_path / CAMERA_1)
    survey = layout.partition("-")[0]
    spectrum = one(path, survey)
    assert spectrum.layout == layout
    assert spectrum.survey == survey
    for other in {"lamost", "sdss", "galah", "apogee"} - {survey}:
        with pytest.raises(
            SpectrumError, match=f"of {survey} .*expected one of {other}"
        ):
            read_spectra(path, other)


@pytest.mark.parametrize("layout", WRITERS)
def test_no_layout_takes_a_file_that_is_cut(tmp_path, layout):
    path = WRITERS[layout](tmp_path / CAMERA_1)
    whole = path.read_bytes()
    blocks = range(0, len(whole), 2880)
    headers = [start for start in blocks if whole[start:].startswith(b"XTENSION")]
    for start in headers or [0]:
        path.write_bytes(whole[: start + 1000])
        with pytest.raises(SpectrumError, match="truncated"):
            read_spectra(path, layout.partition("-")[0])


def test_arms_are_pieces_in_the_order_of_wavelength(tmp_path):
    arms = [arm("COADD_R", 3.8, snr=90.0), arm("COADD_B", 3.69, snr=40.0)]
    # An exposure has a mask of another name, and is not read beside the sum.
    path = write_mrs(tmp_path / "a.fits", [*arms, arm("B-84454650", mask="PIXMASK")])
    spectrum = one(path, "lamost")
    assert [round(p.wavelength[0], 1) for p in spectrum.pieces] == [4897.8, 6309.6]
    assert (spectrum.snr, spectrum.velocity, spectrum.resolution) == (40.0, None, 7500)
    assert spectrum.spectrum_id == spectrum.source_id == "101001"
    np.testing.assert_allclose(spectrum.pieces[0].err, 0.5)


def test_arms_in_tables_of_one_row(tmp_path):
    arms = []
    for name, first in (("COADD_B", 4900.0), ("COADD_R", 6300.0)):
        cells = {
            "FLUX": np.full(60, 10.0),
            "IVAR": np.full(60, 4.0),
            "WAVELENGTH": first + 0.1 * np.arange(60),
            "ANDMASK": np.arange(60) == 7,
        }
        columns = [
            fits.Column(key, "60E", array=cell[None, :].astype(float))
            for key, cell in cells.items()
        ]
        arms.append(fits.BinTableHDU.from_columns(columns, name=name))
    spectrum = one(write_mrs(tmp_path / "a.fits", arms), "lamost")
    assert (spectrum.layout, len(spectrum.pieces)) == ("lamost-mrs", 2)
    assert [p.wavelength[0] for p in spectrum.pieces] == [4900, 6300]
    assert np.flatnonzero(~spectrum.pieces[1].good).tolist() == [7]


def test_pixels_that_are_several_numbers_are_refused(tmp_path):
    cells = [
        fits.Column(key, "2E", array=np.ones((60, 2)))
        for key in ("FLUX", "IVAR", "LOGLAM")
    ]
    broken = fits.BinTableHDU.from_columns(cells, name="COADD_B")
    with pytest.raises(SpectrumError, match=r"60 × 2 fluxes, .* expected one of"):
        one(write_mrs(tmp_path / "a.fits", [broken]), "lamost")


def test_exposures_are_read_where_there_is_no_sum(tmp_path):
    arms = [
        arm(f"{name}-{exposure}", first, mask="PIXMASK")
        for exposure in ("84454696", "84454650")
        for name, first in (("B", 3.69), ("R", 3.8))
    ]
    arms[0].data["PIXMASK"][5] = 1
    first, second = read_spectra(write_mrs(tmp_path / "a.fits", arms), "lamost")
    assert first.spectrum_id == "101001-84454650"
    assert second.spectrum_id == "101001-84454696"
    assert first.source_id == second.source_id == "101001"
    assert [len(s.pieces) for s in (first, second)] == [2, 2]
    assert np.flatnonzero(~second.pieces[0].good).tolist() == [5]
    assert first.pieces[0].good.all()


def test_a_file_that_ends_behind_one_of_its_parts(tmp_path):
    path = write_mrs(tmp_path / "a.fits", [arm("COADD_B")])
    with fits.open(path, mode="update") as file:
        file[0].header["N_EXTEN"] = 3
    with pytest.raises(SpectrumError, match="N_EXTEN = 3 parts, 2 are there"):
        one(path, "lamost")


def test_an_arm_without_pixels_leaves_the_other(tmp_path):
    arms = [arm("COADD_B", pixels=0), arm("COADD_R", 3.8)]
    spectrum = one(write_mrs(tmp_path / "a.fits", arms), "lamost")
    assert len(spectrum.pieces) == 1
    arms = [arm("COADD_B", pixels=0), arm("COADD_R", pixels=0)]
    with pytest.raises(SpectrumError, match="no pixels"):
        one(write_mrs(tmp_path / "b.fits", arms), "lamost")


def test_wavelengths_of_an_arm_must_ascend(tmp_path):
    broken = arm("COADD_B")
    broken.data["LOGLAM"][20] = 3.8
    with pytest.raises(SpectrumError, match=r"COADD_B has .* at pixel 22, .* ascend"):
        one(write_mrs(tmp_path / "a.fits", [broken, arm("COADD_R")]), "lamost")
    broken.data["LOGLAM"][20] = 5000
    with pytest.raises(SpectrumError, match="COADD_B has no wavelength at pixel 21"):
        one(write_mrs(tmp_path / "a.fits", [broken, arm("COADD_R")]), "lamost")


def test_sdss_has_the_facts_of_its_table(tmp_path):
    spectrum = one(write_sdss(tmp_path / "a.fits", facts=[sdss_facts()]), "sdss")
    assert spectrum.spectrum_id == "0266-52672-0033"
    assert spectrum.source_id == "299489677444933632"
    assert spectrum.release == "26"
    assert spectrum.velocity == pytest.approx(0.002 * C)
    assert (spectrum.ra, spectrum.dec, spectrum.snr) == (183.9, 9.6, 32)
    # The header's COEFF0 is of a grid before it was cut; loglam is not.
    assert spectrum.pieces[0].wavelength[0] == pytest.approx(10**3.6, abs=2e-3)


def test_sdss_without_its_table(tmp_path):
    spectrum = one(write_sdss(tmp_path / "a.fits"), "sdss")
    assert spectrum.spectrum_id == "0266-52672-0033"
    assert (spectrum.ra, spectrum.dec) == (183.877, 9.585)
    assert (spectrum.velocity, spectrum.source_id, spectrum.release) == (None,) * 3
    assert spectrum.snr == pytest.approx(3)
    unnamed = write_sdss(tmp_path / "b.fits", FIBERID=None)
    assert one(unnamed, "sdss").spectrum_id == "b"


def test_sdss_ids_are_numbers_too_long_for_a_double(tmp_path):
    column = {"SPECOBJID": ("K", np.uint64(4037614591814901761))}
    facts = sdss_facts(**column)
    facts = fits.BinTableHDU.from_columns(
        [
            *(c for c in facts.columns if c.name != "SPECOBJID"),
            fits.Column(
                "SPECOBJID", "K", bzero=2**63, array=np.array([4037614591814901761],
                                                              np.uint64),
            ),
        ]
    )  # fmt: skip
    spectrum = one(write_sdss(tmp_path / "a.fits", facts=[facts]), "sdss")
    assert spectrum.source_id == "4037614591814901761"


def test_sdss_says_where_there_is_no_redshift(tmp_path):
    for name in ("0", "none"):
        facts = sdss_facts(Z_ERR=("E", -1.0), SPECOBJID=("22A", name), Z=("E", 0.0))
        spectrum = one(write_sdss(tmp_path / "a.fits", facts=[facts]), "sdss")
        assert (spectrum.velocity, spectrum.source_id) == (None, None)


def test_relative_errors_become_counts(tmp_path):
    relative = np.full(4096, 0.05)
    relative[[3, 4]] = [0, np.nan]
    flux = np.full(4096, 200.0)
    flux[[5, 6]] = [-40, 0]
    path = write_galah(tmp_path / CAMERA_1, flux=flux, relative=relative)
    (piece,) = one(path, "galah").pieces
    assert np.flatnonzero(~piece.good).tolist() == [3, 4, 6]
    assert piece.err[[0, 5]] == pytest.approx([10, 2])
    assert piece.wavelength[[0, 100]] == pytest.approx([4714, 4718.6])


def test_ids_of_galah_are_in_the_header_of_a_release(tmp_path):
    said = {"OBJECT": "131123003001096", "ORIGIN": "GALAH DR3", "PIPE_VER": 5.3}
    spectrum = one(write_galah(tmp_path / CAMERA_1, names=DR3, **said), "galah")
    assert spectrum.spectrum_id == "1311230030010961"
    assert spectrum.source_id == "131123003001096"
    assert spectrum.release == "DR3"


def test_errors_of_a_release_that_have_no_name(tmp_path):
    """Where epochs were combined, in real files."""
    names = ("(input_sigma)", *DR3[1:])
    spectrum = one(write_galah(tmp_path / CAMERA_1, names=names), "galah")
    assert spectrum.layout == "galah-dr3"
    np.testing.assert_allclose(spectrum.pieces[0].err, 10)


def test_ids_of_galahs_reduction_are_in_the_name_alone(tmp_path):
    spectrum = one(write_galah(tmp_path / CAMERA_1), "galah")
    assert spectrum.spectrum_id == "2101150001010011"
    assert spectrum.source_id == "210115000101001"
    assert (spectrum.medium, spectrum.is_rest, spectrum.release) == (
        "air",
        False,
        "6.0",
    )
    assert (spectrum.ra, spectrum.dec, spectrum.snr) == (87.748, 7.99, 22.5)
    other = one(write_galah(tmp_path / "star.fits"), "galah")
    assert (other.spectrum_id, other.source_id) == ("star", None)
    red = one(write_galah(tmp_path / "2101150001010013.fits", first=6480.0), "galah")
    assert red.spectrum_id == "2101150001010013"
    with pytest.raises(SpectrumError, match="of camera 3; expected camera 1"):
        one(write_galah(tmp_path / CAMERA_1, first=6480.0), "galah")
    with pytest.raises(SpectrumError, match="one of GALAH's four cameras"):
        one(write_galah(tmp_path / CAMERA_1, first=5100.0), "galah")


def test_velocities_of_galah_are_those_that_converged(tmp_path):
    def velocity(**changed):
        return one(write_galah(tmp_path / CAMERA_1, **changed), "galah").velocity

    assert velocity() == -18.5
    assert velocity(RVCOM_OK=0) == -17
    assert velocity(RVCOM="None") == -17
    assert velocity(RVCOM_OK=0, RV_OK=0) is None
    assert one(write_dr3(tmp_path / CAMERA_1), "galah").velocity == 0


def test_velocities_of_dr3_are_how_far_the_normalised_spectrum_was_shifted(tmp_path):
    # A real file: its first pixels are at 4713.50048828121 and 4712.507625270846 Å.
    path = write_galah(
        tmp_path / CAMERA_1,
        names=DR3,
        first=4713.50048828121,
        step=0.0460210145757021,
        RVCOM=None,
        RV=None,
    )
    with fits.open(path, mode="update") as file:
        file[4].header["CDELT1"] = 0.04601132059906377
    velocity = one(path, "galah").velocity
    expected = C * (4713.50048828121 / 4712.507625270846 - 1)
    assert velocity == pytest.approx(expected, abs=0.01)
    assert velocity == pytest.approx(63.16, abs=0.01)
    with fits.open(path, mode="update") as file:
        del file[4]
    assert one(path, "galah").velocity is None


def test_a_position_of_zeros_is_none(tmp_path):
    path = write_galah(tmp_path / CAMERA_1, RA_ICRS=0.0, DEC_ICRS=0.0)
    spectrum = one(path, "galah")
    assert math.isnan(spectrum.ra)
    assert math.isnan(spectrum.dec)


def test_grids_of_galah_that_differ_are_refused(tmp_path):
    path = write_galah(tmp_path / CAMERA_1, other=4715.0)
    with pytest.raises(SpectrumError, match=r"begin at 4714\.000 .* at 4715\.000"):
        one(path, "galah")
    path = write_galah(tmp_path / CAMERA_1, relative=np.full(4000, 0.05))
    with pytest.raises(SpectrumError, match="an image of 4000; expected 4,096"):
        one(path, "galah")
    path = write_galah(tmp_path / CAMERA_1, CD1_1=0.05)
    with pytest.raises(SpectrumError, match=r"CDELT1 is 0\.046 and CD1_1 is 0\.05"):
        one(path, "galah")
    path = write_galah(tmp_path / CAMERA_1, CRVAL1=None)
    with pytest.raises(SpectrumError, match="no CRVAL1"):
        one(path, "galah")


@pytest.mark.parametrize("visits", [1, 3])
def test_stars_of_apogee_have_the_combined_spectrum(tmp_path, visits):
    spectrum = one(write_apstar(tmp_path / "a.fits", visits), "apogee")
    (piece,) = spectrum.pieces
    assert (piece.flux == 10).all()
    assert piece.wavelength[[0, 49]] == pytest.approx(
        [15100.8015, 15111.0277], abs=1e-4
    )
    assert (spectrum.medium, spectrum.is_rest, spectrum.velocity) == ("vacuum", True, 0)
    assert spectrum.spectrum_id == "apStar-apo25m-120-45-2M00452143+1634446"
    assert spectrum.source_id == "2M00452143+1634446"
    assert (spectrum.ra, spectrum.snr, spectrum.release) == (11.339304, 79.5, None)


def test_bad_pixels_of_apogee(tmp_path):
    err = np.full((5, 50), 0.5, np.float32)
    err[0, [1, 2, 3]] = [1e10, 0, np.nan]
    mask = np.zeros((5, 50), np.int16)
    mask[0, 4] = 1  # of one visit
    mask[:2, 5] = 1  # of all
    mask[:2, 6] = 1 << 9  # persistence, which is no bad flux
    path = write_apstar(tmp_path / "a.fits", err=err, mask=mask)
    good = one(path, "apogee").pieces[0].good
    assert np.flatnonzero(~good).tolist() == [1, 2, 3, 5]
    path = write_apstar(tmp_path / "a.fits", 1, err=err[:1], mask=mask[:1])
    good = one(path, "apogee").pieces[0].good
    assert np.flatnonzero(~good).tolist() == [1, 2, 3, 4, 5]


def test_apogee_that_contradicts_itself_is_refused(tmp_path):
    with pytest.raises(
        SpectrumError, match="has 50 pixels, its header says NWAVE = 51"
    ):
        one(write_apstar(tmp_path / "a.fits", NWAVE=51), "apogee")
    with pytest.raises(SpectrumError, match=r"by its primary header at 15135\.6"):
        one(write_apstar(tmp_path / "a.fits", CRVAL1=4.18), "apogee")
    with pytest.raises(SpectrumError, match="expected the same size"):
        one(write_apstar(tmp_path / "a.fits", err=np.ones((5, 40))), "apogee")


def test_normalised_stars_of_apogee(tmp_path):
    err = np.full(50, 0.01, np.float32)
    err[7] = 0
    spectrum = one(write_aspcapstar(tmp_path / "a.fits", err=err), "apogee")
    assert np.flatnonzero(~spectrum.pieces[0].good).tolist() == [7]
    assert spectrum.spectrum_id == "aspcapStar-120-45-2M00452143+1634446"
    assert (spectrum.source_id, spectrum.snr) == ("2M00452143+1634446", 79.5)


def test_visits_of_apogee_have_three_pieces(tmp_path):
    spectrum = one(write_apvisit(tmp_path / "a.fits"), "apogee")
    assert [round(p.wavelength[0], 1) for p in spectrum.pieces] == [
        15795.1, 16395.1, 16895.1,
    ]  # fmt: skip
    assert spectrum.pieces[0].flux[0] == 150
    assert spectrum.pieces[2].flux[-1] == 1
    assert (spectrum.is_rest, spectrum.velocity) == (False, -55.4)
    assert spectrum.spectrum_id == "apVisit-apo25m-5094-55874-088"
    assert spectrum.release == "v3_15"
    with fits.open(tmp_path / "a.fits", mode="update") as file:
        del file[4].header["BUNIT"]
    assert one(tmp_path / "a.fits", "apogee").layout == "apogee-apvisit"
    junk = one(write_apvisit(tmp_path / "b.fits", VRAD=556.0, CCPEAK=0.06), "apogee")
    assert junk.velocity is None


def test_the_page_tells_of_every_layout(repository):
    page = (repository / "docs/explanation/spectral_indices.md").read_text("utf-8")
    told = [line.split("`")[1] for line in page.splitlines() if line.count("|") == 6
            and line.startswith("| `")]  # fmt: skip
    assert told == [layout.name for layout in LAYOUTS]


def fluxes(file):
    """Return the fluxes of a file, to write into."""
    tables = [part for part in file if isinstance(part, fits.BinTableHDU)]
    found = [
        part.data[name]
        for part in tables
        for name in part.columns.names
        if name.lower() == "flux"
    ]
    if found:
        return found
    image = file[0].data if file[0].data is not None else file[1].data
    return [image[0] if len(file) == 1 else image]


@pytest.mark.parametrize("layout", WRITERS)
@pytest.mark.parametrize(("value", "found"), [(np.nan, "are NaN"), (0, "are 0")])
def test_no_layout_takes_a_spectrum_without_flux(tmp_path, layout, value, found):
    path = WRITERS[layout](tmp_path / CAMERA_1)
    with fits.open(path, mode="update") as file:
        for flux in fluxes(file):
            flux[...] = value
    with pytest.raises(SpectrumError, match=f"all .* pixels {found}; expected"):
        read_spectra(path, layout.partition("-")[0])


def test_an_image_of_one_row_alone_is_no_spectrum_of_galah(tmp_path):
    path = tmp_path / CAMERA_1
    for names in (("(input_sigma)",), ("sky", "normalized"), ()):
        write_galah(path, names=names)
        with pytest.raises(
            SpectrumError, match=r"an image of 4096.*expected a spectrum"
        ):
            read_spectra(path, "galah")


def test_a_fibre_of_number_0_is_no_missing_one(tmp_path):
    """The header's must not take its place."""
    facts = sdss_facts(FIBERID=("J", 0))
    assert one(write_sdss(tmp_path / "a.fits", facts=[facts]), "sdss").spectrum_id == (
        "0266-52672-0000"
    )
