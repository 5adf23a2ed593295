"""How the result of a query can be printed."""

from enum import StrEnum


class Format(StrEnum):
    """How the result of a query is printed."""

    TABLE = "table"
    VERTICAL = "vertical"
    CSV = "csv"
    JSON = "json"
