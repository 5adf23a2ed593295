"""A spectrum, whichever survey published it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stellarwh.errors import FILE, SpectrumError

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

LIGHT = 299_792.458  # km/s
# Wavelengths beyond are in another unit than Å, or none.
_NEAREST, _FARTHEST = 2_000.0, 25_000.0


@dataclass(frozen=True)
class Piece:
    """One arm, camera or chip of a spectrum.

    Attributes
    ----------
    wavelength : ndarray of shape (n,)
        Centres of the pixels in Å, ascending, in the medium and frame of the spectrum.
    flux : ndarray of shape (n,)
        As in the file, in whatever unit.
    err : ndarray of shape (n,)
        1 σ in the unit of the flux; infinite where unknown.
    good : ndarray of shape (n,)
        Whether flux and error are finite, the flux is not exactly 0, and no mask of the
        file rejects the pixel.
    """

    wavelength: Floats
    flux: Floats
    err: Floats
    good: Booleans


@dataclass(frozen=True)
class Spectrum:
    """A spectrum as its file has it.

    Attributes
    ----------
    path : Path
        The file.
    survey : str
        ``lamost``, ``galah``, ``apogee`` or ``sdss``.
    layout : str
        How the file is made, such as ``lamost-lrs-image``; see
        `stellarwh.spectra.layouts.known`.
    release : str or None
        Data release, or version of the reduction, as the header says it: never guessed.
    spectrum_id : str
        Unique within the survey.
    source_id : str or None
        What the survey's catalogue calls the observation or the star, None if the file
        does not say.
    ra, dec : float
        Degrees; NaN if the file does not say.
    stated_snr : float or None
        Signal-to-noise ratio a pixel that the header states; None where it has none.
    medium : str
        ``vacuum`` or ``air``.
    is_rest : bool
        Whether the wavelengths are those of the star at rest.
    velocity : float or None
        km/s of the star in the frame of the wavelengths, c times the redshift, by the
        header; 0 if they are at rest, None if the header has none.
    resolution : float
        Nominal λ / Δλ.
    pieces : tuple of Piece
        In the order of wavelength; they may overlap.
    velocity_err : float
        1 σ of the velocity by the header, km/s; NaN where that is not said.
    is_simulated : bool
        Whether the file says that `stellarwh simulate` wrote it.
    """

    path: Path
    survey: str
    layout: str
    release: str | None
    spectrum_id: str
    source_id: str | None
    ra: float
    dec: float
    stated_snr: float | None
    medium: str
    is_rest: bool
    velocity: float | None
    resolution: float
    pieces: tuple[Piece, ...]
    velocity_err: float = float("nan")
    is_simulated: bool = False

    @cached_property
    def snr(self) -> float:
        """Signal-to-noise ratio a pixel: as stated, else the median of flux / error.

        The second is on another scale, of all pixels; NaN where no error is known.
        """
        return median_snr(self.pieces) if self.stated_snr is None else self.stated_snr

    @property
    def snr_source(self) -> str | None:
        """Where `snr` is from: ``header``, or ``pixels``; None where it is unknown."""
        if self.stated_snr is not None:
            return "header"
        return None if np.isnan(self.snr) else "pixels"


def make_piece(
    wavelength: npt.ArrayLike,
    flux: npt.ArrayLike,
    err: npt.ArrayLike,
    rejected: Booleans | None = None,
    *,
    name: str = "it",
) -> Piece:
    """Check the pixels of a piece.

    Parameters
    ----------
    wavelength, flux, err : array-like of shape (n,)
        As `Piece` has them; errors that are not positive are unknown.
    rejected : ndarray of shape (n,), optional
        Pixels that a mask of the file rejects.
    name : str
        What a message calls the piece.

    Raises
    ------
    SpectrumError
        If there are no pixels, or their wavelengths do not ascend or are not in Å.
    """
    waves = np.asarray(wavelength, float)
    values = np.asarray(flux, float)
    errs = np.asarray(err, float)
    if waves.ndim != 1 or not waves.shape == values.shape == errs.shape:
        found = (_by(values), _by(errs), _by(waves))
        raise SpectrumError(
            "{}: {} has {} fluxes, {} errors and {} wavelengths; expected one of each "
            "a pixel.".format(FILE, name, *found)
        )
    if len(waves) < 2:
        raise SpectrumError(
            f"{FILE}: {name} has {_pixels(len(waves))}; expected a spectrum of many."
        )
    check_wavelengths(waves, name)
    is_known = np.isfinite(errs) & (errs > 0)
    # An exact 0 is no flux that was measured: it fills pixels without any.
    good = is_known & np.isfinite(values) & (values != 0)
    if rejected is not None:
        good &= ~rejected
    return Piece(waves, values, np.where(is_known, errs, np.inf), good)


def check_wavelengths(waves: Floats, name: str = "it") -> None:
    """Refuse wavelengths that do not ascend, or are not in Å.

    Raises
    ------
    SpectrumError
        With the pixel.
    """
    if not np.all(np.isfinite(waves)):
        pixel = int(np.flatnonzero(~np.isfinite(waves))[0])
        raise SpectrumError(
            f"{FILE}: {name} has no wavelength at pixel {pixel + 1:,} of "
            f"{len(waves):,}; expected one at each."
        )
    ascends = np.diff(waves) > 0
    if not ascends.all():
        pixel = int(np.flatnonzero(~ascends)[0])
        raise SpectrumError(
            f"{FILE}: {name} has {waves[pixel + 1]:.4f} Å at pixel {pixel + 2:,}, "
            f"after {waves[pixel]:.4f} Å; expected wavelengths that ascend."
        )
    if waves[0] < _NEAREST or waves[-1] > _FARTHEST:
        raise SpectrumError(
            f"{FILE}: {name} has wavelengths from {waves[0]:.6g} to {waves[-1]:.6g}; "
            f"expected Å between {_NEAREST:,.0f} and {_FARTHEST:,.0f}."
        )


def check_pixels(pieces: Sequence[Piece]) -> None:
    """Refuse a spectrum that has no good pixel.

    Raises
    ------
    SpectrumError
        With what its pixels lack.
    """
    if any(piece.good.any() for piece in pieces):
        return
    flux = np.concatenate([piece.flux for piece in pieces])
    err = np.concatenate([piece.err for piece in pieces])
    if not np.isfinite(flux).any():
        found = f"all {_pixels(len(flux))} are NaN"
    elif not np.nan_to_num(flux).any():
        found = f"all {_pixels(len(flux))} are 0"
    elif not np.isfinite(err).any():
        found = f"none of its {_pixels(len(flux))} has an error or a weight above 0"
    else:
        found = f"its masks reject all {_pixels(len(flux))}"
    raise SpectrumError(f"{FILE}: {found}; expected some that can be used.")


def errors_of_weights(ivar: npt.ArrayLike) -> Floats:
    """Return 1 σ of inverse variances: infinite where these are not above 0.

    Examples
    --------
    >>> errors_of_weights([4.0, 0.0, -1.0])
    array([0.5, inf, inf])
    """
    weights = np.asarray(ivar, float)
    is_known = np.isfinite(weights) & (weights > 0)
    return 1 / np.sqrt(np.where(is_known, weights, 1)) + np.where(is_known, 0, np.inf)


def median_snr(pieces: Sequence[Piece]) -> float:
    """Return the median of flux / error over the good pixels; NaN if there are none."""
    ratios = [piece.flux[piece.good] / piece.err[piece.good] for piece in pieces]
    whole = np.concatenate(ratios)
    return float(np.median(whole)) if whole.size else float("nan")


def _by(values: Floats) -> str:
    return " × ".join(f"{length:,}" for length in values.shape)


def _pixels(count: int) -> str:
    return {0: "no pixels", 1: "1 pixel"}.get(count, f"{count:,} pixels")
