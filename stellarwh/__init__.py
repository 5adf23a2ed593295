"""A DuckDB-backed local warehouse for stellar spectroscopic surveys.

>>> import stellarwh
>>> with stellarwh.open(warehouse) as wh:
...     stars = wh.sql("select star_id, teff from main.parameters limit 3")
...     stars.columns
['star_id', 'teff']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stellarwh.errors import StellarwhError, StellarwhWarning

if TYPE_CHECKING:
    from stellarwh.api.chain import (
        crossmatch,
        download_survey,
        run_demo,
        simulate_sky,
    )
    from stellarwh.api.chain import open_ as open
    from stellarwh.api.columns import Column
    from stellarwh.api.result import Result
    from stellarwh.api.warehouse import Warehouse
    from stellarwh.match import Side

__version__ = "0.1.0"
__all__ = [
    "Column",
    "Result",
    "Side",
    "StellarwhError",
    "StellarwhWarning",
    "Warehouse",
    "crossmatch",
    "download_survey",
    "open",
    "run_demo",
    "simulate_sky",
]
_HOMES = {
    "Column": "stellarwh.api.columns",
    "Result": "stellarwh.api.result",
    "Side": "stellarwh.match",
    "Warehouse": "stellarwh.api.warehouse",
}


def __getattr__(name: str) -> Any:
    """Load a name when it is asked for: help needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(_HOMES.get(name, "stellarwh.api.chain"))
    return getattr(home, "open_" if name == "open" else name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
