"""What is known of rows while a query puts them together: columns, keys, constants.

A key is a set of columns of which no two rows have the same values, NULL counting as
one. With it stands what it rests on: the objects whose declared keys it takes for
unique. See `stellarwh.warehouse.keys.proofs`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

Column = tuple[str, str]  # alias of a table, name of a column
Keys = dict[frozenset[str], frozenset[str]]
Output = tuple[str, str, Column | None]  # name, type, what it is as it stands
_KEPT = 16  # keys of one set of rows; more are of no use


@dataclass(frozen=True)
class Rows:
    """Rows of a table or a query.

    Parameters
    ----------
    columns : mapping or None
        Type of each column, '' if that is not known; None if no column is known.
    keys : mapping
        What each key rests on.
    fixed : frozenset of str
        Columns that have one and the same value, not NULL, in all rows.
    """

    columns: Mapping[str, str] | None
    keys: Keys
    fixed: frozenset[str]


@dataclass(frozen=True)
class Scope:
    """Rows of what stands behind FROM, whose columns have their tables' aliases."""

    tables: Mapping[str, Mapping[str, str] | None]
    keys: Mapping[frozenset[Column], frozenset[str]]
    fixed: frozenset[Column]
    pairs: tuple[tuple[Column, Column], ...] = ()  # alike in all rows
    merged: frozenset[Column] = frozenset()  # of USING, not shown twice

    @classmethod
    def of(cls, alias: str, rows: Rows) -> Self:
        """Return the scope of one table."""

        def own(names: Iterable[str]) -> frozenset[Column]:
            return frozenset((alias, name) for name in names)

        keys = {
            own(name.lower() for name in key): needs for key, needs in rows.keys.items()
        }
        return cls({alias: rows.columns}, keys, own(rows.fixed))

    def shares(self, other: "Scope") -> bool:
        """Say whether any alias is in both, so that it tells no table."""
        return bool(self.tables.keys() & other.tables.keys())

    def find(self, names: Sequence[str]) -> Column | None:
        """Return the column that a reference names; None if that is not certain."""
        parts = [name.lower() for name in names]
        if len(parts) == 2 and parts[0] in self.tables:
            known = self.tables[parts[0]]
            found = known is None or parts[1] in known
            return (parts[0], parts[1]) if found else None
        if len(parts) != 1:
            return None
        (name,) = parts
        if None in self.tables.values():
            alone = len(self.tables) == 1
            return (next(iter(self.tables)), name) if alone else None
        holders = [
            (alias, name)
            for alias, columns in self.tables.items()
            if columns is not None and name in columns
            if (alias, name) not in self.merged
        ]
        return holders[0] if len(holders) == 1 else None

    def types(self, column: Column) -> str:
        """Return the type of a column; '' if it is not known."""
        return (self.tables[column[0]] or {}).get(column[1], "")

    def beside(self, other: "Scope") -> "Scope":
        """Return the scope of all pairs of rows, of which no key is known yet."""
        return Scope(
            {**self.tables, **other.tables},
            {},
            self.fixed | other.fixed,
            self.pairs + other.pairs,
            self.merged | other.merged,
        )

    def without_keys(self) -> "Scope":
        """Return the scope where nothing is known of its rows but their columns."""
        return Scope(self.tables, {}, frozenset(), (), self.merged)

    def with_key(
        self, key: frozenset[Column] | None, needs: frozenset[str] = frozenset()
    ) -> "Scope":
        """Return the scope of rows that have a key of their own."""
        keys = dict(self.keys) if key is None else {key: needs}
        return replace(self, keys={**self.keys, **keys})

    def where(
        self, pairs: Iterable[tuple[Column, Column]], fixed: Iterable[Column]
    ) -> "Scope":
        """Return the scope of those rows for which a condition is true."""
        return replace(
            self, pairs=(*self.pairs, *pairs), fixed=self.fixed | frozenset(fixed)
        )

    def closure(self, columns: Iterable[Column]) -> set[Column]:
        """Return all columns that are known where some are: constants, and alike."""
        known = {*columns, *self.fixed}
        while True:
            more = {b for a, b in self.pairs if a in known}
            more |= {a for a, b in self.pairs if b in known}
            if more <= known:
                return known
            known |= more

    def joined(
        self,
        right: "Scope",
        kind: str,
        pairs: list[tuple[Column, Column]],
        fixed: set[Column],
        using: Sequence[str],
    ) -> "Scope":
        """Return the scope of a join.

        Parameters
        ----------
        right : Scope
            Its other side.
        kind : str
            As DuckDB calls it: INNER, LEFT, SEMI, ANTI; of another no key is known.
        pairs, fixed
            Columns that its condition makes alike or constant.
        using : sequence of str
            Columns that USING names.
        """
        both = self.beside(right)
        if kind in ("SEMI", "ANTI"):
            return self
        if kind not in ("INNER", "LEFT"):
            return both.without_keys()
        met = both.where(pairs, fixed)
        keys: dict[frozenset[Column], frozenset[str]] = {}
        # A row of one side meets at most one of the other where it tells a key of it.
        for side, other in ((self, right), (right, self)):
            if kind == "LEFT" and side is right:
                continue
            own = {
                (alias, name)
                for pair in pairs
                for alias, name in pair
                if alias in side.tables
            }
            known = met.closure(own)
            single = [needs for key, needs in other.keys.items() if key <= known]
            if single:
                needs = min(single, key=len)
                keys |= {key: rests | needs for key, rests in side.keys.items()}
        if not keys:
            keys = {
                a | b: needs | others
                for a, needs in self.keys.items()
                for b, others in right.keys.items()
            }
        merged = both.merged
        for name in using:
            merged |= {(a, name.lower()) for a in right.tables}
        kept = dict(list(keys.items())[:_KEPT])
        if kind == "LEFT":
            # Where nothing is met, the right side is NULL, whatever it was before.
            return Scope(both.tables, kept, self.fixed, self.pairs, merged)
        return Scope(both.tables, kept, met.fixed, met.pairs, merged)

    def outputs(self, items: Sequence[dict[str, Any]]) -> list[Output] | None:
        """Return the columns that a SELECT gives; None where they are not all known."""
        found: list[Output] = []
        for item in items:
            if item["class"] == "STAR":
                shown = self._starred(item)
                if shown is None:
                    return None
                found += shown
                continue
            source = None
            if item["class"] == "COLUMN_REF":
                source = self.find(item["column_names"])
            name = item.get("alias") or (item.get("column_names") or [""])[-1]
            if not name:
                return None
            kind = self.types(source) if source else self._type(item, found)
            found.append((name.lower(), kind, source))
        return found

    def _starred(self, item: dict[str, Any]) -> list[Output] | None:
        if item.get("columns") or item.get("expr") or item.get("rename_list"):
            return None
        of = (item.get("relation_name") or "").lower()
        if of and of not in self.tables:
            return None
        left_out = {str(name).lower() for name in item.get("exclude_list") or ()}
        replaced = {r["key"].lower() for r in item.get("replace_list") or ()}
        found: list[Output] = []
        for alias in [of] if of else self.tables:
            columns = self.tables[alias]
            if columns is None:
                return None
            for name, kind in columns.items():
                if name in left_out or (not of and (alias, name) in self.merged):
                    continue
                is_new = name in replaced
                source = None if is_new else (alias, name)
                found.append((name, "" if is_new else kind, source))
        return found

    def _type(self, item: dict[str, Any], before: Sequence[Output]) -> str:
        """Return the type of an expression where it is plain what it is."""
        if item["class"] == "COLUMN_REF":
            source = self.find(item["column_names"])
            if source is not None:
                return self.types(source)
            named = {name: kind for name, kind, _ in before}
            return named.get(item["column_names"][-1].lower(), "")
        if item["class"] == "CASE":
            branches = [check["then_expr"] for check in item["case_checks"]]
            return self._common([*branches, item["else_expr"]], before)
        if item.get("type") == "OPERATOR_COALESCE":
            return self._common(item["children"], before)
        return literal_type(item)

    def _common(self, items: Sequence[dict[str, Any]], before: Sequence[Output]) -> str:
        kinds = {self._type(i, before) for i in items if not _is_null(i)}
        return kinds.pop() if len(kinds) == 1 else ""


def kept_keys(scope: Scope, outputs: Sequence[Output]) -> Keys:
    """Return those keys that a query still shows, by the names that it gives them."""
    found: Keys = {}
    for key, needs in scope.keys.items():
        names = set()
        for column in key - scope.closure(()):
            alike = scope.closure([column]) - scope.closure(())
            shown = [name for name, _, source in outputs if source in alike]
            if not shown:
                break
            names.add(shown[0])
        else:
            found[frozenset(names)] = needs
    return found


def literal_type(item: dict[str, Any]) -> str:
    """Return the type of a text; '' of everything else."""
    is_text = (item.get("literal") or {}).get("kind") == "STRING"
    return "VARCHAR" if item.get("type") == "VALUE_CONSTANT" and is_text else ""


def _is_null(item: dict[str, Any]) -> bool:
    kind = (item.get("literal") or {}).get("kind")
    return item.get("type") == "VALUE_CONSTANT" and kind == "NULL_LITERAL"
