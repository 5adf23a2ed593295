"""Wavelengths: from the frame of the observer to the star's, and from vacuum to air."""

import numpy as np
import numpy.typing as npt

from stellarwh.spectra.spectrum import LIGHT, Floats


def refractive_index(vacuum: npt.ArrayLike) -> Floats:
    """Return the refractive index of standard air.

    Dry air at 15 °C and 101,325 Pa with 450 ppm of CO2, after Ciddor 1996, Applied
    Optics 35, 1566, equation 1.

    Parameters
    ----------
    vacuum : array-like
        Wavelengths in vacuum, in Å, above 2,000.
    """
    wave_number_squared = (1e4 / np.asarray(vacuum, float)) ** 2  # µm^-2
    return (
        1
        + 0.05792105 / (238.0185 - wave_number_squared)
        + 0.00167917 / (57.362 - wave_number_squared)
    )


def vacuum_to_air(vacuum: npt.ArrayLike) -> Floats:
    """Return wavelengths in air, in Å.

    Examples
    --------
    >>> round(float(vacuum_to_air(5000.0)), 5)
    4998.60552
    """
    waves = np.asarray(vacuum, float)
    return waves / refractive_index(waves)


def air_to_vacuum(air: npt.ArrayLike) -> Floats:
    """Return wavelengths in vacuum, in Å: the inverse of `vacuum_to_air`.

    Examples
    --------
    >>> round(float(air_to_vacuum(4998.60552)), 5)
    5000.0
    """
    waves = np.asarray(air, float)
    vacuum = waves
    # Each turn brings it 1e5 times closer.
    for _ in range(4):
        vacuum = waves * refractive_index(vacuum)
    return vacuum


def rest_wavelengths(
    wavelength: npt.ArrayLike, medium: str, velocity: float, *, to: str = "air"
) -> Floats:
    """Return the wavelengths of a spectrum as the star itself would have them.

    The shift is a factor in vacuum only: λ / (1 + v/c) there first, then air.
    Wavelengths in air go to vacuum before it.

    Parameters
    ----------
    wavelength : array-like of shape (n,)
        Å, in the frame that `velocity` is in.
    medium : {"vacuum", "air"}
        What they are in.
    velocity : float
        km/s, c times the redshift; 0 of a spectrum at rest.
    to : {"air", "vacuum"}
        What to return them in.
    """
    waves = np.asarray(wavelength, float)
    if medium == to and velocity == 0:
        return waves
    vacuum = air_to_vacuum(waves) if medium == "air" else waves
    vacuum = vacuum / (1 + velocity / LIGHT)
    return vacuum_to_air(vacuum) if to == "air" else vacuum
