"""A DuckDB-backed local warehouse for stellar spectroscopic surveys."""

from importlib.metadata import version

from stellarwh.database import open_warehouse
from stellarwh.errors import StellarwhError

__version__ = version("stellarwh")
__all__ = ["StellarwhError", "__version__", "open_warehouse"]
