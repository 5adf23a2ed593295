"""How a quantity of the glossary is written on axes and in tables."""

from dataclasses import dataclass

from stellarwh.glossary import glossary_unit
from stellarwh.report.names import cut

# Symbol and decimals are typography and live here; the unit is the glossary's.
_TYPOGRAPHY: dict[str, tuple[str, int]] = {
    "teff": ("Teff", 0),
    "logg": ("log g", 3),
    "fe_h": ("[Fe/H]", 3),
    "alpha_fe": ("[α/Fe]", 3),
    "radial_velocity": ("Radial velocity", 2),
    "snr": ("S/N", 0),
    "separation": ("Separation", 3),
    "parallax": ("Parallax", 3),
    "ra": ("Right ascension", 4),
    "dec": ("Declination", 4),
}
# The glossary's units are for machines; these are the ones print has another form for.
_PRINTED_UNITS = {
    "km.s-1": "km/s",
    "arcsec": "″",
    "deg": "°",
    "log(cm.s**-2)": "dex",
}


@dataclass(frozen=True)
class Quantity:
    """A quantity as print shows it."""

    name: str
    symbol: str
    unit: str
    digits: int

    @property
    def label(self) -> str:
        """Symbol with its unit, for an axis: ``Teff [K]``."""
        bare = not self.unit or self.symbol.startswith("[")
        return self.symbol if bare else f"{self.symbol} [{self.unit}]"


def quantity(name: str) -> Quantity:
    """Return a quantity by its glossary name; an unknown one keeps its own name."""
    unit = glossary_unit(name)
    if name.endswith("_fe") and name not in _TYPOGRAPHY:
        element = name.removesuffix("_fe").capitalize()
        return Quantity(name, f"[{cut(element)}/Fe]", unit or "dex", 3)
    symbol, digits = _TYPOGRAPHY.get(name, (cut(name.replace("_", " ")), 3))
    return Quantity(name, symbol, _PRINTED_UNITS.get(unit, unit), digits)
