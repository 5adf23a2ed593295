"""A query of ADQL 2.1, read into a tree, or refused with one line that says where."""

from sqlglot import exp

from stellarwh.adql.grammar import Queries
from stellarwh.adql.reader import Reader
from stellarwh.adql.tokens import refuse

__all__ = ["MAX_DEPTH", "parse"]

# Levels of a tree: what works on one calls itself a few times for each.
MAX_DEPTH = 100


def parse(text: str) -> exp.Query:
    """Return the tree of a query.

    It is of sqlglot's classes, but read by our own grammar, which knows ADQL alone:
    what is not named below is not in it. No table, column or alias has been looked up.

    - The root is a ``Select``, or a ``Union``, ``Except`` or ``Intersect`` (``this``,
      ``expression``, ``distinct``), or, where a query in parentheses is ordered or cut
      once more, a ``Subquery``. ``with_`` is at the root only: a ``With`` of ``CTE``
      (``this``, ``alias``). Each may have ``order`` (``Order`` of ``Ordered`` with
      ``desc``) and ``offset`` (``Offset``). Operands that have those or ``limit``, and
      set operations to the right, are in a ``Subquery`` of no name, so that precedence
      is in the tree.
    - ``Select``: ``distinct`` (``Distinct``), ``limit`` (``Limit``, for TOP),
      ``expressions``, ``from_`` (``From``), ``joins`` (``Join``), ``where``, ``group``,
      ``having``. Expressions are values, ``Star``, ``Alias`` of a value and ``Column``
      of a ``Star`` (``table.*``).
    - A table is a ``Table`` (``this``, ``db``, ``catalog``, ``alias``), a ``Subquery``
      of a query (``alias`` always), or a ``Subquery`` of a table that has ``joins``: a
      join in parentheses. ``Join``: ``this``; ``side`` LEFT, RIGHT, FULL or None;
      ``kind`` INNER, OUTER or None; ``method`` NATURAL or None; ``on``, or ``using``
      (identifiers); a JOIN with none of these has ``on`` ``Boolean`` true. A comma
      between tables is a ``Join`` with nothing else.
    - Conditions: ``And``, ``Or`` (balanced, so that long chains are not deep), ``Not``,
      ``EQ``, ``NEQ``, ``LT``, ``LTE``, ``GT``, ``GTE``, ``Between``, ``In``
      (``expressions``, or ``query``: a ``Subquery``), ``Like``, ``ILike``, ``Is`` with
      ``Null``, ``Exists`` of a query, ``Paren``. NOT IN and the like are a ``Not``.
    - Values: ``Column``, ``Literal``, ``Null``, ``Neg``, ``Add``, ``Sub``, ``Mul``,
      ``Div``, ``DPipe`` (balanced), ``Paren``; ``Avg``, ``Count``, ``Max``, ``Min``,
      ``Sum`` (``this``, perhaps a ``Distinct`` or a ``Star``); ``Coalesce`` (``this``,
      ``expressions``); ``Cast`` (``this``, ``to``; ``meta["type"]`` is ADQL's name of
      the type, as sqlglot has no circle); and ``Anonymous`` for every other call: its
      ``name`` is a key of the list of functions (in upper case if it is ADQL's own),
      its number and kinds of ``expressions`` one of the forms there,
      ``meta["returns"]`` its type. The coordinate system of BOX, CIRCLE, POINT and
      POLYGON is no argument but ``meta["frame"]``, if one was given (empty for NULL).
    - ``Identifier``: ``quoted`` if it was in double quotes, and so is meant in this
      case.
    - ``meta["start"]`` of columns, tables, calls, literals and identifiers: how many
      characters of the text come before it; `stellarwh.adql.tokens.refuse` makes a
      message of it.

    Parameters
    ----------
    text : str
        The query.

    Raises
    ------
    AdqlError
        If it is not ADQL, calls an unknown function, or is too long or too deep.
    """
    reader = Reader(text)
    query = Queries(reader).whole()
    _check_depth(query, text)
    return query


def _check_depth(query: exp.Query, text: str) -> None:
    """Refuse a tree of more levels than what works on it can take."""
    level: list[exp.Expr] = [query]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.iter_expressions()]
        if not level:
            return
    starts = [node.meta["start"] for node in level if "start" in node.meta]
    refuse(
        text,
        min(starts, default=0),
        f"an expression is nested, or a chain of signs long, beyond {MAX_DEPTH} steps; "
        "write a part of it as a subquery in FROM",
    )
