"""APOGEE's spectra: of a star (apStar, aspcapStar), and of a visit (apVisit).

apStar has fluxes, aspcapStar has them over the continuum; both are on one grid of
logarithms, in vacuum and at rest. apVisit has three chips with wavelengths of their
own, as observed. All three were seen as files, of DR13 and later reductions; that
apVisit is in vacuum is recalled.
"""

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stellarwh.catalogues.fits.cards import Header
from stellarwh.errors import FILE, SpectrumError
from stellarwh.spectra.layouts.layout import (
    Layout,
    Parts,
    axis_of,
    bits_of,
    number_of,
    position_of,
    positive,
    stem_of,
    text_of,
)
from stellarwh.spectra.spectrum import (
    Booleans,
    Floats,
    Piece,
    Spectrum,
    check_pixels,
    make_piece,
)

_RESOLUTION = 22_500.0
# Bits of the mask of pixels: bad, hit by a cosmic ray, saturated, unfixable, bad dark,
# bad flat, bad error, no sky, too little of the profile (recalled).
_REJECTING = 0b1111_1111 | 1 << 14
# 1e10 stands for an error that is unknown.
_UNKNOWN = 1e9
# Below this height of the peak of the cross-correlation a velocity is none: 556 km/s
# was seen at 0.06, good ones at 0.6.
_LEAST_PEAK = 0.1
# Å: where the middle of the wavelengths of three chips lies.
_BLUEST, _REDDEST = 15_000.0, 17_000.0
_SPECTRUM, _ERROR, _MASK, _TABLE = 1, 2, 3, 4
_WAVELENGTH = 4


def _is_log_linear(parts: Parts) -> bool:
    if len(parts) <= _MASK or len(parts[_SPECTRUM].shape) not in (1, 2):
        return False
    header = parts[_SPECTRUM].header
    return header.get("CTYPE1") == "LOG-LINEAR" or header.get("DC-FLAG") == 1


def _is_star(parts: Parts) -> bool:
    # A mask is of integers; what stands there in aspcapStar is the fit.
    bits = parts[_MASK].header.get("BITPIX") if _is_log_linear(parts) else None
    return bits in (8, 16, 32, 64) and bool(parts[_MASK].shape)


def _is_normalised_star(parts: Parts) -> bool:
    if not _is_log_linear(parts) or len(parts) <= _TABLE:
        return False
    return len(parts[_SPECTRUM].shape) == 1 and parts[_TABLE].has("FPARAM")


def _is_visit(parts: Parts) -> bool:
    if len(parts) <= _WAVELENGTH or len(parts[_SPECTRUM].shape) != 2:
        return False
    if parts[_WAVELENGTH].shape != parts[_SPECTRUM].shape or _is_log_linear(parts):
        return False
    waves = parts[_WAVELENGTH].image()
    return bool(waves.size) and _BLUEST < np.median(np.nan_to_num(waves)) < _REDDEST


def _read_star(path: Path, parts: Parts) -> list[Spectrum]:
    """Read the combined spectrum, weighted by pixels: the first of several rows.

    With one visit there is only one row. The first row of the mask has the bits of any
    visit; those that all visits have, which spoil the sum, are in its second.
    """
    header = parts[0].header
    flux, err = _row(parts, _SPECTRUM), _row(parts, _ERROR)
    mask = bits_of(_row(parts, _MASK, 1), _REJECTING)
    piece = _piece(parts, flux, err, mask)
    name = text_of(header, "OBJID", "OBJ")
    told = (text_of(header, "TELESCOP"), text_of(header, "FIELD", "LOCID"), name)
    return [
        _spectrum(
            path,
            "apogee-apstar",
            (piece,),
            header,
            spectrum_id=_joined(path, "apStar", *told),
            source_id=name,
            snr=number_of(header, "SNR"),
        )
    ]


def _read_normalised_star(path: Path, parts: Parts) -> list[Spectrum]:
    header, table = parts[0].header, parts[_TABLE]
    piece = _piece(parts, _row(parts, _SPECTRUM), _row(parts, _ERROR), None)
    name = table.text("APOGEE_ID") or text_of(header, "OBJID", "OBJ")
    field = table.text("FIELD") or text_of(header, "FIELD", "LOCID")
    telescope = table.text("TELESCOPE") or text_of(header, "TELESCOP")
    told = [part for part in (telescope, field) if part]
    return [
        _spectrum(
            path,
            "apogee-aspcapstar",
            (piece,),
            header,
            spectrum_id=_joined(path, "aspcapStar", *told, name),
            source_id=name,
            snr=number_of({"SNR": table.number("SNR")} | header, "SNR"),
        )
    ]


def _read_visit(path: Path, parts: Parts) -> list[Spectrum]:
    header = parts[0].header
    flux, err, mask, waves = (
        parts[number].image() for number in (_SPECTRUM, _ERROR, _MASK, _WAVELENGTH)
    )
    if not flux.shape == err.shape == mask.shape:
        raise _unequal(parts)
    pieces = []
    for chip in range(len(flux)):
        # Each chip's wavelengths fall.
        turn = slice(None, None, -1 if waves[chip, 0] > waves[chip, -1] else 1)
        pieces.append(
            make_piece(
                waves[chip, turn],
                flux[chip, turn],
                _known(err[chip, turn]),
                bits_of(mask[chip, turn], _REJECTING),
                name=f"chip {chip + 1}",
            )
        )
    pieces.sort(key=lambda piece: float(piece.wavelength[0]))
    told = [text_of(header, key) for key in ("TELESCOP", "PLATE", "MJD5")]
    fibre = text_of(header, "FIBERID")
    return [
        _spectrum(
            path,
            "apogee-apvisit",
            tuple(pieces),
            header,
            spectrum_id=_joined(path, "apVisit", *told, fibre and fibre.zfill(3)),
            source_id=text_of(header, "OBJID", "OBJ"),
            snr=number_of(header, "SNR"),
            is_rest=False,
        )
    ]


def _spectrum(
    path: Path,
    layout: str,
    pieces: tuple[Piece, ...],
    header: Header,
    *,
    spectrum_id: str,
    source_id: str | None,
    snr: float | None,
    is_rest: bool = True,
) -> Spectrum:
    check_pixels(pieces)
    ra, dec = position_of(header)
    return Spectrum(
        path=path,
        survey="apogee",
        layout=layout,
        # The version of the reduction: no header names the data release.
        release=text_of(header, "V_APRED"),
        spectrum_id=spectrum_id,
        source_id=source_id,
        ra=ra,
        dec=dec,
        stated_snr=snr,
        medium="vacuum",
        is_rest=is_rest,
        velocity=0.0 if is_rest else _velocity(header),
        resolution=_RESOLUTION,
        pieces=pieces,
        velocity_err=positive(None if is_rest else number_of(header, "VRADERR")),
    )


def _velocity(header: Header) -> float | None:
    """Return the velocity of a visit against the observatory, where it was found."""
    peak = number_of(header, "CCPEAK")
    if peak is not None and peak < _LEAST_PEAK:
        return None
    return number_of(header, "VRAD")


def _row(parts: Parts, number: int, row: int = 0) -> npt.NDArray[np.number]:
    """Return a row of an image, the only one if it has one."""
    values = parts[number].image()
    if values.ndim == 1:
        return values
    if values.ndim != 2 or len(values) <= row:
        raise _unequal(parts)
    found: npt.NDArray[np.number] = values[row]
    return found


def _piece(
    parts: Parts,
    flux: npt.NDArray[np.number],
    err: npt.NDArray[np.number],
    mask: Booleans | None,
) -> Piece:
    if flux.shape != err.shape or (mask is not None and mask.shape != flux.shape):
        raise _unequal(parts)
    waves = axis_of(parts[_SPECTRUM].header, len(flux))
    if waves is None:
        raise SpectrumError(
            f"{FILE}: its spectrum has no CRVAL1 and CDELT1; expected the base-10 "
            "logarithm of the first wavelength and the step to the next."
        )
    _check_grid(parts[0].header, waves)
    return make_piece(waves, flux, _known(err), mask)


def _check_grid(header: Header, waves: Floats) -> None:
    """Refuse a spectrum that is on another grid than the primary header says."""
    pixels = number_of(header, "NWAVE")
    said = axis_of(header, len(waves))
    if pixels is not None and pixels != len(waves):
        raise SpectrumError(
            f"{FILE}: its spectrum has {len(waves):,} pixels, its header says NWAVE = "
            f"{pixels:,.0f}; expected the same."
        )
    if said is not None and np.abs(said / waves - 1).max(initial=0) > 1e-6:
        raise SpectrumError(
            f"{FILE}: its spectrum begins at {waves[0]:.3f} Å and ends at "
            f"{waves[-1]:.3f}, by its primary header at {said[0]:.3f} and "
            f"{said[-1]:.3f}; expected the same."
        )


def _known(err: npt.NDArray[np.number]) -> Floats:
    values = err.astype(float)
    return np.where(values < _UNKNOWN, values, math.nan)


def _unequal(parts: Parts) -> SpectrumError:
    found = ", ".join(part.describe() for part in parts[_SPECTRUM : _MASK + 1])
    return SpectrumError(
        f"{FILE}: its spectrum, error and mask are {found}; expected the same size."
    )


def _joined(path: Path, *words: str | None) -> str:
    """Return the parts of an id, joined as in the name of a file."""
    known = [word for word in words if word]
    return "-".join(known) if len(known) == len(words) else stem_of(path)


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "apogee-apstar",
        "apogee",
        "images of flux, error and mask on a grid of logarithms (apStar)",
        _is_star,
        _read_star,
    ),
    Layout(
        "apogee-aspcapstar",
        "apogee",
        "images of normalised flux and error on a grid of logarithms, and a table with "
        "FPARAM (aspcapStar)",
        _is_normalised_star,
        _read_normalised_star,
    ),
    Layout(
        "apogee-apvisit",
        "apogee",
        "images of three chips, the fourth their wavelengths (apVisit)",
        _is_visit,
        _read_visit,
    ),
)
