"""Real files of every layout but LAMOST's low resolution, against an outside list."""

import numpy as np
import pytest
from astropy.io import fits

LAYOUTS = {
    "optical_mrs": "lamost-mrs",
    "optical": "sdss-spec",
    "nir_apstar": "apogee-apstar",
    "nir_aspcap": "apogee-aspcapstar",
    "nir_apvisit": "apogee-apvisit",
}


@pytest.fixture(scope="module")
def others(manifest):
    return [row for row in manifest if row["survey"] != "LAMOST-LRS"]


def test_each_has_its_layout_medium_and_frame(others, all_spectra):
    for row in others:
        (spectrum,) = all_spectra[row["file"]]
        assert spectrum.layout == LAYOUTS[row["kind"]]
        assert spectrum.medium == {"vac": "vacuum"}[row["medium"]]
        assert spectrum.is_rest is (row["frame"] == "rest")


def test_each_piece_has_its_pixels(others, all_spectra):
    seen = {}
    for row in others:
        (spectrum,) = all_spectra[row["file"]]
        found = [
            piece
            for piece in spectrum.pieces
            if len(piece.flux) == int(row["npix"])
            and abs(piece.wavelength[0] - float(row["wmin"])) < 2e-3
            and abs(piece.wavelength[-1] - float(row["wmax"])) < 2e-3
        ]
        assert len(found) == 1, row["file"]
        seen[row["file"]] = seen.get(row["file"], 0) + 1
    for file, count in seen.items():
        assert len(all_spectra[file][0].pieces) == count


def test_velocities_and_ids(others, all_spectra):
    for row in others:
        (spectrum,) = all_spectra[row["file"]]
        if row["z"]:
            assert spectrum.velocity == pytest.approx(
                float(row["z"]) * 299_792.458, abs=2e-3
            )
        else:
            assert spectrum.velocity is None
        if row["obsid"]:
            assert spectrum.source_id == row["obsid"]
        if row["snrg"] and row["kind"] == "optical":
            assert spectrum.snr == pytest.approx(float(row["snrg"]))
        assert np.isfinite([spectrum.ra, spectrum.dec]).all()
    names = {s.spectrum_id for spectra in all_spectra.values() for s in spectra}
    assert len(names) == len(all_spectra)
    assert {"1230-52672-0233", "apVisit-apo25m-5094-55874-088"} < names


def test_gaps_between_chips_are_bad_pixels(others, all_spectra):
    gaps = (
        (15100.8, 15152.0), (15799.5, 15867.3), (16424.0, 16483.8), (16943.8, 16999.8)
    )  # fmt: skip
    files = [row["file"] for row in others if row["kind"] == "nir_aspcap"]
    assert files
    for file in files:
        (piece,) = all_spectra[file][0].pieces
        # Other bad pixels have an error of 10.
        bad = np.isinf(piece.err)
        assert not piece.good[bad].any()
        edges = np.flatnonzero(np.diff(np.r_[False, bad, False]))
        found = piece.wavelength[edges.reshape(-1, 2) - [0, 1]]
        np.testing.assert_allclose(found, gaps, atol=0.06)


def test_pixels_without_flux_are_bad(others, all_spectra):
    """They have a weight all the same; the error is 10 in aspcapStar."""
    zeros = {"optical_mrs": 0, "nir_aspcap": 0}
    for row in others:
        for piece in all_spectra[row["file"]][0].pieces:
            is_zero = (piece.flux == 0) & np.isfinite(piece.err)
            assert not (piece.good & is_zero).any()
            if row["kind"] in zeros:
                zeros[row["kind"]] += np.count_nonzero(is_zero)
    assert min(zeros.values()) > 30


def pixels_by_astropy(path, layout):
    """Return flux and error of the first piece."""
    with fits.open(path) as opened:
        if layout in ("lamost-lrs-dr1", "lamost-lrs-image"):
            return opened[0].data[0], opened[0].data[1] ** -0.5
        if layout.startswith("apogee"):
            flux, err = (np.atleast_2d(opened[n].data) for n in (1, 2))
            # Chips come the reddest first, each with wavelengths that fall.
            is_visit = layout == "apogee-apvisit"
            return (flux[-1, ::-1], err[-1, ::-1]) if is_visit else (flux[0], err[0])
        table = opened[1].data
        return table["flux"].ravel(), table["ivar"].ravel() ** -0.5


def test_pixels_are_those_that_astropy_reads(realdata, all_spectra):
    """One file of each layout that real files have."""
    firsts = {spectra[0].layout: file for file, spectra in all_spectra.items()}
    assert len(firsts) == 8
    for layout, file in firsts.items():
        piece = all_spectra[file][0].pieces[0]
        with np.errstate(divide="ignore"):
            flux, err = pixels_by_astropy(realdata / "spectra" / file, layout)
        assert piece.good.mean() > 0.7
        np.testing.assert_array_equal(piece.flux, flux)
        np.testing.assert_allclose(piece.err[piece.good], err[piece.good], rtol=1e-6)
