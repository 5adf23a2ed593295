"""A DuckDB-backed local warehouse for stellar spectroscopic surveys."""

from typing import TYPE_CHECKING, Any

from stellarwh.errors import StellarwhError

if TYPE_CHECKING:
    from stellarwh.warehouse.database import open_warehouse

__version__ = "0.1.0"
__all__ = ["StellarwhError", "__version__", "open_warehouse"]


def __getattr__(name: str) -> Any:
    """Load what needs DuckDB only when it is asked for: help needs none of it."""
    if name == "open_warehouse":
        from stellarwh.warehouse.database import open_warehouse  # noqa: PLC0415 - as said

        return open_warehouse
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
