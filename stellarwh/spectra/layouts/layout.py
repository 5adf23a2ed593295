"""What every layout of a spectrum file says of itself."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stellarwh.catalogues.fits.cards import Header
from stellarwh.errors import FILE, SpectrumError
from stellarwh.spectra.parts import Part
from stellarwh.spectra.spectrum import Booleans, Floats, Spectrum

Parts = Sequence[Part]
_LARGEST_LOGARITHM = 10


@dataclass(frozen=True)
class Layout:
    """A layout of spectrum files.

    Parameters
    ----------
    name : str
        Such as ``lamost-lrs-image``.
    survey : str
        Whose files have it.
    words : str
        How its files are made, for a message.
    fits : callable
        Whether the parts of a file have it: seen from headers and columns, never from
        the name of the file.
    read : callable
        Gives the spectra of a file that has it.
    """

    name: str
    survey: str
    words: str
    fits: Callable[[Parts], bool]
    read: Callable[[Path, Parts], list[Spectrum]]


def positive(value: float | None) -> float:
    """Return an error that can be one; NaN instead of others.

    Examples
    --------
    >>> positive(0.2), positive(-1.0), positive(None)
    (0.2, nan, nan)
    """
    return value if value is not None and value > 0 else float("nan")


def number_of(header: Header, *keys: str) -> float | None:
    """Return the first of some keywords that is a number, and not one that is missing.

    -9999 and -999 stand for a missing value in LAMOST's and APOGEE's headers.

    Examples
    --------
    >>> number_of({"SNRG": -9999.0, "SNRR": 20}, "SNRG", "SNRR")
    20.0
    """
    for key in keys:
        value = header.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if math.isfinite(value) and value not in (-9999, -999):
            return float(value)
    return None


def text_of(header: Header, *keys: str) -> str | None:
    """Return the first of some keywords that has a text or a whole number, as text."""
    for key in keys:
        value = header.get(key)
        if isinstance(value, bool) or not isinstance(value, int | str):
            continue
        text = str(value).strip()
        if text and text.lower() != "none":
            return text
    return None


def position_of(
    header: Header, ra: str = "RA", dec: str = "DEC"
) -> tuple[float, float]:
    """Return right ascension and declination in degrees; NaN where there is none.

    Both 0 is what stands for none: Vesta has it, in a file of GALAH.
    """
    found = number_of(header, ra), number_of(header, dec)
    if found[0] is None or found[1] is None or not (
        0 <= found[0] <= 360 and -90 <= found[1] <= 90 and found != (0, 0)
    ):  # fmt: skip
        return math.nan, math.nan
    return found[0], found[1]


def stem_of(path: Path) -> str:
    """Return the name of a file without its endings.

    Examples
    --------
    >>> stem_of(Path("spectra/2101150001010011.fits.gz"))
    '2101150001010011'
    """
    name = path.name
    for ending in (".gz", ".fits", ".fit"):
        name = name.removesuffix(ending)
    return name or path.name


def axis_of(header: Header, pixels: int) -> Floats | None:
    """Return the wavelengths of an axis that CRVAL1 and its step describe.

    Parameters
    ----------
    header : mapping
        Its step is CDELT1 or CD1_1; CTYPE1 ``LOG-LINEAR`` and DC-FLAG 1 mean base-10
        logarithms.
    pixels : int
        How many there are.

    Returns
    -------
    ndarray of shape (pixels,), or None
        None if the header has no such keywords.

    Raises
    ------
    SpectrumError
        If the header has two steps that differ, or no wavelengths come of it.
    """
    first = number_of(header, "CRVAL1")
    steps = [s for key in ("CDELT1", "CD1_1") if (s := number_of(header, key))]
    if first is None or not steps:
        return None
    if abs(steps[0] - steps[-1]) * pixels > abs(steps[0]) / 10:
        raise SpectrumError(
            f"{FILE}: CDELT1 is {steps[0]:g} and CD1_1 is {steps[-1]:g}; expected one "
            "step a pixel."
        )
    reference = number_of(header, "CRPIX1")
    before = 1 - (1 if reference is None else reference)
    axis = first + steps[0] * (np.arange(pixels) + before)
    is_log = header.get("DC-FLAG") == 1 or header.get("CTYPE1") == "LOG-LINEAR"
    if not is_log:
        return np.asarray(axis)
    if pixels and np.abs(axis[[0, -1]]).max() > _LARGEST_LOGARITHM:
        raise SpectrumError(
            f"{FILE}: CRVAL1 is {first:g} and its step is {steps[0]:g}; expected the "
            "base-10 logarithm of a wavelength in Å, and its step a pixel."
        )
    return np.asarray(10**axis)


def bits_of(mask: npt.NDArray[np.number], rejecting: int) -> Booleans:
    """Return which pixels a mask rejects.

    Parameters
    ----------
    mask : ndarray of shape (n,)
        Bits as integers, or as floats of them. What is no integer is no mask of bits:
        the pixel is not known to be good.
    rejecting : int
        The bits that reject a pixel.
    """
    is_known = np.isfinite(mask) & (np.abs(mask) < 2**31)
    bits = np.where(is_known, mask, 0).astype(np.int64)
    return np.asarray(((bits & rejecting) != 0) | ~is_known)


def power_of(logarithms: npt.NDArray[np.number]) -> Floats:
    """Return wavelengths of base-10 logarithms, infinite where these are none."""
    with np.errstate(over="ignore"):
        return np.asarray(10 ** logarithms.astype(float))
