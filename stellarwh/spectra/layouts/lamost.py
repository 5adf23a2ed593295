"""What the headers of all of LAMOST's spectra have in common."""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stellarwh.catalogues.fits.cards import Header
from stellarwh.errors import FILE, SpectrumError
from stellarwh.spectra.layouts.layout import (
    Parts,
    bits_of,
    number_of,
    position_of,
    positive,
    stem_of,
    text_of,
)
from stellarwh.spectra.parts import Part
from stellarwh.spectra.spectrum import (
    LIGHT,
    Booleans,
    Piece,
    Spectrum,
    check_pixels,
)

# Nominal, of the slits in use (read in the release's documentation); of an observation
# it may be 10 % off.
LOW_RESOLUTION, MEDIUM_RESOLUTION = 1800.0, 7500.0
# Bits of ANDMASK and PIXMASK: a bad CCD, a bad profile, no data (recalled). Pixels that
# have them in real files have a weight, and often a flux of exactly 0.
_REJECTING = 1 << 0 | 1 << 1 | 1 << 5

_ARM = re.compile(r"COADD_[BR]|[BR]-\d+")


def is_of_lamost(header: Header) -> bool:
    """Return whether a header says that the file is LAMOST's."""
    keys = ("TELESCOP", "ORIGIN", "AUTHOR", "DATA_V")
    return any("LAMOST" in str(header.get(key, "")).upper() for key in keys)


def is_arm(part: Part) -> bool:
    """Return whether a part is one arm of medium resolution, coadded or not.

    Examples are ``COADD_B`` and ``R-84454650``.
    """
    return _ARM.fullmatch(part.name) is not None


def check_parts(parts: Parts) -> None:
    """Refuse a file that ends behind one of its parts: N_EXTEN counts them all.

    Raises
    ------
    SpectrumError
        With the parts that are there.
    """
    said = number_of(parts[0].header, "N_EXTEN")
    if said is not None and len(parts) < said:
        raise SpectrumError(
            f"{FILE} is truncated: its header says N_EXTEN = {said:.0f} parts, "
            f"{len(parts)} are there; download it again."
        )


def rejected_by(mask: npt.NDArray[np.number]) -> Booleans:
    """Return which pixels a mask rejects, as integers or as floats of them.

    No sky, bright sky and a bad centre (bits 2 to 4, counted from 0) say nothing
    against the flux.
    """
    return bits_of(mask, _REJECTING)


def release_of(header: Header) -> str | None:
    """Return the release that DATA_V says: DR1's files, and some of DR2, have none.

    Examples
    --------
    >>> release_of({"DATA_V": "LAMOST DR7"})
    'DR7'
    """
    said = text_of(header, "DATA_V")
    return None if said is None else said.upper().replace("LAMOST", "").strip() or None


def ids_of(header: Header, path: Path) -> tuple[str, str | None]:
    """Return the id of a spectrum, and that of the catalogue.

    Both are OBSID. Where there is none (DR1), or a negative one (an overflow, seen in
    DR3), the spectrum is called by its night, plan, spectrograph and fibre, as its file
    is, and the catalogue's id is unknown.
    """
    obsid = header.get("OBSID")
    if type(obsid) is int and obsid > 0:
        return str(obsid), str(obsid)
    night, plan = text_of(header, "LMJD"), text_of(header, "PLANID")
    spectrograph, fibre = text_of(header, "SPID"), text_of(header, "FIBERID")
    if night is None or plan is None or spectrograph is None or fibre is None:
        return stem_of(path), None
    return f"{night}-{plan}_sp{spectrograph.zfill(2)}-{fibre.zfill(3)}", None


def make_spectrum(
    path: Path,
    layout: str,
    header: Header,
    pieces: tuple[Piece, ...],
    *,
    snr: float | None,
    resolution: float,
    exposure: str = "",
) -> Spectrum:
    """Return the spectrum that a primary header and its pixels are of.

    The wavelengths are heliocentric, in vacuum. Z is the redshift that is still in
    them; -9999 means that none was found, and files of medium resolution have none.
    """
    check_pixels(pieces)
    spectrum_id, source_id = ids_of(header, path)
    ra, dec = position_of(header)
    z = number_of(header, "Z")
    z_err = positive(number_of(header, "Z_ERR"))
    return Spectrum(
        path=path,
        survey="lamost",
        layout=layout,
        release=release_of(header),
        spectrum_id=f"{spectrum_id}-{exposure}" if exposure else spectrum_id,
        source_id=source_id,
        ra=ra,
        dec=dec,
        stated_snr=snr,
        medium="air" if header.get("VACUUM") is False else "vacuum",
        is_rest=False,
        velocity=None if z is None else LIGHT * z,
        resolution=resolution,
        pieces=pieces,
        velocity_err=LIGHT * z_err,
    )
