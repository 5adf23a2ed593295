"""Small spectrum files in the layouts of the surveys, written with astropy."""

import gzip
from pathlib import Path

import numpy as np
from astropy.io import fits

PIXELS = 60


def lamost_header(**changed):
    header = fits.Header()
    header["TELESCOP"] = "LAMOST"
    values = {
        "OBSID": 101001, "DATA_V": "LAMOST DR7", "LMJD": 55859, "PLANID": "F5902",
        "SPID": 1, "FIBERID": 13, "RA": 332.2, "DEC": -2.05, "HELIO": True,
        "VACUUM": True, "COEFF0": 3.7, "COEFF1": 0.0001, "Z": -0.0001387, "SNRG": 12.25,
        "EXTEN0": "Flux, Inverse, Wavelength, Andmask, Ormask",
    }  # fmt: skip
    for key, value in (values | changed).items():
        if value is not None:
            header[key] = value
    return header


def lamost_rows(pixels=PIXELS):
    """Return flux, weight, wavelength and two masks."""
    rows = np.zeros((5, pixels), np.float32)
    rows[0] = 100 + np.arange(pixels)
    rows[1] = 0.25
    rows[2] = 10 ** (3.7 + 0.0001 * np.arange(pixels))
    return rows


def write_lamost(path: Path, rows=None, **changed) -> Path:
    data = lamost_rows() if rows is None else rows
    fits.PrimaryHDU(data, lamost_header(**changed)).writeto(path, overwrite=True)
    return path


def write_lamost_dr1(path: Path, rows=None, **changed) -> Path:
    data = lamost_rows()
    data[2] = 1
    dr1 = {
        "OBSID": None, "DATA_V": None, "SNRG": None, "SN_G": 10.5,
        "EXTEN0": "Flux Inverse Subcontinuum Andmask Ormask",
    }  # fmt: skip
    return write_lamost(path, data if rows is None else rows, **(dr1 | changed))


def write_lamost_table(path: Path, rows=None, **changed) -> Path:
    data = lamost_rows() if rows is None else rows
    names = ("FLUX", "IVAR", "WAVELENGTH", "ANDMASK", "ORMASK")
    columns = [
        fits.Column(name, f"{data.shape[1]}E", array=row[None, :])
        for name, row in zip(names, data, strict=True)
    ]
    table = fits.BinTableHDU.from_columns(columns, name="COADD")
    changed = {"EXTEN0": None, "DATA_V": "LAMOST DR9"} | changed
    primary = fits.PrimaryHDU(header=lamost_header(**changed))
    fits.HDUList([primary, table]).writeto(path, overwrite=True)
    return path


def zipped(path: Path) -> Path:
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return packed
