"""Files of simulated spectra, in the layout of LAMOST DR7's of low resolution."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np

from stellarwh.catalogues.fits.written_cards import BLOCK, card, header_block
from stellarwh.simulate.arrays import FloatArray
from stellarwh.simulate.files.folder import MARKS
from stellarwh.simulate.spectra.calibration import calibrated_indices, own_deviations
from stellarwh.simulate.spectra.chosen import Columns
from stellarwh.simulate.spectra.flux import continuum, profiles, strengths
from stellarwh.spectra.frame import vacuum_to_air
from stellarwh.spectra.spectrum import LIGHT

FOLDER = "lamost_spectra"
PIXELS, FIRST, STEP = 3909, 3.5682, 1e-4  # log10 of Å, in vacuum
_BATCH = 250
# Å, about which a band's S/N is that of its pixels.
_BANDS = {"snru": 3700.0, "snrg": 4770.0, "snrr": 6230.0, "snri": 7630.0,
          "snrz": 8800.0}  # fmt: skip
_LEAST_SNR = 1.0
_COUNTS = 1000.0

Row = dict[str, Any]


def wavelengths() -> FloatArray:
    """Return the wavelengths of all files: in vacuum, heliocentric, in Å."""
    result: FloatArray = np.power(10.0, FIRST + STEP * np.arange(PIXELS))
    return result


def write_spectra(folder: Path, chosen: Columns, seed: int) -> None:
    """Write a file for each row.

    Parameters
    ----------
    folder : Path
        Made here.
    chosen : dict of str to ndarray of shape (n,)
        Rows of the catalogue, and what is true of their stars, as
        `stellarwh.simulate.spectra.chosen.ChosenRows` gives them.
    seed : int
        Of the sky: the noise of a spectrum depends on it and on its obsid.
    """
    folder.mkdir()
    for start in range(0, len(chosen.get("obsid", ())), _BATCH):
        some = {name: cells[start : start + _BATCH] for name, cells in chosen.items()}
        clean = clean_fluxes(some)
        for row in range(len(clean)):
            one = {name: cells[row] for name, cells in some.items()}
            _write(folder, one, clean[row], seed)


def clean_fluxes(chosen: Columns) -> FloatArray:
    """Return the fluxes of spectra before there is noise, of shape (n, pixels)."""
    rest = wavelengths() / (1.0 + chosen["velocity"][:, np.newaxis] / LIGHT)
    indices = indices_of(chosen)
    found = continuum(rest, chosen["teff"])
    lines = strengths(chosen["teff"], indices)
    for row, waves in enumerate(rest):
        found[row] *= _COUNTS * np.exp(-(lines[row] @ profiles(vacuum_to_air(waves))))
    return found


def indices_of(chosen: Columns) -> FloatArray:
    """Return the indices of each star: by the calibrations, with its own deviations."""
    by_rule = calibrated_indices(
        *(chosen[name] for name in ("teff", "logg", "fe_h", "alpha_fe"))
    )
    return by_rule + own_deviations(chosen["truth_id"])


def _write(folder: Path, row: Row, clean: FloatArray, seed: int) -> None:
    rng = np.random.default_rng([seed, int(row["obsid"])])
    err = clean / _snr(row)
    data = np.zeros((5, PIXELS), ">f4")
    data[0] = clean + err * rng.standard_normal(PIXELS)
    data[1] = err**-2.0
    data[2] = wavelengths()
    name = (
        f"spec-{row['lmjd']}-{_text(row['planid'])}"
        f"_sp{row['spid']:02d}-{row['fiberid']:03d}.fits"
    )
    content = _header(row, name) + data.tobytes()
    content += bytes(-len(content) % BLOCK)
    # No name and no time in the gzip header: the same seed gives the same bytes.
    with (
        (folder / f"{name}.gz").open("wb") as target,
        gzip.GzipFile("", "wb", 1, target, mtime=0) as stream,
    ):
        stream.write(content)


def _snr(row: Row) -> FloatArray:
    """Return the S/N of each pixel, between those of the bands that have one."""
    places = [at for band, at in _BANDS.items() if row[band] > 0]
    values = [float(row[band]) for band in _BANDS if row[band] > 0]
    if not values:
        return np.full(PIXELS, _LEAST_SNR)
    found: FloatArray = np.interp(wavelengths(), places, values)
    return np.maximum(found, _LEAST_SNR)


def _header(row: Row, name: str) -> bytes:
    """Return the keywords of LAMOST's headers that say what the pixels are."""
    cards = [
        card("SIMPLE", True),
        card("BITPIX", -32),
        card("NAXIS", 2),
        card("NAXIS1", PIXELS),
        card("NAXIS2", 5),
        card("EXTEND", True),
        *MARKS,
        card("FILENAME", name),
        card("OBSID", int(row["obsid"])),
        card("DATA_V", "LAMOST DR7", "release whose layout this is"),
        card("TELESCOP", "LAMOST", "simulated"),
        card("EXTEN0", "Flux, Inverse, Wavelength, Andmask, Ormask"),
        card("LMJD", int(row["lmjd"])),
        card("MJD", int(row["mjd"])),
        card("PLANID", _text(row["planid"])),
        card("RA", float(row["ra"]), "[deg]"),
        card("DEC", float(row["dec"]), "[deg]"),
        card("DESIG", f"LAMOST {_text(row['designation'])}"),
        card("SPID", int(row["spid"])),
        card("FIBERID", int(row["fiberid"])),
        card("HELIO", True),
        card("VACUUM", True),
        card("COEFF0", FIRST, "log10 of the first wavelength"),
        card("COEFF1", STEP, "log10 of a step"),
        card("CRVAL1", FIRST),
        card("CD1_1", STEP),
        card("CRPIX1", 1),
        card("DC-FLAG", 1),
        card("CLASS", _text(row["class"])),
        card("SUBCLASS", _text(row["subclass"])),
        card("Z", float(row["z"])),
        card("Z_ERR", float(row["z_err"])),
    ]
    cards += [card(band.upper(), round(float(row[band]), 2)) for band in _BANDS]
    return header_block(cards)


def _text(value: bytes) -> str:
    return value.decode("ascii").strip()
