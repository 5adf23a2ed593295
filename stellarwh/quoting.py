"""Quoting of names and texts that enter SQL."""


def quote_identifier(name: str) -> str:
    """Return ``name`` as a SQL identifier: ``log(g)`` becomes ``"log(g)"``."""
    return '"' + name.replace('"', '""') + '"'


def quote_table(name: str) -> str:
    """Return ``schema.table`` with each part quoted: ``"raw"."apogee"``."""
    return ".".join(quote_identifier(part) for part in name.split(".", 1))


def quote_text(value: str) -> str:
    """Return ``value`` as a SQL text literal."""
    return "'" + value.replace("'", "''") + "'"
