"""LAMOST's spectra of medium resolution: two arms, coadded and by exposures.

Seen as files of DR7, a row a pixel; tables of one row, as the newest of low resolution
have, are read as well. Single exposures are read only where a file has no coadded
spectrum: each of them has less signal than the sum.
"""

from collections.abc import Sequence
from pathlib import Path

from stellarwh.errors import FILE, SpectrumError
from stellarwh.spectra.layouts.lamost import (
    MEDIUM_RESOLUTION,
    check_parts,
    is_arm,
    is_of_lamost,
    make_spectrum,
    rejected_by,
)
from stellarwh.spectra.layouts.layout import Layout, Parts, number_of, power_of
from stellarwh.spectra.parts import Part
from stellarwh.spectra.spectrum import Piece, Spectrum, errors_of_weights, make_piece

_COADDED = "COADD_"


def _has_arms(parts: Parts) -> bool:
    return is_of_lamost(parts[0].header) and any(map(_is_spectrum, parts[1:]))


def _is_spectrum(part: Part) -> bool:
    """Return whether a part is an arm, with wavelengths or their logarithms."""
    if not is_arm(part) or not part.has("FLUX", "IVAR"):
        return False
    return part.has("LOGLAM") or part.has("WAVELENGTH")


def _read(path: Path, parts: Parts) -> list[Spectrum]:
    """Return the coadded spectrum; else one of each exposure."""
    check_parts(parts)
    arms = [part for part in parts[1:] if _is_spectrum(part) and part.rows]
    coadded = [part for part in arms if part.name.startswith(_COADDED)]
    if coadded:
        return [_spectrum(path, parts[0], coadded)]
    exposures: dict[str, list[Part]] = {}
    for part in arms:
        exposures.setdefault(part.name.partition("-")[2], []).append(part)
    if not exposures:
        raise SpectrumError(f"{FILE}: its arms have no pixels; expected some.")
    return [
        _spectrum(path, parts[0], exposures[exposure], exposure)
        for exposure in sorted(exposures)
    ]


def _spectrum(
    path: Path, primary: Part, arms: Sequence[Part], exposure: str = ""
) -> Spectrum:
    pieces = sorted((_piece(arm) for arm in arms), key=lambda p: p.wavelength[0])
    known = [s for arm in arms if (s := number_of(arm.header, "SNR")) is not None]
    return make_spectrum(
        path,
        "lamost-mrs",
        primary.header,
        tuple(pieces),
        # Of the arm that has the least.
        snr=min(known, default=None),
        resolution=MEDIUM_RESOLUTION,
        exposure=exposure,
    )


def _piece(arm: Part) -> Piece:
    flux, ivar = arm.column("FLUX"), arm.column("IVAR")
    if arm.has("LOGLAM"):
        waves = power_of(arm.column("LOGLAM"))
    else:
        waves = arm.column("WAVELENGTH").astype(float)
    mask = next((m for m in ("ANDMASK", "PIXMASK") if arm.has(m)), None)
    rejected = None if mask is None else rejected_by(arm.column(mask))
    if arm.rows == 1:
        # A cell has the whole spectrum.
        flux, ivar, waves = flux.ravel(), ivar.ravel(), waves.ravel()
        rejected = None if rejected is None else rejected.ravel()
    return make_piece(waves, flux, errors_of_weights(ivar), rejected, name=arm.name)


LAYOUTS = (
    Layout(
        "lamost-mrs",
        "lamost",
        "tables COADD_B and COADD_R with columns FLUX, IVAR and LOGLAM",
        _has_arms,
        _read,
    ),
)
