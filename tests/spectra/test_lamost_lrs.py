"""LAMOST's spectra of low resolution: three layouts, and what contradicts itself."""

import math

import numpy as np
import pytest

from stellarwh.errors import SpectrumError
from stellarwh.spectra.reading import read_spectra
from tests.spectra.files import (
    lamost_rows,
    write_lamost,
    write_lamost_dr1,
    write_lamost_table,
    zipped,
)

WRITERS = {
    "lamost-lrs-dr1": write_lamost_dr1,
    "lamost-lrs-image": write_lamost,
    "lamost-lrs-table": write_lamost_table,
}


def one(path):
    (spectrum,) = read_spectra(path, "lamost")
    return spectrum


def test_real_files_are_what_the_manifest_says(manifest, real_spectra):
    layouts = {
        "BINTABLE": "lamost-lrs-table",
        "Flux Inverse Subcontinuum Andmask Ormask": "lamost-lrs-dr1",
    }
    rows = [row for row in manifest if row["survey"] == "LAMOST-LRS"]
    assert len(rows) > 100
    for row in rows:
        (spectrum,) = real_spectra[row["file"]]
        (piece,) = spectrum.pieces
        assert spectrum.layout == layouts.get(row["row_layout"], "lamost-lrs-image")
        assert len(piece.flux) == int(row["npix"])
        # Those of the tables are rounded to single precision.
        assert piece.wavelength[0] == pytest.approx(float(row["wmin"]), abs=3e-3)
        assert piece.wavelength[-1] == pytest.approx(float(row["wmax"]), abs=3e-3)
        assert (spectrum.medium, spectrum.is_rest) == ("vacuum", False)
        assert spectrum.velocity == pytest.approx(
            float(row["z"]) * 299_792.458, abs=1e-6
        )
        assert spectrum.ra == pytest.approx(float(row["ra"]), abs=1e-9)
        assert spectrum.dec == pytest.approx(float(row["dec"]), abs=1e-9)
        assert spectrum.snr == pytest.approx(float(row["snrg"]), abs=1e-9)
        assert spectrum.resolution == 1800
        # One file has an id that overflowed to a negative number.
        known = row["obsid"] if row["obsid"].isdigit() else None
        assert spectrum.source_id == known
        if known is not None:
            assert spectrum.release == row["release"].removeprefix("LAMOST ")
        if row["row_layout"] in layouts and known is None:
            name = row["file"].partition("/spec-")[2].removesuffix(".fits.gz")
            assert spectrum.spectrum_id == name
    ids = [real_spectra[row["file"]][0].spectrum_id for row in rows]
    assert len(set(ids)) == len({row["file"] for row in rows})


@pytest.mark.parametrize("layout", WRITERS)
@pytest.mark.parametrize("is_zipped", [False, True])
def test_each_layout_gives_the_same_pixels(tmp_path, layout, is_zipped):
    path = WRITERS[layout](tmp_path / "a.fits")
    spectrum = one(zipped(path) if is_zipped else path)
    (piece,) = spectrum.pieces
    assert spectrum.layout == layout
    np.testing.assert_allclose(
        piece.wavelength, 10 ** (3.7 + 0.0001 * np.arange(60)), rtol=1e-12
    )
    np.testing.assert_array_equal(piece.flux, 100 + np.arange(60))
    np.testing.assert_allclose(piece.err, 2)
    assert piece.good.all()
    assert spectrum.velocity == pytest.approx(-41.581, abs=1e-3)
    assert (spectrum.ra, spectrum.dec) == (332.2, -2.05)


def test_wavelengths_are_in_the_header_where_the_third_row_is_none(tmp_path):
    spectrum = one(write_lamost_dr1(tmp_path / "a.fits"))
    assert spectrum.release is None
    assert spectrum.spectrum_id == "55859-F5902_sp01-013"
    assert spectrum.source_id is None
    assert (spectrum.snr, spectrum.snr_source) == (10.5, "header")


def test_a_file_without_exten0_is_known_by_its_rows(tmp_path):
    assert one(write_lamost(tmp_path / "a.fits", EXTEN0=None)).layout == (
        "lamost-lrs-image"
    )
    assert one(write_lamost_dr1(tmp_path / "a.fits", EXTEN0=None)).layout == (
        "lamost-lrs-dr1"
    )


def test_the_name_of_the_file_says_nothing(tmp_path):
    path = write_lamost_dr1(tmp_path / "spec-3586-55181-0500.fits")
    path = path.rename(tmp_path / "2101150001010011.csv")
    assert one(path).layout == "lamost-lrs-dr1"


def test_crval1_counts_from_its_pixel(tmp_path):
    changed = {
        "COEFF0": None, "COEFF1": None, "CRVAL1": 3.7, "CD1_1": 0.0001, "CRPIX1": 11,
        "DC-FLAG": 1,
    }  # fmt: skip
    piece = one(write_lamost_dr1(tmp_path / "a.fits", **changed)).pieces[0]
    assert piece.wavelength[10] == pytest.approx(10**3.7, rel=1e-12)


def test_a_redshift_that_is_missing_is_none(tmp_path):
    assert one(write_lamost(tmp_path / "a.fits", Z=-9999.0)).velocity is None
    assert one(write_lamost(tmp_path / "a.fits", Z=None)).velocity is None
    assert one(write_lamost(tmp_path / "a.fits", Z=0.0)).velocity == 0


def test_ids_positions_and_noise_that_are_missing(tmp_path):
    found = one(write_lamost(tmp_path / "a.fits", OBSID=-28762, RA=None, SNRG=-9999.0))
    assert (found.spectrum_id, found.source_id) == ("55859-F5902_sp01-013", None)
    assert math.isnan(found.ra)
    assert math.isnan(found.dec)
    # Half of 100 to 159, by the median of flux / error.
    assert found.snr == pytest.approx(129.5 / 2)
    assert found.snr_source == "pixels"
    nameless = one(write_lamost(tmp_path / "b.fits", OBSID=None, PLANID=None))
    assert (nameless.spectrum_id, nameless.source_id) == ("b", None)


def test_bad_pixels(tmp_path):
    rows = lamost_rows()
    rows[1, 3] = 0
    rows[1, 4] = -1
    rows[0, 5] = np.nan
    rows[1, 6] = np.inf
    rows[3, 7] = 1  # a bad CCD
    rows[3, 8] = 32  # no data
    rows[3, 9] = 8  # bright sky
    rows[0, 10] = 0
    for write in WRITERS.values():
        piece = one(write(tmp_path / "a.fits", rows=rows)).pieces[0]
        assert np.flatnonzero(~piece.good).tolist() == [3, 4, 5, 6, 7, 8, 10]
        assert np.isinf(piece.err[[3, 4, 6]]).all()


@pytest.mark.parametrize("write", [write_lamost, write_lamost_table])
def test_wavelengths_that_contradict_the_grid_are_refused(tmp_path, write):
    rows = lamost_rows()
    rows[2] += 1
    with pytest.raises(SpectrumError, match=r"a\.fits: its .* Å at pixel .* COEFF0"):
        one(write(tmp_path / "a.fits", rows=rows))
    rows = lamost_rows()
    rows[2, 40] += 0.3
    with pytest.raises(SpectrumError, match=r"at pixel 41, .*expected the same"):
        one(write(tmp_path / "a.fits", rows=rows))


@pytest.mark.parametrize(("pixels", "is_refused"), [(0.09, False), (0.11, True)])
def test_wavelengths_may_differ_by_a_tenth_of_a_pixel(tmp_path, pixels, is_refused):
    rows = lamost_rows()
    shifted = 10 ** (3.7 + 0.0001 * (np.arange(60) + pixels))
    rows[2] = shifted
    path = write_lamost(tmp_path / "a.fits", rows=rows)
    if is_refused:
        with pytest.raises(SpectrumError, match=r"within 0\.1 of a pixel"):
            one(path)
    else:
        np.testing.assert_allclose(one(path).pieces[0].wavelength, shifted, atol=1e-3)


def test_flux_where_wavelengths_are_said_to_be_is_refused(tmp_path):
    rows = lamost_rows()
    rows[2] = 1
    with pytest.raises(SpectrumError, match=r"has 1\.000 Å"):
        one(write_lamost(tmp_path / "a.fits", rows=rows))


def test_wavelengths_a_little_off_the_grid_are_those_of_the_row(tmp_path):
    rows = lamost_rows()
    rows[2] += 0.03
    piece = one(write_lamost(tmp_path / "a.fits", rows=rows)).pieces[0]
    assert piece.wavelength[0] == pytest.approx(10**3.7 + 0.03, abs=1e-3)


def test_wavelengths_must_ascend(tmp_path):
    rows = lamost_rows()
    rows[2, [10, 11]] = rows[2, [11, 10]]
    bare = {"COEFF0": None, "COEFF1": None}
    for write in (write_lamost, write_lamost_table):
        with pytest.raises(SpectrumError, match=r"at pixel 12, after .* ascend"):
            one(write(tmp_path / "a.fits", rows=rows, **bare))
    with pytest.raises(SpectrumError, match="ascend"):
        one(write_lamost_dr1(tmp_path / "a.fits", COEFF1=-0.0001))
    with pytest.raises(SpectrumError, match="no COEFF0"):
        one(write_lamost_dr1(tmp_path / "a.fits", **bare))
    with pytest.raises(SpectrumError, match="expected Å between"):
        one(write_lamost_dr1(tmp_path / "a.fits", COEFF0=2.7))
    with pytest.raises(SpectrumError, match="logarithm"):
        one(write_lamost_dr1(tmp_path / "a.fits", COEFF0=3700.0))
    with pytest.raises(SpectrumError, match="COEFF1 is 0; expected"):
        one(write_lamost(tmp_path / "a.fits", COEFF1=0.0))


def test_spectra_without_anything_in_them_are_refused(tmp_path):
    rows = lamost_rows()
    rows[0] = np.nan
    with pytest.raises(SpectrumError, match="all 60 pixels are NaN"):
        one(write_lamost(tmp_path / "a.fits", rows=rows))
    rows[0] = 0
    with pytest.raises(SpectrumError, match="all 60 pixels are 0; expected"):
        one(write_lamost(tmp_path / "a.fits", rows=rows))
    rows = lamost_rows()
    rows[1] = 0
    with pytest.raises(SpectrumError, match="none of its 60 pixels has an error"):
        one(write_lamost(tmp_path / "a.fits", rows=rows))
    rows = lamost_rows()
    rows[3] = 1
    with pytest.raises(SpectrumError, match="masks reject all 60 pixels"):
        one(write_lamost(tmp_path / "a.fits", rows=rows))
    with pytest.raises(SpectrumError, match="it has 1 pixel; expected"):
        one(write_lamost(tmp_path / "a.fits", rows=lamost_rows(1)))


def test_rows_in_another_order_than_is_read_are_refused(tmp_path):
    path = write_lamost(
        tmp_path / "a.fits", EXTEN0="Inverse, Flux, Wavelength, Andmask, Ormask"
    )
    with pytest.raises(SpectrumError, match="EXTEN0 names its rows 'Inverse, Flux"):
        one(path)
