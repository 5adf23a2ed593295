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


def table(name, **columns):
    """Return a table of a row for each pixel, its columns in the cases given."""
    made = [
        fits.Column(key, {"f": "E", "i": "J"}[np.asarray(values).dtype.kind],
                    array=values)
        for key, values in columns.items()
    ]  # fmt: skip
    return fits.BinTableHDU.from_columns(made, name=name)


def arm(name, first=3.69, snr=50.0, pixels=PIXELS, mask="ANDMASK"):
    part = table(
        name,
        FLUX=np.full(pixels, 10.0),
        IVAR=np.full(pixels, 4.0),
        LOGLAM=first + 0.00001 * np.arange(pixels),
        **{mask: np.zeros(pixels, int)},
    )
    part.header["SNR"] = snr
    return part


def write_mrs(path: Path, arms) -> Path:
    header = lamost_header(Z=None, COEFF0=None, COEFF1=None, EXTEN0=None, SNRG=None)
    fits.HDUList([fits.PrimaryHDU(header=header), *arms]).writeto(path, overwrite=True)
    return path


def write_sdss(path: Path, loglam=None, facts=(), **changed) -> Path:
    """Write a spectrum whose primary header has the plate's position and no grid."""
    header = fits.Header()
    values = {
        "TELESCOP": "SDSS 2.5-M", "RA": 184.5, "DEC": 9.96, "PLUG_RA": 183.877,
        "PLUG_DEC": 9.585, "PLATEID": 266, "MJD": 52672, "FIBERID": 33, "VACUUM": True,
        "COEFF0": 3.579, "COEFF1": 0.0001,
    }  # fmt: skip
    for key, value in (values | changed).items():
        if value is not None:
            header[key] = value
    grid = 3.6 + 0.0001 * np.arange(PIXELS) if loglam is None else loglam
    coadd = table(
        "COADD",
        flux=np.full(len(grid), 6.0),
        loglam=grid,
        ivar=np.full(len(grid), 0.25),
        and_mask=np.zeros(len(grid), int),
    )
    parts = [fits.PrimaryHDU(header=header), coadd, *facts]
    fits.HDUList(parts).writeto(path, overwrite=True)
    return path


def sdss_facts(**changed):
    values = {
        "PLATE": ("J", 266), "MJD": ("J", 52672), "FIBERID": ("J", 33),
        "Z": ("E", 0.002), "Z_ERR": ("E", 1e-5), "SN_MEDIAN_ALL": ("E", 32.0),
        "RUN2D": ("4A", "26"),
        "PLUG_RA": ("D", 183.9), "PLUG_DEC": ("D", 9.6),
        "SPECOBJID": ("22A", "   299489677444933632"),
    }  # fmt: skip
    columns = [
        fits.Column(name, form, array=np.array([value]))
        for name, (form, value) in (values | changed).items()
    ]
    return fits.BinTableHDU.from_columns(columns, name="SPECOBJ")


def galah_header(first=4714.0, step=0.046, **changed):
    header = fits.Header()
    values = {
        "CRVAL1": first, "CDELT1": step, "CD1_1": step, "CRPIX1": 1.0, "DC-FLAG": 0,
        "CTYPE1": "LINEAR", "TELESCOP": "Anglo-Australian Telescope",
        "INSTRUME": "HERMES-2dF", "RA_ICRS": 87.748, "DEC_ICRS": 7.99, "SNR": 22.5,
        "RVCOM": -18.5, "RVCOM_OK": 1, "RV": -17.0, "RV_OK": 1, "PIPE_VER": "6.0",
        "MEANRA": 86.8, "MEANDEC": 8.0,
    }  # fmt: skip
    for key, value in (values | changed).items():
        if value is not None:
            header[key] = value
    return header


IRAF = (
    "normalized", "relative_error", "sky", "teluric", "scattered", "cross_talk",
    "resolution_profile",
)  # fmt: skip
DR3 = ("input_sigma", "no_sky_subspectrum", "no_sky_sigma", "normalised spectra")


def write_galah(
    path: Path, names=IRAF, flux=None, relative=None, other=None, **changed
):
    """Write a camera's spectrum of 4096 pixels; ``other`` is another grid's start.

    A part whose name is in parentheses has none.
    """
    counts = np.full(4096, 200.0) if flux is None else flux
    parts = [fits.PrimaryHDU(counts, galah_header(**changed))]
    for name in names:
        is_relative = name.strip("()") in ("relative_error", "input_sigma")
        values = np.full(4096, 0.05) if relative is None else relative
        data = values if is_relative else np.ones(4096)
        start = {"first": other} if is_relative and other is not None else {}
        header = galah_header(**(changed | start))
        parts.append(fits.ImageHDU(data, header, name="" if "(" in name else name))
    fits.HDUList(parts).writeto(path, overwrite=True)
    return path


def apogee_grid(header):
    for key, value in (
        ("CRVAL1", 4.179), ("CDELT1", 6e-6), ("CRPIX1", 1), ("CTYPE1", "LOG-LINEAR"),
        ("DC-FLAG", 1),
    ):  # fmt: skip
        header[key] = value
    return header


def apogee_image(values, **changed):
    part = fits.ImageHDU(np.asarray(values))
    apogee_grid(part.header).update(changed)
    return part


def write_apstar(path: Path, visits=3, mask=None, err=None, **changed) -> Path:
    """Write a star of 50 pixels: the first row has 10, the second 20, then visits."""
    rows = 1 if visits == 1 else visits + 2
    flux = np.repeat(10.0 * np.arange(1, rows + 1)[:, None], 50, 1).astype(np.float32)
    errors = np.full_like(flux, 0.5) if err is None else err
    bits = np.zeros(flux.shape, np.int16) if mask is None else mask
    header = apogee_grid(fits.Header())
    values = {
        "OBJID": "2M00452143+1634446", "TELESCOP": "apo25m", "FIELD": "120-45",
        "RA": 11.339304, "DEC": 16.579082, "NVISITS": visits, "VHELIO": 6.7,
        "SNR": 79.5, "NWAVE": 50,
    }  # fmt: skip
    header.update(values | changed)
    images = [flux, errors, bits]
    if visits == 1:
        images = [image[0] for image in images]
    parts = [fits.PrimaryHDU(header=header), *(apogee_image(image) for image in images)]
    fits.HDUList(parts).writeto(path, overwrite=True)
    return path


def write_aspcapstar(path: Path, err=None, **changed) -> Path:
    header = fits.Header()
    values = {
        "OBJ": "2M00452143+1634446", "FIELD": "120-45", "RA": 11.339304,
        "DEC": 16.579082, "NVISITS": 3, "SNR": 79.5,
    }  # fmt: skip
    header.update(values | changed)
    flux = np.ones(50, np.float32)
    errors = np.full(50, 0.01, np.float32) if err is None else err
    columns = [
        fits.Column("APOGEE_ID", "18A", array=np.array(["2M00452143+1634446"])),
        fits.Column("FPARAM", "9E", array=np.zeros((1, 9))),
    ]
    parts = [
        fits.PrimaryHDU(header=header),
        *(apogee_image(image) for image in (flux, errors, flux)),
        fits.BinTableHDU.from_columns(columns),
    ]
    fits.HDUList(parts).writeto(path, overwrite=True)
    return path


def write_apvisit(path: Path, **changed) -> Path:
    """Write three chips whose wavelengths fall, the reddest first."""
    header = fits.Header()
    values = {
        "OBJID": "2M00452143+1634446", "TELESCOP": "apo25m", "PLATE": "5094",
        "MJD5": 55874, "FIBERID": 88, "RA": 11.3, "DEC": 16.5, "VRAD": -55.4,
        "VHELIO": -60.8, "BC": -5.4, "SNR": 76.4, "CCPEAK": 0.66, "V_APRED": "v3_15",
    }  # fmt: skip
    header.update(values | changed)
    flux = np.arange(150, dtype=np.float32).reshape(3, 50) + 1
    waves = np.array([16900.0, 16400.0, 15800.0])[:, None] - 0.1 * np.arange(50)
    wavelength = fits.ImageHDU(waves)
    wavelength.header["BUNIT"] = "Wavelength (Ang)"
    parts = [
        fits.PrimaryHDU(header=header),
        fits.ImageHDU(flux),
        fits.ImageHDU(np.full_like(flux, 0.5)),
        fits.ImageHDU(np.zeros((3, 50), np.int16)),
        wavelength,
    ]
    fits.HDUList(parts).writeto(path, overwrite=True)
    return path
