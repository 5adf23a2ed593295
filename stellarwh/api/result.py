"""What a warehouse answers: rows that every library takes, with their units."""

from collections import Counter
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from stellarwh.api.asked import Asked
from stellarwh.api.columns import Column
from stellarwh.errors import SqlError, UsageError
from stellarwh.runtime.plain_text import printable

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from astropy.table import QTable

_SHOWN = 10


class Result:
    """Rows and columns, computed when they are first asked for.

    A result speaks the Arrow C stream: ``polars.DataFrame(result)``,
    ``pyarrow.table(result)``, ``narwhals.from_arrow(result, backend=…)`` and
    ``ibis.memtable(result)`` take it as it is. It keeps its rows once `to_arrow`,
    `to_polars`, `to_pandas` or `to_astropy` computed them, and the first few once it
    was shown; iteration does not, and so takes a result that is larger than memory.

    Attributes
    ----------
    schema : tuple of Column
        Name, type, unit, UCD and description of each column.

    Examples
    --------
    >>> import stellarwh
    >>> wh = stellarwh.open(warehouse)
    >>> stars = wh.sql("select star_id, teff from main.parameters where teff > ?", [9])
    >>> [(column.name, column.unit) for column in stars.schema]
    [('star_id', ''), ('teff', 'K')]
    >>> stars.to_polars().columns
    ['star_id', 'teff']
    >>> wh.close()
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._kept: pa.Table | None = None
        self._preview: pa.Table | None = None
        self._said: dict[str, Any] = {}
        self.schema = asked.columns

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.schema]

    def __len__(self) -> int:
        """Return how many rows there are."""
        if self._kept is not None:
            return int(self._kept.num_rows)
        return self._asked.count()

    def __iter__(self) -> "Iterator[pa.RecordBatch]":
        """Give the rows in batches, which need not all fit in memory."""
        for batch in self._batches():
            yield self._described(batch)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the rows as a stream of the Arrow C data interface."""
        import pyarrow as pa

        schema = self._described(self._asked.head(0)).schema
        reader = pa.RecordBatchReader.from_batches(schema, iter(self))
        return reader.__arrow_c_stream__(requested_schema)

    def __array__(self, *_: object, **__: object) -> Any:
        """Refuse to be an array: pandas and NumPy would take the batches for rows."""
        raise UsageError(
            "A result is no array; take to_pandas(), to_polars(), to_arrow() or "
            "to_astropy() of it, and a column of that."
        )

    def to_arrow(self) -> "pa.Table":
        """Return the rows as an Arrow table.

        Returns
        -------
        pyarrow.Table
            Unit, UCD and description stand in the metadata of its fields.

        Raises
        ------
        SqlError
            If DuckDB refuses the statement while it computes it.
        """
        if self._kept is None:
            self._keep(self._asked.table())
        return self._kept

    def to_polars(self) -> "pl.DataFrame":
        """Return the rows as a polars frame.

        Raises
        ------
        SqlError
            If two columns have the same name.
        """
        import polars as pl

        self._require_unlike_names()
        frame = pl.from_arrow(self.to_arrow())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_pandas(self) -> "pd.DataFrame":
        """Return the rows as a pandas frame, if pandas is installed.

        Returns
        -------
        pandas.DataFrame
            Integers and booleans are exact: of pandas' own types that know NULL
            (``Int64``, ``boolean``) where one is NULL.

        Raises
        ------
        SqlError
            If two columns have the same name.
        UsageError
            If pandas is not installed.
        """
        from stellarwh.api.pandas_frame import to_frame

        self._require_unlike_names()
        return to_frame(self.to_arrow())

    def to_astropy(self) -> "QTable":
        """Return the rows as an astropy table.

        Returns
        -------
        astropy.table.QTable
            Floats with a unit are quantities, masked where a value is NULL: abundances
            in ``dex``, log g as a `~astropy.units.Dex` in ``dex(cm / s2)``, whose
            errors are in ``dex``; integers
            are columns and exact, masked where NULL; texts are ``str``, dates and
            times texts as ISO 8601 has them; arrays of one size have two dimensions.
            The description of a column stands in ``info.description``, its UCD in
            ``info.meta["ucd"]``, and so does a unit that VOUnits does not know, or
            that an integer has, in ``info.meta["unit"]``. ``meta`` has what an export
            says of the rows: ``SIMULATE``, and for values on the one scale
            ``SCALERUN``, the run of the calibration, and ``SCALEREF``, its reference.

        Raises
        ------
        SqlError
            If two columns have the same name.

        Notes
        -----
        Types are those that FITS, VOTable and ECSV all have: integers of 8 bits come
        as 16, unsigned ones in the next wider signed type, UBIGINT and HUGEINT as
        ``int64`` where all values fit and else as texts of their digits, booleans
        within arrays as 0 and 1. Arrays of any size are objects, an array each; what
        is NULL within one is masked, over NaN or the smallest integer, which is what
        files of FITS and VOTable show, and an array that is NULL has one such element.

        astropy writes no file that has all of it: FITS takes ASCII only, in names of
        columns, too, cuts blanks off the end of a text and turns a NULL boolean into
        True; a NULL text is empty in VOTable, and an empty one NULL in FITS and ECSV;
        NaN is NULL in FITS and VOTable. Without a row, FITS and VOTable take no
        arrays of any size, and ECSV with arrays of one size cannot be read; arrays of
        any size that are all empty come back from VOTable as texts. Where that
        matters, let `Warehouse.export` write the file.

        No standard of FITS or VOTable has ``dex``: astropy warns when it writes such a
        column there. `QTable.read` finds the unit again in FITS, ECSV and Parquet.

        Examples
        --------
        >>> import stellarwh
        >>> wh = stellarwh.open(warehouse)
        >>> stars = wh.sql("select ra, teff from main.parameters "
        ...                "order by star_id limit 3").to_astropy()
        >>> stars["teff"].unit, stars["teff"].info.meta["ucd"]
        (Unit("K"), 'phys.temperature.effective')
        >>> wh.close()
        """
        from stellarwh.api.astropy_table import to_qtable

        self._require_unlike_names()
        made = to_qtable(self.to_arrow(), self.schema)
        made.meta.update(self._said)
        return made

    def __repr__(self) -> str:
        """Return the names of the columns, and the first rows as text."""
        shown, more = self._first_rows()
        names = [f"{c.name} [{c.unit}]" if c.unit else c.name for c in self.schema]
        lines = [names, *([_text(value) for value in row] for row in shown)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        told = [
            "  ".join(
                text.ljust(width) for text, width in zip(line, widths, strict=True)
            )
            for line in lines
        ]
        return "\n".join([*(line.rstrip() for line in told), more])

    def _repr_html_(self) -> str:
        """Return the first rows as a small table, for notebooks."""
        shown, more = self._first_rows()
        head = "".join(
            f'<th title="{escape(column.description)}">{escape(column.name)}'
            + (f"<br><small>{escape(column.unit)}</small>" if column.unit else "")
            + "</th>"
            for column in self.schema
        )
        body = "".join(
            "<tr>"
            + "".join(f"<td>{escape(_text(value))}</td>" for value in row)
            + "</tr>"
            for row in shown
        )
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{escape(more)}</p>"
        )

    def _first_rows(self) -> tuple[list[tuple[Any, ...]], str]:
        """Return the rows that are shown, and a line on how many there are."""
        if self._kept is None and self._preview is None:
            # A notebook asks for the text and for the table of HTML.
            self._preview = self._asked.head(_SHOWN + 1)
            if self._preview.num_rows <= _SHOWN:  # these are all there are
                self._keep(self._preview)
        found = self._preview if self._kept is None else self._kept
        assert found is not None
        first = found.slice(0, _SHOWN)
        rows = list(zip(*(column.to_pylist() for column in first.columns), strict=True))
        if found.num_rows <= _SHOWN:
            return rows, f"{found.num_rows} row{'' if found.num_rows == 1 else 's'}"
        if self._kept is None:
            return rows, f"the first {_SHOWN} rows"
        return rows, f"{_SHOWN} of {found.num_rows:,} rows"

    def _keep(self, rows: "pa.Table") -> None:
        """Keep all rows and what is said of them: the warehouse may be closed then."""
        self._said = self._asked.said()
        self._kept = self._described(rows)

    def _batches(self) -> "Iterator[pa.RecordBatch]":
        if self._kept is not None:
            return iter(self._kept.to_batches())
        return self._asked.batches()

    def _described(self, rows: Any) -> Any:
        """Return a table or batch whose fields tell what is known of the columns."""
        import pyarrow as pa

        fields = [
            field.with_metadata(_metadata(column))
            for field, column in zip(rows.schema, self.schema, strict=True)
        ]
        return type(rows).from_arrays(rows.columns, schema=pa.schema(fields))

    def _require_unlike_names(self) -> None:
        name, count = Counter(self.columns).most_common(1)[0]
        if count > 1:
            raise SqlError(
                f"The result has {count} columns named '{name}'; tell them apart "
                "with AS."
            )


class Plan(Result):
    """What EXPLAIN says, shown as DuckDB draws it."""

    def __repr__(self) -> str:
        """Return the drawing."""
        drawn = self.to_arrow().column(1).to_pylist()
        return "\n".join(printable(text.rstrip("\n")) for text in drawn)

    def _repr_html_(self) -> str:
        """Return the drawing, for notebooks."""
        return f"<pre>{escape(repr(self))}</pre>"


def _metadata(column: Column) -> dict[str, str] | None:
    told = {
        key: value
        for key in ("unit", "ucd", "description")
        if (value := getattr(column, key))
    }
    return told or None


def _text(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.8g}"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
