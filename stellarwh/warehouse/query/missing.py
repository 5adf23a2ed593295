"""What DuckDB says of a table that is not there, in the words of the warehouse."""

import re

import duckdb

from stellarwh.errors import NoTableError, StellarwhError
from stellarwh.warehouse.tables import find_table, parts_of

_MISSING = re.compile(r'Table with name "?(.+?)"? does not exist')
_EXCERPT = "\n\nLINE "
_UNDERLINED = re.compile(r"\n\n(LINE \d+: )([^\n]*)\n( *)(\^+)\s*\Z")


def lacks_table(message: str) -> bool:
    """Return whether a message of DuckDB's is about a table that is not there."""
    return _MISSING.search(message) is not None


def naming_missing(
    connection: duckdb.DuckDBPyConnection, sql: str, message: str
) -> str:
    """Return a message of DuckDB's, with the sentence of `find_table` if it is of that.

    DuckDB would name a table of its own that is called something alike.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    sql : str
        What was refused.
    message : str
        What DuckDB says.
    """
    lacking = _MISSING.search(message)
    if lacking is None:
        return message
    wanted = ".".join(_written(parts_of(lacking[1])[-1], sql, message)[-2:])
    try:
        find_table(connection, wanted)
    except NoTableError as error:
        _, mark, excerpt = message.partition(_EXCERPT)
        return f"{error}{mark}{excerpt}"
    except StellarwhError:
        pass
    return message  # there is one, in another schema


def _written(name: str, sql: str, message: str) -> list[str]:
    """Return the parts of a table's name as it was written: a message has the last."""
    underlined = _UNDERLINED.search(message)
    if underlined is not None:
        said, line, blanks, carets = underlined.groups()
        start = len(blanks) - len(said)
        parts = parts_of(line[start : start + len(carets)])
        if parts and parts[-1].lower() == name.lower():
            return parts
    part, last = r'(?:"[^"]+"|\w+)', re.escape(name)
    pattern = rf'(?<![\w."])(?:{part}\.)*(?:"{last}"|{last}\b)'
    found = [parts_of(text) for text in re.findall(pattern, sql, re.IGNORECASE)]
    return max(found, key=len, default=[name])
