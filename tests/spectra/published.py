"""Spectra for tests: the published ones beside the checkout, and made ones."""

import csv
from pathlib import Path

import numpy as np
from astropy.io import fits

from stellarwh.spectra.spectrum import Piece, Spectrum


def spectrum_of(*pieces, medium="air", velocity=None, resolution=1800.0):
    """Make a spectrum that no survey published."""
    return Spectrum(
        path=Path("made.fits"),
        survey="lamost",
        layout="lamost-lrs-image",
        release=None,
        spectrum_id="1",
        source_id=None,
        ra=10.0,
        dec=20.0,
        stated_snr=100.0,
        medium=medium,
        is_rest=False,
        velocity=velocity,
        resolution=resolution,
        pieces=pieces,
    )


def pixels(wavelength, flux, err=None, good=None):
    flux = np.broadcast_to(np.asarray(flux, float), wavelength.shape)
    err = np.broadcast_to(0.01 if err is None else err, flux.shape)
    good = np.ones(len(flux), bool) if good is None else good
    return Piece(wavelength, flux, err, good)


def read_optical(path):
    """Read a LAMOST LRS or SDSS spectrum, as little as the reference values need."""
    with fits.open(path) as units:
        if len(units) == 1:
            flux, ivar = units[0].data[:2].astype(float)
            first, step = (units[0].header[key] for key in ("COEFF0", "COEFF1"))
            waves = 10 ** (first + step * np.arange(len(flux)))
        else:
            table = {name.upper(): units[1].data[name] for name in units[1].data.names}
            flux, ivar = (
                table[name].astype(float).ravel() for name in ("FLUX", "IVAR")
            )
            waves = (
                table["WAVELENGTH"][0].astype(float)
                if "WAVELENGTH" in table
                else 10 ** table["LOGLAM"].astype(float)
            )
    known = np.isfinite(ivar) & (ivar > 0)
    err = np.where(known, 1 / np.sqrt(np.where(known, ivar, 1)), np.inf)
    return Piece(waves, flux, err, known & np.isfinite(flux))


def reference_rows(folder, **wanted):
    """Return rows of reference_indices.csv that have some values."""
    with (folder / "reference_indices.csv").open(encoding="utf-8") as file:
        return [
            row
            for row in csv.DictReader(file)
            if all(row[key] == value for key, value in wanted.items())
        ]


def redshift_of(row):
    """Return what the reference values were de-redshifted by: nothing if unknown."""
    z = float(row["z"] or 0)
    return 0.0 if z < -100 else z
