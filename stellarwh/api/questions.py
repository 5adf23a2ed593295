"""What a warehouse is asked: statements, tables, figures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stellarwh.api.arguments import (
    check_text,
    parameters_of,
)
from stellarwh.api.handle import Handle
from stellarwh.runtime.listening import warn

if TYPE_CHECKING:
    from stellarwh.api.result import Result
    from stellarwh.warehouse.cited import Citations


class Questions(Handle):
    """A warehouse that answers with results."""

    def sql(
        self, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> "Result":
        """Ask the warehouse.

        Parameters
        ----------
        statement : str
            One statement that only reads.
        parameters : sequence or dict
            Values for the ``?`` in it, or for the ``$name``; NumPy's are taken as
            Python's.

        Returns
        -------
        Result
            Its columns are known at once, its rows when they are asked for; the plan
            of an EXPLAIN is there at once.

        Raises
        ------
        SqlError
            If it is none that reads, or DuckDB refuses it.
        WarehouseError
            If it reads what is stored of other data than stand in the warehouse.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     hot = wh.sql("select teff from parameters where teff > $t", {"t": 4e3})
        ...     min(hot.to_arrow()["teff"].to_pylist()) > 4000
        True
        """
        from stellarwh.api.asked import Query, plan_of
        from stellarwh.api.result import Plan, Result
        from stellarwh.warehouse.freshness import require_current_build
        from stellarwh.warehouse.query.statement import read_statement
        from stellarwh.warehouse.stale_pairs import stale_pairs

        check_text(statement, "statement")
        given = parameters_of(parameters)
        with self._working():
            read = read_statement(statement)
            require_current_build(self.connection, read.sql)
            for text in stale_pairs(self.connection, read.sql):
                warn(text)
            if read.is_explain:
                return Plan(plan_of(self, read, given))
            return Result(Query(self, read, given))

    def table(self, name: str) -> "Result":
        """Return the rows of a table or view.

        Parameters
        ----------
        name : str
            ``main.stars``, or ``stars`` where no other one is called so.

        Raises
        ------
        NoTableError
            If there is none, naming the nearest.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     wh.table("stars").columns[:2]
        ['star_id', 'gaia_dr3_source_id']
        """
        from stellarwh.warehouse.tables import find_table

        check_text(name, "name")
        with self._working():
            found = find_table(self.connection, name)
        return self.sql(f"from {found.quoted}")

    def figures(self) -> "Result":
        """Return what figures there are.

        Returns
        -------
        Result
            ``name`` and ``title`` of each, its ``parameters`` (``name: meaning``, or
            ``name=None: meaning`` where it may be left out) and what it ``needs``.

        Examples
        --------
        >>> import stellarwh
        >>> wh = stellarwh.open(warehouse)
        >>> wh.figures().columns
        ['name', 'title', 'parameters', 'needs']
        >>> wh.close()
        """
        from stellarwh.api.figures import known_figures

        with self._working():
            return known_figures()

    def figure(self, name: str, **parameters: Any) -> "Result":
        """Return the rows that a figure of the report is drawn from.

        Parameters
        ----------
        name : str
            ``kiel``, ``chemistry``, ``sky``, ``separation``, ``prediction`` and so on,
            as `figures` lists them; an unknown name is told the nearest.
        parameters
            What the figure is asked for, as ``survey="apogee"``; without what may be
            left out it is of all.

        Returns
        -------
        Result
            One row a cell, a bin or a bar. A column that is the same in every row
            tells of the whole figure, as ``n_points`` does.

        Raises
        ------
        UsageError
            If there is no such figure, or it takes other parameters.
        SqlError
            If the warehouse lacks what the figure is of.

        Examples
        --------
        >>> import stellarwh
        >>> wh = stellarwh.open(warehouse)
        >>> kiel = wh.figure("kiel", survey="apogee")
        >>> [(c.name, c.unit) for c in kiel.schema if c.name in ("x", "y", "n")]
        [('x', 'K'), ('y', 'log(cm.s**-2)'), ('n', '')]
        >>> wh.close()
        """
        from stellarwh.api.figures import figure_of

        with self._working():
            return figure_of(self, name, parameters)

    def cite(self) -> "Citations":
        """Return what the files in the warehouse ask to be cited.

        For each release that was observed: acknowledgements and papers, and those of
        the catalogues that its columns are from; then the software. Simulated rows ask
        for nothing; what a catalogue of one's own asks for is not known here.

        Returns
        -------
        Citations
            As text when it is printed; ``bibtex`` has the entries alone.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     told = wh.cite()
        ...     told.simulated
        ('raw.apogee', 'raw.galah', 'raw.lamost')
        >>> [reference.key for reference in told.references][:2]
        ['stellarwh', 'Astropy2013']
        """
        from stellarwh.warehouse.cited import citations

        with self._working():
            return citations(self.connection)
