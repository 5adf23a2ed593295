"""GALAH's spectra, a file for each camera: DR3 and DR4, and IRAF's reduction 6.0.

Both layouts were seen as files. In both the first part is the flux in counts and
another its relative error; wavelengths are in air and barycentric. DR3's last part,
normalised spectra, has the wavelengths of the star at rest: in 15 stars at -53 to 362
km/s Hα and Hβ are there, 0.02 Å off in the median and 0.11 Å at most. It may be cut or
missing in the infrared camera, so fluxes are read of the first part; but how the two
grids differ is the only word on the velocity.
"""

import re
from pathlib import Path

import numpy as np

from stellarwh.catalogues.fits.cards import Header
from stellarwh.errors import FILE, SpectrumError
from stellarwh.spectra.layouts.layout import (
    Layout,
    Parts,
    axis_of,
    number_of,
    position_of,
    positive,
    stem_of,
    text_of,
)
from stellarwh.spectra.parts import Part
from stellarwh.spectra.spectrum import (
    LIGHT,
    Floats,
    Spectrum,
    check_pixels,
    make_piece,
)

_RESOLUTION = 28_000.0
_SOBJECT_ID = re.compile(r"\d{15}")
# km/s: what is faster is no velocity of a star, but another grid.
_FASTEST = 2000.0
# Å in the middle of each camera's range.
_CAMERAS = {1: 4810.0, 2: 5760.0, 3: 6610.0, 4: 7735.0}
_REACH = 200.0
# Names of parts. Where epochs were combined, DR3's errors have none.
_REDUCED, _RELEASED, _WITHOUT_SKY = (
    "RELATIVE_ERROR", "INPUT_SIGMA", "NO_SKY_SUBSPECTRUM"
)  # fmt: skip


def _relative_error(parts: Parts, layout: str) -> Part | None:
    if layout == "galah-iraf":
        return next((part for part in parts[1:] if part.name == _REDUCED), None)
    named = next((part for part in parts[1:] if part.name == _RELEASED), None)
    is_released = any(part.name == _WITHOUT_SKY for part in parts[1:])
    return parts[1] if named is None and is_released and not parts[1].name else named


def _is_reduction(parts: Parts) -> bool:
    return len(parts[0].shape) == 1 and _relative_error(parts, "galah-iraf") is not None


def _is_release(parts: Parts) -> bool:
    return len(parts[0].shape) == 1 and _relative_error(parts, "galah-dr3") is not None


def _read(path: Path, parts: Parts, layout: str) -> list[Spectrum]:
    header = parts[0].header
    relative = _relative_error(parts, layout)
    if relative is None:
        raise SpectrumError(f"{FILE}: it has no part with the relative error.")
    flux = parts[0].image().astype(float)
    waves = _grid(parts[0], relative, len(flux))
    piece = make_piece(waves, flux, _errors(flux, relative))
    check_pixels([piece])
    spectrum_id, source_id = _ids(path, header, piece.wavelength)
    ra, dec = position_of(header, "RA_ICRS", "DEC_ICRS")
    if np.isnan(ra):
        ra, dec = position_of(header, "RA_OBS", "DEC_OBS")
    snr = number_of(header, "SNR")
    velocity, err = _velocity(parts)
    return [
        Spectrum(
            path=path,
            survey="galah",
            layout=layout,
            release=_release(header),
            spectrum_id=spectrum_id,
            source_id=source_id,
            ra=ra,
            dec=dec,
            stated_snr=snr,
            medium="air",
            is_rest=False,
            velocity=velocity,
            resolution=_RESOLUTION,
            pieces=(piece,),
            velocity_err=err,
        )
    ]


def _read_reduction(path: Path, parts: Parts) -> list[Spectrum]:
    return _read(path, parts, "galah-iraf")


def _read_release(path: Path, parts: Parts) -> list[Spectrum]:
    return _read(path, parts, "galah-dr3")


def _errors(flux: Floats, relative: Part) -> Floats:
    """Return 1 σ in counts; unknown where the relative error is not positive."""
    values = relative.image().astype(float)
    if values.shape != flux.shape:
        raise SpectrumError(
            f"{FILE}: its relative errors are {relative.describe()}; expected "
            f"{len(flux):,} of them, one for each flux."
        )
    with np.errstate(over="ignore"):
        return np.where(values > 0, values * np.abs(flux), np.nan)


def _grid(spectrum: Part, relative: Part, pixels: int) -> Floats:
    """Return the wavelengths of the fluxes, which are those of their errors, too."""
    waves = axis_of(spectrum.header, pixels)
    if waves is None:
        raise SpectrumError(
            f"{FILE}: its header has no CRVAL1 and CDELT1; expected the wavelength of "
            "the first pixel and the step to the next."
        )
    others = axis_of(relative.header, pixels)
    step = waves[-1] - waves[-2] if pixels > 1 else 0.0
    if others is not None and np.abs(others - waves).max(initial=0) > abs(step) / 10:
        raise SpectrumError(
            f"{FILE}: its fluxes begin at {waves[0]:.3f} Å and end at {waves[-1]:.3f}, "
            f"its relative errors at {others[0]:.3f} and {others[-1]:.3f}; expected "
            "the same wavelengths."
        )
    return waves


def _ids(path: Path, header: Header, waves: Floats) -> tuple[str, str | None]:
    """Return sobject_id with the camera behind it, and sobject_id.

    DR3 has it in its header; the reduction has it in the name of the file alone.

    Raises
    ------
    SpectrumError
        If the name is that of another camera's file.
    """
    middle = float(waves[[0, -1]].mean())
    camera = min(_CAMERAS, key=lambda number: abs(_CAMERAS[number] - middle))
    if abs(_CAMERAS[camera] - middle) > _REACH:
        raise SpectrumError(
            f"{FILE}: its wavelengths are {waves[0]:.1f} to {waves[-1]:.1f} Å; "
            "expected those of one of GALAH's four cameras, 4,713 to 7,887 Å."
        )
    said = text_of(header, "OBJECT") or ""
    if _SOBJECT_ID.fullmatch(said):
        return f"{said}{camera}", said
    stem = stem_of(path)
    if _SOBJECT_ID.fullmatch(stem[:-1]) is None:
        return stem, None
    if stem[-1] != str(camera):
        raise SpectrumError(
            f"{FILE}: its wavelengths, {waves[0]:.1f} to {waves[-1]:.1f} Å, are those "
            f"of camera {camera}; expected camera {stem[-1]}, as its name ends."
        )
    return stem, stem[:-1]


def _release(header: Header) -> str | None:
    """Return the release, else the version of the reduction.

    Examples
    --------
    >>> _release({"ORIGIN": "GALAH DR3", "PIPE_VER": 5.3})
    'DR3'
    """
    origin = text_of(header, "ORIGIN") or ""
    if origin.startswith("GALAH "):
        return origin.removeprefix("GALAH ")
    return text_of(header, "PIPE_VER")


def _velocity(parts: Parts) -> tuple[float | None, float]:
    """Return the velocity of all cameras, else of this one, and its error.

    Only where it converged. DR3's headers have none; there it is how far the normalised
    spectrum was shifted to rest, seen from its step: its first pixel may be cut.
    """
    header = parts[0].header
    for key, fine in (("RVCOM", "RVCOM_OK"), ("RV", "RV_OK")):
        value = number_of(header, key)
        if value is not None and header.get(fine, 1) not in (0, False):
            return value, positive(number_of(header, f"E_{key}"))
    at_rest = next((p for p in parts if p.name.startswith("NORMALISED")), None)
    step = number_of(header, "CDELT1")
    step_at_rest = None if at_rest is None else number_of(at_rest.header, "CDELT1")
    if not step or not step_at_rest:
        return None, float("nan")
    velocity = LIGHT * (step / step_at_rest - 1)
    return (velocity if abs(velocity) < _FASTEST else None), float("nan")


LAYOUTS = (
    Layout(
        "galah-iraf",
        "galah",
        "an image of one row and its parts normalized and relative_error",
        _is_reduction,
        _read_reduction,
    ),
    Layout(
        "galah-dr3",
        "galah",
        "an image of one row and its part input_sigma",
        _is_release,
        _read_release,
    ),
)
