"""The tables that a SELECT reads, and whose column a name is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from stellarwh.adql.tables import Table
from stellarwh.adql.writing.values import Value, kind_of
from stellarwh.errors import AdqlError, did_you_mean
from stellarwh.quoting import quote_identifier

__all__ = ["Merged", "Scope", "Source"]


@dataclass(frozen=True)
class Source:
    """What stands behind FROM under one name.

    Parameters
    ----------
    alias : str
        What it is called in SQL: a name of ours, which no query can spell.
    name : tuple of str
        What a query calls it, in lower case: its alias, or schema and table.
    columns : tuple of (str, Value)
        Each column's name in the query, and what it is.
    rows : int, optional
        How many rows it has, where that is known.
    """

    alias: str
    name: tuple[str, ...]
    columns: tuple[tuple[str, Value], ...]
    rows: int | None = None

    def is_called(self, name: Sequence[str]) -> bool:
        """Whether a name that stands before a column is this one's."""
        parts = tuple(part.lower() for part in name)
        return bool(parts) and self.name[-len(parts) :] == parts


def source_of(
    alias: str,
    name: Sequence[str],
    columns: Sequence[tuple[str, Value]],
    rows: int | None = None,
) -> Source:
    """Return a source whose columns are read under its alias.

    Parameters
    ----------
    alias, name : str
        As `Source` has them.
    columns : sequence of (str, Value)
        Name in SQL, and what it is; its name in the query is that of its column.
    rows : int, optional
        As `Source` has them.
    """
    read = tuple(
        (
            value.column.name,
            replace(
                value,
                sql=f"{alias}.{quote_identifier(spelt)}",
                constant=None,
                region=None,
                reads=frozenset({alias}),
                is_column=True,
                # DuckDB puts what it is in the place of its name.
                weight=value.weight,
            ),
        )
        for spelt, value in columns
    )
    return Source(alias, tuple(part.lower() for part in name), read, rows)


def table_source(alias: str, name: Sequence[str], table: Table) -> Source:
    """Return a source that is a table.

    Parameters
    ----------
    alias, name : str
        As `Source` has them.
    table : Table
        What it reads.
    """
    columns = [(c.name, Value("", kind_of(c), c)) for c in table.columns]
    return source_of(alias, name, columns, table.rows)


@dataclass(frozen=True)
class Merged:
    """A column that a join by equal names has made of one on either side.

    Parameters
    ----------
    value : Value
        What it is.
    aliases : frozenset of str
        The sources that were joined, whose own columns of that name it stands for.
    """

    value: Value
    aliases: frozenset[str]


@dataclass
class Scope:
    """All that names can mean at one place of a query.

    Parameters
    ----------
    sources : list of Source
        What stands behind FROM.
    outer : Scope, optional
        Of the query around this one.
    merged : dict
        Columns that joins have made one, by their names in lower case.
    """

    sources: list[Source] = field(default_factory=list)
    outer: "Scope | None" = None
    merged: dict[str, list[Merged]] = field(default_factory=dict)

    def add(self, source: Source) -> None:
        """Take in one more source.

        Raises
        ------
        AdqlError
            If another has its name.
        """
        if any(source.name == other.name for other in self.sources):
            called = ".".join(source.name)
            raise AdqlError(
                f"Two tables behind FROM are called {called}; give one another name, "
                f"as '{called} AS b'."
            )
        self.sources.append(source)

    def find(self, path: Sequence[str]) -> Value:
        """Return the column that a name is of.

        Parameters
        ----------
        path : sequence of str
            Its parts: table, schema or alias, then the column.

        Raises
        ------
        AdqlError
            If there is none, or more than one.
        """
        *before, name = path
        scope: Scope | None = self
        while scope is not None:
            found = scope._found(before, name)
            if found is not None:
                return found
            scope = scope.outer
        raise self._unknown(before, name)

    def _found(self, before: Sequence[str], name: str) -> Value | None:
        if before:
            found = [
                value
                for source in self.sources
                if source.is_called(before)
                for column, value in source.columns
                if column.lower() == name.lower()
            ]
        else:
            found = self._of_all().get(name.lower(), [])
        if len(found) > 1:
            whole = ".".join((*before, name))
            raise AdqlError(
                f"{whole} may be any of {len(found)} columns; write its table before "
                f"it, as '{'.'.join(self.sources[0].name)}.{name}'."
            )
        return found[0] if found else None

    def merge(self, name: str, value: Value, aliases: frozenset[str]) -> None:
        """Let a column stand for those of its name in some sources.

        Parameters
        ----------
        name : str
            In lower case.
        value, aliases
            As `Merged` has them.
        """
        others = [m for m in self.merged.get(name, ()) if not m.aliases <= aliases]
        self.merged[name] = [*others, Merged(value, aliases)]

    def columns_of(self, aliases: frozenset[str]) -> dict[str, Value]:
        """Return what names mean, in lower case, that are of one column of sources.

        Parameters
        ----------
        aliases : frozenset of str
            Of the sources.
        """
        found = self._of_all(aliases)
        return {name: values[0] for name, values in found.items() if len(values) == 1}

    def _of_all(self, aliases: frozenset[str] | None = None) -> dict[str, list[Value]]:
        """Return what each name means by itself: of all sources, or of some."""
        found: dict[str, list[Value]] = {}
        for name, merged in self.merged.items():
            for one in merged:
                if aliases is None or one.aliases <= aliases:
                    found.setdefault(name, []).append(one.value)
        for source in self.sources:
            if aliases is None or source.alias in aliases:
                for column, value in source.columns:
                    if not self._is_merged(source, column):
                        found.setdefault(column.lower(), []).append(value)
        return found

    def _is_merged(self, source: Source, column: str) -> bool:
        merged = self.merged.get(column.lower(), ())
        return any(source.alias in one.aliases for one in merged)

    def _unknown(self, before: Sequence[str], name: str) -> AdqlError:
        whole = ".".join((*before, name))
        scopes = list(self._outwards())
        called = [s for scope in scopes for s in scope.sources]
        if before:
            named = [source for source in called if source.is_called(before)]
            if not named:
                table = ".".join(before)
                there = ", ".join(".".join(source.name) for source in called)
                return AdqlError(
                    f"{whole}: nothing behind FROM is called {table}, only {there}."
                )
            called = named
        names = [column for source in called for column, _ in source.columns]
        tables = " or ".join(dict.fromkeys(".".join(s.name) for s in called))
        hint = did_you_mean(name, names)
        return AdqlError(f"There is no column {whole} in {tables}. {hint}")

    def _outwards(self) -> "Iterator[Scope]":
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def all_columns(self, before: Sequence[str] = ()) -> list[tuple[str, Value]]:
        """Return what ``*`` stands for, or ``table.*``.

        Raises
        ------
        AdqlError
            If nothing has that name.
        """
        sources = [s for s in self.sources if not before or s.is_called(before)]
        if not sources:
            table = ".".join(before)
            raise AdqlError(f"{table}.*: nothing behind FROM is called {table}.")
        found: list[tuple[str, Value]] = []
        if not before:
            values = [one.value for merged in self.merged.values() for one in merged]
            found = [(value.column.name, value) for value in values]
        found += [
            (name, value)
            for source in sources
            for name, value in source.columns
            if before or not self._is_merged(source, name)
        ]
        return found
