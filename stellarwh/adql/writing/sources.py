"""What stands behind FROM: tables, subqueries and their joins, in SQL."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from stellarwh.adql.names import find_table
from stellarwh.adql.tables import Tables
from stellarwh.adql.writing.expressions import Expressions, conjuncts
from stellarwh.adql.writing.pairs import Item, bucketed, is_bucketed, kept
from stellarwh.adql.writing.scopes import Scope, source_of, table_source
from stellarwh.adql.writing.values import Near, Value, computed
from stellarwh.adql.writing.written import Written
from stellarwh.errors import AdqlError

__all__ = ["From", "Item"]

# Columns by their names in SQL.
Named = list[tuple[str, Value]]
# Writes a subquery.
Subquery = Callable[[exp.Expr, Scope | None], Written]
_SIDES = {"": "inner", "LEFT": "left", "RIGHT": "right", "FULL": "full"}


@dataclass
class _Joined:
    """Several sources, joined: a tree of joins, written when all is known of them."""

    items: list[Item]
    write: Callable[[], str]

    @property
    def aliases(self) -> frozenset[str]:
        """What its sources are called in SQL."""
        return frozenset(item.source.alias for item in self.items)


class From:
    """All that one SELECT reads.

    Parameters
    ----------
    tables : Tables
        Those that may be read.
    known : dict
        What WITH has named, in lower case; its SQL is its name there.
    subquery : callable
        Writes a query in brackets.
    aliases : iterator of str
        Names that are used for nothing else.
    outer : Scope, optional
        Of the query around.
    """

    def __init__(
        self,
        tables: Tables,
        known: dict[str, Written],
        subquery: Subquery,
        aliases: Iterator[str],
        outer: Scope | None,
    ) -> None:
        self._tables = tables
        self._known = known
        self._subquery = subquery
        self._aliases = aliases
        self._joined: list[_Joined] = []
        self._items: dict[str, Item] = {}
        self.scope = Scope(outer=outer)
        self.read: list[str] = []
        self.named: list[str] = []

    def add(self, node: exp.Expr, joins: list[exp.Join]) -> None:
        """Take in what stands behind FROM."""
        joined = self._part(node)
        for join in joins:
            if self._is_comma(join):
                self._joined.append(joined)
                joined = self._part(join.this)
            else:
                joined = self._join(joined, join)
        self._joined.append(joined)

    @staticmethod
    def _is_comma(join: exp.Join) -> bool:
        return not any(join.args.get(k) for k in ("on", "using", "method"))

    def sql(self) -> str:
        """Return all of it in SQL."""
        return ", ".join(joined.write() for joined in self._joined)

    @property
    def rows(self) -> int | None:
        """About how many rows there are: as many as the largest source has."""
        counts = [item.source.rows for item in self._items.values()]
        known = [count for count in counts if count is not None]
        return max(known) if len(known) == len(counts) else None

    def meet(self, condition: Value) -> str:
        """Return what else holds where a condition of WHERE does, if it speeds it up.

        Any join is as good as an inner one there: where positions are missing, the
        condition does not hold.
        """
        near = condition.near
        if near is None or not is_bucketed(near):
            return ""
        left, right = (self._item(point) for point in (near.left, near.right))
        if left is None or right is None:
            return ""
        return bucketed(near, left, right, self._aliases)

    # Tables

    def _part(self, node: exp.Expr) -> _Joined:
        if isinstance(node, exp.Subquery):
            return self._bracketed(node)
        if isinstance(node, exp.Table):
            joined = self._one(self._table(node))
            for join in node.args.get("joins") or ():
                joined = self._join(joined, join)
            return joined
        raise AdqlError("FROM takes tables and subqueries.")

    def _bracketed(self, node: exp.Subquery) -> _Joined:
        if isinstance(node.this, exp.Table):
            joined = self._part(node.this)
            for join in node.args.get("joins") or ():
                joined = self._join(joined, join)
            return joined
        if isinstance(node.this, exp.Subquery) and not node.alias:
            return self._bracketed(node.this)
        written = self._subquery(node.this, self.scope.outer)
        alias = next(self._aliases)
        columns = _renamed(node, written.columns)
        source = source_of(alias, [node.alias], columns, written.rows)
        return self._one(Item(source, f"({written.sql})"))

    def _table(self, node: exp.Table) -> Item:
        path = [part.name for part in node.parts]
        alias = next(self._aliases)
        name = [node.alias] if node.alias else path
        if len(path) == 1 and path[0].lower() in self._known:
            self.named.append(path[0].lower())
            known = self._known[path[0].lower()]
            return Item(source_of(alias, name, known.columns, known.rows), known.sql)
        table = find_table(node, self._tables)
        self.read.append(f"{table.schema}.{table.name}")
        if not node.alias:
            name = [table.schema, table.name]
        return Item(table_source(alias, name, table), table.sql, table.sql)

    def _one(self, item: Item) -> _Joined:
        self.scope.add(item.source)
        self._items[item.source.alias] = item
        return _Joined([item], lambda: item.sql)

    def _item(self, point: Value) -> Item | None:
        (alias,) = point.reads
        return self._items.get(alias)

    # Joins

    def _join(self, left: _Joined, node: exp.Join) -> _Joined:
        right = self._part(node.this)
        side = _SIDES[(node.side or "").upper()]
        if node.args.get("on") is not None:
            conditions = self._on(left, right, side, node.args["on"])
        else:
            conditions = self._using(left, right, side, node)
        on = " and ".join(conditions)
        return _Joined(
            [*left.items, *right.items],
            lambda: f"({left.write()} {side} join {right.write()} on {on})",
        )

    def _on(
        self, left: _Joined, right: _Joined, side: str, node: exp.Expr
    ) -> list[str]:
        expressions = Expressions(self.scope, self._subquery)
        values = [expressions.write(part) for part in conjuncts(node)]
        conditions = [value.sql for value in values]
        if any(value.equates for value in values):
            return conditions
        for value in values:
            near = value.near
            if near is None or not is_bucketed(near):
                continue
            one, other = (self._item(point) for point in (near.left, near.right))
            if one in right.items and other in left.items:
                near, one, other = Near(near.right, near.left, near.radius), other, one
            if one not in left.items or other not in right.items:
                continue
            assert one is not None
            assert other is not None
            if side == "inner":
                return [*conditions, bucketed(near, one, other, self._aliases)]
            if side == "left":
                return kept(values, value, (one, other), self._aliases)
            if side == "right":
                return kept(values, value, (other, one), self._aliases)
            break
        return conditions

    def _using(
        self, left: _Joined, right: _Joined, side: str, node: exp.Join
    ) -> list[str]:
        mine, others = (self.scope.columns_of(one.aliases) for one in (left, right))
        using = node.args.get("using") or ()
        names = [
            (column.this if isinstance(column, exp.Column) else column).name.lower()
            for column in using
        ] or [name for name in mine if name in others]
        if not names:
            raise AdqlError("NATURAL JOIN: the two tables share no column.")
        conditions = []
        for name in names:
            if name not in mine or name not in others:
                raise AdqlError(f"USING: {name} is no column of both tables.")
            one, other = mine[name], others[name]
            conditions.append(f"{one.sql} = {other.sql}")
            merged = other if side == "right" else one
            if side == "full":
                merged = computed(
                    f"coalesce({one.sql}, {other.sql})", one, other, kind=one.kind
                )
            merged = replace(merged, column=one.column)
            self.scope.merge(name, merged, left.aliases | right.aliases)
        return conditions


def _renamed(node: exp.Subquery, columns: Named) -> Named:
    """Return columns under the names that stand behind a subquery's own, if any."""
    table = node.args.get("alias")
    given = [name.name for name in (table.columns if table is not None else ())]
    if not given:
        return columns
    if len(given) != len(columns):
        raise AdqlError(
            f"{node.alias} has {len(columns)} columns, and {len(given)} names for them."
        )
    return [
        (spelt, value.named(name))
        for (spelt, value), name in zip(columns, given, strict=True)
    ]
