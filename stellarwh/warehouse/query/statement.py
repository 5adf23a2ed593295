"""What ``stellarwh query`` runs: one statement that only reads.

DuckDB's own parser says how many statements there are and of which kind, so that
nothing can hide behind a comment or a quote.
"""

from dataclasses import dataclass

import duckdb

from stellarwh.errors import SqlError
from stellarwh.warehouse.messages import with_excerpt

_READS = {"SELECT", "EXPLAIN", "MULTI"}
_WRITES_FILES = {"COPY", "EXPORT"}
_QUOTES = ("'", '"', "$")
# Options that make other names of files than the one that is written down.
_NAMING = {"filename_pattern", "file_extension"}
_CHANGES = (
    "query is read-only; to change a warehouse, run 'duckdb' with its file, "
    "'duckdb warehouse/stellar.duckdb' ('stellarwh shell' only reads, too)"
)
_FILES = "say --allow-files if it shall, or write a table with 'stellarwh export'"
# Kinds as DuckDB calls them: what the statement is, and what to do instead.
_REFUSED = {
    "INSERT": f"INSERT changes a table, and {_CHANGES}",
    "UPDATE": f"UPDATE changes a table, and {_CHANGES}",
    "DELETE": f"DELETE takes rows away, and {_CHANGES}",
    "MERGE_INTO": f"MERGE changes a table, and {_CHANGES}",
    "CREATE": f"CREATE makes something new, and {_CHANGES}",
    "ALTER": f"ALTER (COMMENT, too) changes the warehouse, and {_CHANGES}",
    "DROP": f"DROP takes something away, and {_CHANGES}",
    "VACUUM": f"VACUUM and ANALYZE rewrite the warehouse, and {_CHANGES}",
    "COPY": f"COPY reads or writes a file, which query does not: {_FILES}",
    "EXPORT": f"EXPORT DATABASE writes files, which query does not: {_FILES}",
    "ATTACH": (
        "ATTACH opens another database, and query works in one; name that one with "
        "--warehouse"
    ),
    "DETACH": "DETACH closes a database, and query works in one only",
    "LOAD": (
        "INSTALL and LOAD bring in programs from elsewhere, and query runs none; the "
        "duckdb shell does"
    ),
    "SET": (
        "SET, RESET and USE would be forgotten when query ends; write names in full, "
        "e.g. raw.apogee"
    ),
    "PRAGMA": (
        "PRAGMA may change settings or files; for the columns of a table write "
        "'describe main.stars', for other things the function in FROM, e.g. 'from "
        "pragma_database_size()'"
    ),
    "CALL": (
        "CALL may change the warehouse; write a function that returns rows in FROM, "
        "e.g. 'from pragma_version()'"
    ),
    "TRANSACTION": "BEGIN, COMMIT and ROLLBACK have no use where one statement is run",
    "PREPARE": "PREPARE would be forgotten when query ends; write the SELECT itself",
    "EXECUTE": "EXECUTE has nothing prepared to run; write the SELECT itself",
}


@dataclass(frozen=True)
class Statement:
    """One statement that may run.

    Parameters
    ----------
    sql : str
        Its text, without semicolons.
    kind : str
        What DuckDB's parser calls it, e.g. ``SELECT``.
    target : str or None
        The file or folder that it writes.
    """

    sql: str
    kind: str
    target: str | None = None

    @property
    def writes_files(self) -> bool:
        """Whether it is made to write files."""
        return self.target is not None

    @property
    def is_select(self) -> bool:
        """Whether it can stand in brackets behind FROM."""
        return self.kind == "SELECT"

    @property
    def is_explain(self) -> bool:
        """Whether it tells the plan of another one, of whichever kind."""
        return _after(self.sql, 0)[:7].lower() == "explain"


def read_statement(sql: str, *, allow_files: bool = False) -> Statement:
    """Return the one statement of some SQL.

    Parameters
    ----------
    sql : str
        What the user wrote.
    allow_files : bool
        Whether ``COPY`` and ``EXPORT DATABASE`` may run.

    Raises
    ------
    SqlError
        If there is none or more than one, it is none that reads, or no SQL at all.
    """
    sql = sql.removeprefix("\ufeff")
    try:
        sql.encode()
    except UnicodeError:
        raise SqlError("The query is not UTF-8 text; save it as such.") from None
    try:
        found = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise SqlError(with_excerpt(str(error))) from None
    if not found:
        raise SqlError("The query is empty; give some SQL, e.g. 'from main.stars'.")
    if len(found) > 1:
        raise SqlError(
            f"query runs one statement, and these are {len(found)}; run them one by "
            "one, or paste them into 'stellarwh shell'."
        )
    kind = found[0].type.name
    if kind not in _READS and not (allow_files and kind in _WRITES_FILES):
        reason = _REFUSED.get(kind, f"{kind} is no statement that reads")
        raise SqlError(f"{reason}.")
    sql = without_semicolons(sql)
    if kind == "EXPLAIN":
        _check_explained(sql)
    return Statement(sql, kind, _target(sql, kind))


def _check_explained(sql: str) -> None:
    """Refuse EXPLAIN of anything but a SELECT: with ANALYZE it would run."""
    rest = _after(sql, 1)
    if rest[:7].lower() == "analyze":
        rest = _after(rest, 1)
    # In brackets may be options, or the SELECT itself.
    for text in (rest, rest.partition(")")[2]):
        try:
            found = duckdb.extract_statements(text)
        except duckdb.Error:
            continue
        if [statement.type.name for statement in found] in (["SELECT"], ["MULTI"]):
            return
    raise SqlError("EXPLAIN is for a SELECT here; ANALYZE would run anything else.")


def _target(sql: str, kind: str) -> str | None:
    """Return the file or folder that a COPY or an EXPORT writes; else None.

    Raises
    ------
    SqlError
        If it is not written as one text in quotes, and so cannot be known before.
    """
    if kind not in _WRITES_FILES:
        return None
    depth = 0
    words = [w for w in _words(sql) if not w.startswith(("--", "/*"))]
    for at, word in enumerate(words):
        if not word.startswith(_QUOTES):
            depth += word.count("(") - word.count(")")
        if depth or word.lower() != ("to" if kind == "COPY" else "database"):
            continue
        target, *options = [*words[at + 1 :], ""]
        if kind == "EXPORT" and options[0].lower() == "to":
            target, *options = options[1:]
        if not target.startswith(_QUOTES) or options[0].startswith(_QUOTES):
            break
        if any(o.strip('"').lower() in _NAMING for o in options):
            raise SqlError("COPY takes no filename_pattern and file_extension here.")
        return unquoted(target)
    if kind == "COPY" and "to" not in map(str.lower, words):
        raise SqlError(f"COPY … FROM changes a table, and {_CHANGES}.")
    raise SqlError(f"Write the name of what {kind} writes as one text in quotes.")


def unquoted(word: str) -> str:
    """Return what stands in quotes, of whichever kind."""
    if word.startswith("$"):
        size = word.index("$", 1) + 1
        return word[size:-size]
    return word[1:-1].replace(word[0] * 2, word[0])


def words_in_quotes(sql: str) -> list[str]:
    """Return what stands in quotes in some SQL."""
    return [unquoted(word) for word in _words(sql) if word.startswith(_QUOTES)]


def _words(sql: str) -> list[str]:
    """Return the words of some SQL, as DuckDB tells them apart; comments, too."""
    text = sql.encode()
    offsets = [offset for offset, _ in duckdb.tokenize(sql)]
    ends = [*offsets[1:], len(text)] if offsets else []
    return [text[a:b].decode().strip() for a, b in zip(offsets, ends, strict=True)]


def _after(sql: str, words: int) -> str:
    """Return SQL without its first words, comments between them included."""
    text = sql.encode()
    kept = [o for o, kind in duckdb.tokenize(sql) if kind != duckdb.token_type.comment]
    return text[kept[words] :].decode() if len(kept) > words else ""


def without_semicolons(sql: str) -> str:
    """Return one statement without the semicolons around it, each line in its place."""
    text = bytearray(sql.encode())
    for offset, kind in duckdb.tokenize(sql):
        if kind == duckdb.token_type.operator and text[offset : offset + 1] == b";":
            text[offset : offset + 1] = b" "
    return text.decode()
