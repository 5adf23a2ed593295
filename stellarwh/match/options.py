"""Which options of a match make sense, on their own and together."""

import math

from stellarwh.catalogues.epochs import is_year, no_year
from stellarwh.errors import UsageError, did_you_mean
from stellarwh.match.anyside import AnySide

MODES = ("all", "best", "best-right", "mutual", "one-to-one")
LARGEST_RADIUS = 180 * 3600.0
# Positions of unknown epochs are compared from this radius (arcsec) on: a star of
# 100 mas/yr moves by 1.6 arcsec from 2MASS to Gaia, so surveys are matched within
# 3 arcsec where proper motions are not applied.
SAFE_RADIUS = 3.0
# Of positional errors, where nobody says how many.
USUAL_SIGMAS = 3.0


def check_options(
    mode: str,
    radius: float,
    epoch: float | None,
    sigmas: float,
    magnitude_limit: float | None,
) -> None:
    """Refuse an unknown mode, and numbers that make no sense."""
    if mode not in MODES:
        raise UsageError(f"There is no mode '{mode}'. {did_you_mean(mode, MODES)}")
    if not 0 < radius <= LARGEST_RADIUS:
        raise UsageError(
            f"The radius is {radius:g} arcsec; it must be above 0 and at most "
            f"{LARGEST_RADIUS:g} (180 degrees)."
        )
    if epoch is not None and not is_year(epoch):
        raise UsageError(no_year(epoch))
    if not 0 < sigmas < math.inf:
        raise UsageError(f"The number of sigmas is {sigmas:g}; it must be above 0.")
    if magnitude_limit is not None and not magnitude_limit >= 0:
        raise UsageError(
            f"The magnitude limit is {magnitude_limit:g}; it must not be below 0."
        )


def check_used(
    left: AnySide, right: AnySide, sigmas: float, magnitude_limit: float | None
) -> None:
    """Refuse an option that would change nothing for want of another one."""
    if magnitude_limit is not None and not (
        left.has_magnitudes and right.has_magnitudes
    ):
        raise UsageError(
            "A magnitude limit needs the magnitude columns of both sides; "
            "give --left-magnitude and --right-magnitude."
        )
    if left.has_magnitudes != right.has_magnitudes:
        given, other = ("left", "right") if left.has_magnitudes else ("right", "left")
        raise UsageError(
            f"A magnitude is compared with one of the other side; "
            f"give --{other}-magnitude, too, or leave out --{given}-magnitude."
        )
    if sigmas != USUAL_SIGMAS and not (left.has_errors or right.has_errors):
        raise UsageError(
            "A number of sigmas needs positional errors; "
            "give --left-error, --right-error or both."
        )


def check_safe(unknown: list[AnySide], radius: float) -> None:
    """Refuse a radius that a star may have moved by, for all that is known."""
    if radius < SAFE_RADIUS:
        side = unknown[0]
        raise UsageError(
            f"The epoch of {side.source} is not known, and stars move: give "
            f"--{side.name}-epoch (a year or a column), or a radius of "
            f"{SAFE_RADIUS:g} arcsec or more."
        )
