"""What a spectral index is: bands of wavelengths, and what is done with them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

_NO_LETTER = re.compile("[^a-z0-9]")


@dataclass(frozen=True)
class Band:
    """A range of wavelengths.

    Attributes
    ----------
    lo, hi : float
        Å, in the medium of the index.
    weight : float
        What the band counts for in a sum.
    """

    lo: float
    hi: float
    weight: float = 1.0


@dataclass(frozen=True)
class Index:
    """How a spectral index is measured.

    Attributes
    ----------
    name : str
        Unique, and so is what a column of its values is called.
    unit : str
        ``A`` (equivalent width in Å), ``mag`` (the same per Å, in magnitudes) or
        ``ratio`` (mean flux of the bands over that of the continuum).
    bands : tuple of Band
        Those of the feature. An equivalent width is the sum over them, by weight.
    continuum : tuple of Band
        Where the continuum is taken.
    is_fitted : bool
        Whether the continuum is a straight line fitted to all pixels of its bands
        (Cenarro et al. 2001), rather than one through the mean fluxes of two bands
        (Worthey et al. 1994).
    shape : str
        ``box``, or ``triangle``: bands of the feature weigh fluxes by a triangle over
        them, as the HKP-2 photometer of Mount Wilson did.
    medium : str
        ``air`` or ``vacuum``: what the wavelengths are in.
    source : str
        Who defined it.
    """

    name: str
    unit: str
    bands: tuple[Band, ...]
    continuum: tuple[Band, ...]
    is_fitted: bool
    shape: str
    medium: str
    source: str

    @property
    def column(self) -> str:
        """What a column of its values is called.

        Examples
        --------
        >>> Index("CO1.56", "A", (), (), False, "box", "air", "").column
        'co1_56'
        """
        return _NO_LETTER.sub("_", self.name.lower())

    @property
    def measures(self) -> tuple[object, ...]:
        """What its value depends on."""
        return self.unit, self.bands, self.continuum, self.shape, self.medium


@dataclass(frozen=True, eq=False)
class Definitions:
    """Indices, in the order of their values.

    Attributes
    ----------
    indices : tuple of Index
        Of different names.
    """

    indices: tuple[Index, ...]

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names."""
        return tuple(index.name for index in self.indices)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The units: ``A``, ``mag`` or ``ratio``."""
        return tuple(index.unit for index in self.indices)

    def chosen(self, names: Iterable[str]) -> "Definitions":
        """Return those of some names, in their order.

        Raises
        ------
        KeyError
            If there is none of a name.
        """
        by_name = dict(zip(self.names, self.indices, strict=True))
        return Definitions(tuple(by_name[name] for name in names))

    @cached_property
    def of_medium(self) -> dict[str, npt.NDArray[np.int64]]:
        """Where the indices of each medium are among all."""
        media = np.array([index.medium for index in self.indices])
        return {str(m): np.flatnonzero(media == m) for m in np.unique(media)}
