"""LAMOST's spectra of low resolution, in the three layouts of its releases.

DR1 has an image whose third row is the flux over its continuum, and wavelengths are in
the header alone (COEFF0, COEFF1); from DR2 on the third row is the wavelength. The
newest files have a table of one row. All three were seen as files, of DR1 to DR9; the
number of pixels varies in each.
"""

import re
from pathlib import Path

import numpy as np

from stellarwh.catalogues.fits.cards import Header
from stellarwh.errors import FILE, SpectrumError
from stellarwh.spectra.layouts.lamost import (
    LOW_RESOLUTION,
    check_parts,
    is_arm,
    is_of_lamost,
    make_spectrum,
    rejected_by,
)
from stellarwh.spectra.layouts.layout import Layout, Parts, axis_of, number_of, text_of
from stellarwh.spectra.parts import Part
from stellarwh.spectra.spectrum import (
    Floats,
    Spectrum,
    errors_of_weights,
    make_piece,
)

_ROWS = 5
_COLUMNS = ("FLUX", "IVAR", "WAVELENGTH")
# The largest part of a pixel that two statements of its wavelength may differ by: 7
# km/s. 0.036 Å, 0.04 of a pixel, was seen.
_TOLERANCE = 0.1
# Å. Wavelengths in the files are powers of logarithms in single precision, which rounds
# them by up to 0.003 Å; the header's grid is exact.
_ROUNDING = 0.005
# Above 1 Å on any grid of LAMOST's: what is below is no wavelength but a flux.
_LEAST_WAVELENGTH = 1000.0
_LARGEST_LOGARITHM = 10
_LEAST_STEP = 1e-9


def _has_rows(parts: Parts) -> bool:
    shape = parts[0].shape
    return len(shape) == 2 and shape[0] == _ROWS and is_of_lamost(parts[0].header)


def _has_continuum_row(parts: Parts) -> bool:
    return _has_rows(parts) and not _third_is_wavelength(parts)


def _has_wavelength_row(parts: Parts) -> bool:
    return _has_rows(parts) and _third_is_wavelength(parts)


def _third_is_wavelength(parts: Parts) -> bool:
    """Return whether the third row is said to be wavelengths, or looks like them."""
    said = (text_of(parts[0].header, "EXTEN0") or "").lower()
    if "wavelength" in said:
        return True
    if "continuum" in said:
        return False
    row = parts[0].image()[2]
    return bool(row.size and np.nanmedian(np.nan_to_num(row)) > _LEAST_WAVELENGTH)


def _check_rows(header: Header) -> None:
    """Refuse an image whose header names its rows in another order.

    Raises
    ------
    SpectrumError
        With the order that was found.
    """
    said = text_of(header, "EXTEN0") or ""
    named = [word for word in re.split(r"[^a-z]+", said.lower()) if word]
    if len(named) != _ROWS or not set(named) & {"flux", "inverse"}:
        return
    if not (
        named[0].startswith("flux")
        and named[1].startswith(("inv", "ivar"))
        and named[3].startswith("and")
    ):
        raise SpectrumError(
            f"{FILE}: EXTEN0 names its rows '{said}'; expected the flux, its weight "
            "(inverse variance), the wavelength or the flux over its continuum, and "
            "two masks, in this order."
        )


def _read_image(path: Path, parts: Parts) -> list[Spectrum]:
    header = parts[0].header
    _check_rows(header)
    rows = parts[0].image()
    is_stated = _third_is_wavelength(parts)
    grid = _grid(header, rows.shape[1])
    if is_stated:
        waves = _agreed(rows[2].astype(float), grid, "its third row")
    elif grid is not None:
        waves = grid
    else:
        raise SpectrumError(
            f"{FILE}: its third row is the flux over its continuum and its header has "
            "no COEFF0 and COEFF1; expected wavelengths in either."
        )
    piece = make_piece(waves, rows[0], errors_of_weights(rows[1]), rejected_by(rows[3]))
    layout = "lamost-lrs-image" if is_stated else "lamost-lrs-dr1"
    return [
        make_spectrum(
            path,
            layout,
            header,
            (piece,),
            snr=number_of(header, "SNRG", "SN_G"),
            resolution=LOW_RESOLUTION,
        )
    ]


def _grid(header: Header, pixels: int) -> Floats | None:
    """Return the wavelengths that a header states, None if it states none."""
    first, step = number_of(header, "COEFF0"), number_of(header, "COEFF1")
    if first is None or step is None:
        return axis_of(header, pixels)
    last = first + step * pixels
    if max(abs(first), abs(last)) > _LARGEST_LOGARITHM or abs(step) < _LEAST_STEP:
        raise SpectrumError(
            f"{FILE}: COEFF0 is {first:g} and COEFF1 is {step:g}; expected the base-10 "
            "logarithm of a wavelength in Å, and its step a pixel."
        )
    return np.asarray(10 ** (first + step * np.arange(pixels)))


def _agreed(stated: Floats, grid: Floats | None, where: str) -> Floats:
    """Return the wavelengths that a file states, without their rounding.

    Raises
    ------
    SpectrumError
        If the header's grid contradicts them, with the pixel where most.
    """
    if grid is None or len(grid) < 2 or not np.all(np.isfinite(stated)):
        return stated
    apart = np.abs(stated - grid)
    if apart.max() <= _ROUNDING:
        return grid
    away = apart / np.gradient(grid)
    worst = int(np.argmax(away))
    if away[worst] <= _TOLERANCE:
        return stated
    raise SpectrumError(
        f"{FILE}: {where} has {stated[worst]:.3f} Å at pixel {worst + 1:,}, where "
        f"COEFF0 and COEFF1 of its header give {grid[worst]:.3f} Å; expected the same, "
        f"within {_TOLERANCE} of a pixel."
    )


def _has_table(parts: Parts) -> bool:
    return is_of_lamost(parts[0].header) and any(map(_is_coadded, parts[1:]))


def _is_coadded(part: Part) -> bool:
    return part.rows == 1 and part.has(*_COLUMNS) and not is_arm(part)


def _read_table(path: Path, parts: Parts) -> list[Spectrum]:
    check_parts(parts)
    header = parts[0].header
    table = next(part for part in parts[1:] if _is_coadded(part))
    flux, ivar, waves = (table.column(name).ravel() for name in _COLUMNS)
    rejected = (
        rejected_by(table.column("ANDMASK").ravel()) if table.has("ANDMASK") else None
    )
    waves = _agreed(
        waves.astype(float), _grid(header, len(waves)), "its column WAVELENGTH"
    )
    piece = make_piece(waves, flux, errors_of_weights(ivar), rejected)
    return [
        make_spectrum(
            path,
            "lamost-lrs-table",
            header,
            (piece,),
            snr=number_of(header, "SNRG", "SN_G"),
            resolution=LOW_RESOLUTION,
        )
    ]


LAYOUTS = (
    Layout(
        "lamost-lrs-dr1",
        "lamost",
        "an image of five rows, the third the flux over its continuum",
        _has_continuum_row,
        _read_image,
    ),
    Layout(
        "lamost-lrs-image",
        "lamost",
        "an image of five rows, the third the wavelength",
        _has_wavelength_row,
        _read_image,
    ),
    Layout(
        "lamost-lrs-table",
        "lamost",
        "a table of one row with columns FLUX, IVAR and WAVELENGTH",
        _has_table,
        _read_table,
    ),
)
