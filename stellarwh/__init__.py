"""A DuckDB-backed local warehouse for stellar spectroscopic surveys."""

from stellarwh.database import open_warehouse
from stellarwh.errors import StellarwhError

__version__ = "0.1.0"
__all__ = ["StellarwhError", "__version__", "open_warehouse"]
