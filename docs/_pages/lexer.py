"""SQL as DuckDB has it, for the colours of code."""

from typing import ClassVar

from pygments.lexers.sql import SqlLexer
from pygments.token import Operator, Punctuation


class DuckDB(SqlLexer):
    """SQL with structs, lists and named arguments."""

    name = "DuckDB"
    aliases: ClassVar = ["sql", "duckdb"]
    tokens: ClassVar = {
        **SqlLexer.tokens,
        "root": [
            (r"[{}\[\]$?]", Punctuation),
            (r":=|::|->|//|\|\||[|&^~\\]", Operator),
            *SqlLexer.tokens["root"],
        ],
    }
