"""A warehouse, opened from Python."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Never, Self

from stellarwh.api.arguments import (
    check_callback,
    check_number,
    check_options,
    check_text,
    check_whole,
    names_of,
    parameters_of,
    path_of,
)
from stellarwh.api.ingests import ingest_into
from stellarwh.api.listeners import Callback, CallbackListener
from stellarwh.api.stopping import Stoppable
from stellarwh.api.stored import Stored
from stellarwh.api.tasks import of_each_task
from stellarwh.errors import (
    NoTableError,
    SqlError,
    StellarwhError,
    UsageError,
    WarehouseError,
    did_you_mean,
)
from stellarwh.runtime.listening import listening, progress, warn

if TYPE_CHECKING:
    import os
    from types import TracebackType

    import duckdb

    from stellarwh.api.matching import Match
    from stellarwh.api.predictions import Prediction
    from stellarwh.api.result import Result
    from stellarwh.explain import Explanation
    from stellarwh.ingest import IngestResult
    from stellarwh.learning import TrainResult
    from stellarwh.match import Side
    from stellarwh.scales import Calibration
    from stellarwh.warehouse.build import BuildResult
    from stellarwh.warehouse.check import CheckResult

DEFAULT_WAREHOUSE = "warehouse/stellar.duckdb"
# How far from a position a star may be that is asked for by it, in arcsec.
MOST_RADIUS = 3600


class Warehouse:
    """An open warehouse; `stellarwh.open` opens one.

    Any thread may use it; they take turns. One that only reads can be open as often as
    one likes, beside one that writes: it shows the state that was stored when it was
    opened.

    Attributes
    ----------
    path : pathlib.Path
        Its file.
    is_writable : bool
        Whether it was opened with ``write=True``.
    connection : duckdb.DuckDBPyConnection
        DuckDB's own connection, for whatever else it can do.

    Examples
    --------
    >>> import stellarwh
    >>> wh = stellarwh.open(warehouse)
    >>> stars = wh.sql("select star_id, teff from main.parameters where teff > ?", [9])
    >>> len(stars.to_polars()) == len(stars)
    True
    >>> wh.table("main.stars").schema[0].name
    'star_id'
    >>> wh.close()
    """

    def __init__(
        self,
        path: "str | os.PathLike[str]",
        *,
        write: bool,
        wait: float | None = None,
        progress: Callback | None = None,
        once: bool = False,
        **hints: Any,
    ) -> None:
        from stellarwh.warehouse.database import open_warehouse
        from stellarwh.warehouse.files.waiting import waiting_up_to

        self._is_closed = True  # until it is open
        if wait is not None:
            check_number(wait, "wait", "seconds")
            if not wait >= 0:
                raise UsageError(f"wait={wait!r} is no number of seconds.")
        check_callback(progress, "progress")
        self.path = path = path_of(path)
        self.is_writable = write
        self._listener = None if progress is None else CallbackListener(progress)
        self.lock = RLock()
        self._at_work = 0  # calls of this handle that go on, one within the other
        self._stack = ExitStack()
        self._opened = _identity(path)
        # Left last: what was done is told once the file is in its place.
        self._stored = self._stack.enter_context(Stored(path, once=once))
        # Without a time of its own it waits as long as whoever opens it was told.
        with nullcontext() if wait is None else waiting_up_to(wait):
            self.connection: duckdb.DuckDBPyConnection = self._stack.enter_context(
                open_warehouse(path, read_only=not write, **hints)
            )
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        """Store what was written, unless an error ends the block; then close."""
        with self.lock, Stoppable(self.connection):
            if self._is_closed:
                return
            try:
                if error is None:
                    self._check_closable()
            except WarehouseError as refused:
                self._end(refused)
                raise
            self._end(error)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._is_closed

    def __repr__(self) -> str:
        """Return its file, and whether it is open."""
        how = "to write" if self.is_writable else "to read"
        return f"<Warehouse {self.path}, {'closed' if self._is_closed else how}>"

    def __del__(self) -> None:
        """Say so where something that was written is lost."""
        if not self._is_closed and self.is_writable:
            warnings.warn(
                f"{self.path} was not closed; what was written since it was last "
                "published, if anything was, is lost.",
                ResourceWarning,
                stacklevel=2,
            )
            self._stack.__exit__(ResourceWarning, ResourceWarning(), None)

    def close(self) -> None:
        """Store what was written, and close, once no other thread works with it.

        Raises
        ------
        WarehouseError
            If a transaction is open, or the call comes from within work of this
            thread: the warehouse is open yet, and can be closed again. If what was
            written cannot be stored: it is closed, and is as it was stored last.

        Examples
        --------
        >>> import stellarwh
        >>> wh = stellarwh.open(warehouse)
        >>> wh.close()
        >>> wh.is_closed
        True
        """
        with self.lock, Stoppable(self.connection):
            if not self._is_closed:
                self._check_closable()
                self._end(None)

    def _check_closable(self) -> None:
        """Refuse to close in the midst of something."""
        if self._at_work:
            raise WarehouseError(
                f"{self.path} is at work; close it when that has returned."
            )
        if self.is_writable:
            self._check_no_transaction()

    def _check_no_transaction(self) -> None:
        from stellarwh.warehouse.database import check_no_transaction

        check_no_transaction(self.connection)

    def _end(self, error: BaseException | None) -> None:
        """Close for good, whatever fails on the way."""
        self._is_closed = True
        kind = None if error is None else type(error)
        try:
            self._stack.__exit__(kind, error, None)
        except Exception as failed:
            import duckdb

            from stellarwh.warehouse.messages import first_line

            if failed is error or not isinstance(failed, duckdb.Error):
                raise
            raise WarehouseError(
                f"{self.path} cannot be closed as it should be: "
                f"{first_line(str(failed))}"
            ) from failed

    def publish(self) -> None:
        """Let others see what was written so far; no later error undoes it.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(copy, write=True) as wh:
        ...     near = wh.match("raw.apogee", "raw.galah", into="near", replace=True)
        ...     wh.publish()
        ...     with stellarwh.open(copy) as other:
        ...         len(other.table("raw.near")) == len(near) > 0
        True
        """
        with self._working():
            if self.is_writable:
                self._check_no_transaction()
            self._stored.show(self.connection)

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

    def match(
        self,
        left: "str | os.PathLike[str] | Side",
        right: "str | os.PathLike[str] | Side",
        *,
        radius: float = 1.0,
        mode: str = "all",
        epoch: float | None = None,
        sigmas: float = 3.0,
        magnitude_limit: float | None = None,
        columns: Sequence[str] | str = (),
        into: str | None = None,
        replace: bool = False,
    ) -> "Match":
        """Cross-match two tables or files on the sky.

        Parameters
        ----------
        left, right : str, path or Side
            A table, a catalogue file, a folder or a pattern of Parquet files, or a
            HATS catalogue; a `Side` names the columns that are used of it.
        radius : float
            Largest separation (arcsec).
        mode : str
            ``all`` pairs, ``best`` right row of each left one, ``best-right``,
            ``mutual`` or ``one-to-one``.
        epoch : float, optional
            Compare positions at this epoch (a Julian year).
        sigmas : float
            Largest separation in units of the positional errors that sides name.
        magnitude_limit : float, optional
            Largest difference of the magnitudes that sides name.
        columns : sequence of str, or str
            Bring these columns of both sides along (``"teff,logg"``); ``"all"`` brings
            all.
        into : str, optional
            Store the pairs as ``raw.<into>``, too.
        replace : bool
            Replace stored pairs of that name.

        Returns
        -------
        Result
            ``left_id``, ``right_id``, ``separation`` (arcsec) and what was asked for.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     pairs = wh.match("raw.apogee", "raw.galah", radius=2.0, mode="mutual")
        ...     pairs.schema[2].name, pairs.schema[2].unit, len(pairs) > 0
        ('separation', 'arcsec', True)
        """
        from stellarwh.api.matching import match_into

        if into is not None:
            check_text(into, "into")
        with self._working(None if into is None else "into="):
            return match_into(
                self.connection,
                (left, right),
                into=into,
                replace=replace,
                radius=radius,
                mode=mode,
                epoch=epoch,
                sigmas=sigmas,
                magnitude_limit=magnitude_limit,
                columns=columns,
            )

    def export(
        self,
        table: str,
        file: "str | os.PathLike[str]",
        *,
        columns: Sequence[str] | str = (),
        format: str | None = None,
        overwrite: bool = False,
    ) -> int:
        """Write a table, a view or a SELECT to a file, units and descriptions with it.

        Parameters
        ----------
        table : str
            A table or view, or one SELECT.
        file : str or path
            Ends in .parquet, .csv, .fits, .vot or .ecsv; ``-`` is standard output.
        columns : sequence of str, or str
            Columns to write (``"ra,dec"``); with a minus before each, columns to leave
            out.
        format : str, optional
            The format, whatever the ending: ``csv``, ``fits``.
        overwrite : bool
            Replace a file that exists.

        Returns
        -------
        int
            Rows that were written.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     wh.export("main.stars", folder / "stars.fits", columns="ra,dec") > 0
        True
        """
        from stellarwh.export.export import export_table
        from stellarwh.warehouse.freshness import stale_runs
        from stellarwh.warehouse.stale_pairs import stale_pairs

        check_text(table, "table")
        if format is not None:
            check_text(format, "format")
        with self._working():
            rows = export_table(
                self.connection,
                table,
                path_of(file, "file"),
                columns=names_of(columns),
                kind=format,
                overwrite=overwrite,
            )
            for text in stale_runs(self.connection, table):
                warn(text)
            for text in stale_pairs(self.connection, table):
                warn(text)
        return rows

    def ingest(
        self,
        survey: str,
        *files: "str | os.PathLike[str]",
        columns: Sequence[str] | str | None = None,
        all_columns: bool = False,
        replace: bool = False,
        append: bool = False,
        ra: str | None = None,
        dec: str | None = None,
        epoch: float | None = None,
        no_position: bool = False,
        position_from: str | None = None,
        release: str | None = None,
        hdu: str | int | None = None,
        declare: Mapping[str, str] | Sequence[str] | str | None = None,
        **unknown: Never,
    ) -> "list[IngestResult]":
        """Read catalogue files into ``raw.<survey>``: all of them or none.

        Parameters
        ----------
        survey : str
            ``apogee``, ``galah``, ``lamost``, or a name of your own.
        files : str or path
            The catalogue files; by default the release's in ``data/``.
        columns : sequence of str, or str, optional
            Further columns to keep (of a catalogue of your own: the only ones), as
            ``"GLON,GLAT"``; or columns to leave out: ``"-SPEC,-FLUX*"``.
        all_columns : bool
            Keep every column of the file.
        replace : bool
            Replace what the survey held before.
        append : bool
            Add the rows to those of other files; columns by name.
        ra, dec : str, optional
            Columns of right ascension and declination (deg) of a catalogue of your own.
        epoch : float, optional
            Epoch of its positions, a Julian year.
        no_position : bool
            It has no positions, only ids.
        position_from : str, optional
            Column of names that hold the position: ``2M00000002+7417074``,
            ``J000000.02+741707.4``.
        release : str, optional
            Which release it is, where its columns fit several: ``DR7``.
        hdu : str or int, optional
            Which table of a FITS file with several: its EXTNAME, or its number (0 is
            the primary header); of a VOTable its name, or its number from 1. By default
            the first that has rows.
        declare : mapping of str to str, or such as ``"teff=TEFF_FIT"``, optional
            What columns of a catalogue of your own are in main.measurements: its stars
            are then those of a survey more, under the catalogue's name.
        unknown
            None; a name that is not known is told the nearest.

        Raises
        ------
        InputFileError, SurveyError, UsageError
            If a file or an option will not do; nothing has changed then.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(folder / "one.duckdb", write=True) as wh:
        ...     (told,) = wh.ingest("galah", files["galah"])
        ...     told.is_simulated, told.rows == len(wh.table("raw.galah"))
        (True, True)
        """
        options = {
            "columns": columns,
            "all_columns": all_columns,
            "replace": replace,
            "append": append,
            "ra": ra,
            "dec": dec,
            "epoch": epoch,
            "no_position": no_position,
            "position_from": position_from,
            "release": release,
            "hdu": hdu,
            "declare": declare,
        }
        check_text(survey, "survey")
        check_options(unknown, list(options), "ingest")
        with self._working("ingest"):
            return ingest_into(self.connection, survey, files, options)

    def build(self, *, anew: bool = False) -> "BuildResult":
        """Build every view, match and table of ``sql/``, or nothing.

        Parameters
        ----------
        anew : bool
            Match unchanged surveys anew, too.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(copy, write=True) as wh:
        ...     built = wh.build()
        ...     built.matched, built.views > 0
        ((), True)
        """
        from stellarwh.warehouse.build import build_views

        with self._working("build"), progress("build") as bar:
            return build_views(
                self.connection,
                anew=anew,
                progress=lambda name, at, of: bar.reach(at - 1, of, f"build {name}"),
            )

    def check(self, name: str | None = None) -> "list[CheckResult]":
        """Test the data: keys, ranges, flags.

        Parameters
        ----------
        name : str, optional
            One test alone; its ``sql`` gives all rows that break it.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     (found,) = wh.check("a_star_has_one_best_row_per_survey")
        ...     found.severity, found.passed
        ('fail', True)
        """
        from stellarwh.warehouse.check import run_check, run_checks

        if name is not None:
            check_text(name, "name")
        with self._working(), progress("check") as bar:
            if name is not None:
                return [run_check(self.connection, name)]
            return run_checks(self.connection, progress=bar)

    def status(self) -> dict[str, Any]:
        """Return what is in the warehouse: ingests, build, tables, runs.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     sorted(found["survey"] for found in wh.status()["ingests"])
        ['apogee', 'galah', 'lamost']
        """
        from stellarwh.warehouse.status_facts import warehouse_facts

        with self._working():
            return warehouse_facts(self.connection, self.path)

    def calibrate(
        self, *, reference: str | None = None, seed: int = 0
    ) -> "Calibration":
        """Bring the surveys to one scale, with errors that hold, and store it.

        `main.calibrated` and `main.parameters` use it from then on; earlier ones stay
        in schema ``scale``. Others see it at once, as the runs of `train`.

        Parameters
        ----------
        reference : str, optional
            The survey whose scale it is; else APOGEE, or without it the survey that
            shares the most stars with others.
        seed : int
            For what is drawn: the same stars and seed give the same numbers.

        Returns
        -------
        Calibration
            With a `ScaleFact` of each survey and quantity.

        Raises
        ------
        WarehouseError
            If nothing was built, or what was built is of other data.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(copy, write=True) as wh:
        ...     wh.calibrate().reference
        'apogee'
        """
        from stellarwh.scales import calibrate

        check_whole(seed, "seed", 0, 2**32 - 1)
        if reference is not None:
            check_text(reference, "reference")
        with (
            self._working("calibrate"),
            progress("calibrate") as bar,
            self._stored.kept(self.connection),
        ):
            result = calibrate(
                self.connection,
                reference=reference,
                seed=seed,
                progress=lambda done, of, what: bar.reach(
                    done, of, f"calibrate {what}"
                ),
            )
            self._stored.add(self.connection, lambda: None)
            return result

    def explain(
        self,
        star: "str | int | tuple[float, float]",
        *,
        quantity: Sequence[str] | str = (),
        radius: float = 5.0,
        kind: str | None = None,
    ) -> "Explanation":
        """Tell how the values of one star came to be, each step with its SQL.

        From the cells of the catalogues through flags, NULLs, matches, corrections and
        weights to the values of `main.parameters`.

        Parameters
        ----------
        star : str, int or pair of float
            A star_id, a Gaia DR3 or DR2 id, a survey's id or name of it
            (``"2M00000002+7417074"``), or a position, of which the nearest star is
            told: degrees, as a pair or ``"10.68 41.27"``, or ``"0:42:44 +41:16:09"``.
        quantity : sequence of str, or str
            ``"teff,logg"`` and so on, or ``"all"``; by default the four parameters
            teff, logg, fe_h and alpha_fe.
        radius : float
            How far from a position the star may be (arcsec).
        kind : str, optional
            What `star` is, where it may be several things: ``star_id``, ``gaia_dr3``,
            ``gaia_dr2``, ``name`` or ``position``.

        Returns
        -------
        Explanation
            As lines when it is printed; `to_dict` gives all of it.

        Raises
        ------
        UsageError
            If there is no such quantity, kind or position.
        WarehouseError
            If there is no such star, or several are called so, or nothing was built
            of the catalogues that are there.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     (one,) = wh.sql(
        ...         "select apogee_source_id, star_id from main.stars "
        ...         "where apogee_source_id is not null limit 1"
        ...     ).to_arrow().to_pylist()
        ...     told = wh.explain(one["apogee_source_id"], quantity="teff")
        ...     told.star_id == one["star_id"], told.taken_for
        (True, 'the source_id in apogee')
        """
        from stellarwh.api.asked_star import asked_star
        from stellarwh.explain import KINDS, USUAL, explain_star

        check_number(radius, "radius", "arcsec")
        if not 0 < radius <= MOST_RADIUS:
            raise UsageError(
                f"radius={radius!r} is no radius; give arcsec, up to {MOST_RADIUS}."
            )
        if kind is not None:
            check_text(kind, "kind")
            if kind not in KINDS:
                raise UsageError(
                    f"There is no kind of name {kind!r}. {did_you_mean(kind, KINDS)}"
                )
        asked = asked_star(star)
        chosen = names_of(quantity, "quantity") or USUAL
        with self._working():
            return explain_star(
                self.connection, asked, quantities=chosen, radius=radius, kind=kind
            )

    def train(
        self,
        *tasks: str,
        estimator: str = "xgboost",
        seed: int = 0,
        folds: int = 5,
        device: str = "cpu",
        tune: int = 0,
        each: "Callable[[TrainResult], None] | None" = None,
    ) -> "list[TrainResult]":
        """Train, evaluate on blocked sky and store one run a task.

        When this returns or fails others see the runs that were made, and everything
        that was written before: no error later in a ``with`` block undoes them. An
        interrupt while it works undoes what `each` was not called with.

        Parameters
        ----------
        tasks : str
            Views of the schema ``features``. Without any, all for which there are
            data; the others are told in a warning each.
        estimator : str
            ``xgboost``, ``random-forest``, ``histogram-boosting`` or ``ridge``.
        seed, folds, tune : int
            Seed; sky-blocked folds; other settings to try for each target.
        device : str
            ``cpu`` or ``cuda``.
        each : callable, optional
            Called with the result of each task once others can see its run: where that
            would cost much beside the work, as the warehouse is copied, with a later
            one, at the latest when all are done.

        Raises
        ------
        TaskError
            If a task that was asked for fails, or no task is possible.

        Examples
        --------
        A few stars are not enough, and nothing has changed:

        >>> import stellarwh
        >>> with stellarwh.open(copy, write=True) as wh:
        ...     try:
        ...         wh.train("apogee_from_galah", estimator="ridge")
        ...     except stellarwh.StellarwhError as error:
        ...         print(error)  # doctest: +ELLIPSIS
        label_teff of features.apogee_from_galah has ... labels; at least 50 are ...
        """
        from stellarwh.learning import MOST_SEED, check_task

        check_text(estimator, "estimator")
        check_text(device, "device")
        check_whole(seed, "seed", 0, MOST_SEED)
        check_whole(folds, "folds", 2)
        check_whole(tune, "tune", 0)
        check_callback(each, "each")

        def work(task: str) -> "TrainResult":
            from stellarwh.learning import train

            with progress(f"train {task}") as bar:

                def tell(target: str, what: str, done: int, of: int) -> None:
                    words = ", ".join(filter(None, [target, what]))
                    bar.reach(done, of, f"train {task}: {words}")

                result = train(
                    self.connection,
                    task,
                    estimator=estimator,
                    seed=seed,
                    folds=folds,
                    device=device,
                    tune=tune,
                    progress=tell,
                )
            self._stored.add(self.connection, partial(each or _nobody, result))
            return result

        with (
            self._working("train"),
            progress("train"),
            self._stored.kept(self.connection),
        ):
            return of_each_task(
                self.connection, tasks, work, lambda t: check_task(self.connection, t)
            )

    def predict(
        self,
        *tasks: str,
        trust_runs: bool = False,
        each: "Callable[[Prediction], None] | None" = None,
    ) -> "list[Prediction]":
        """Write predictions with intervals for every star that has the features.

        They are stored, with everything that was written before, as the runs of
        `train` are.

        Parameters
        ----------
        tasks : str
            As for `train`.
        trust_runs : bool
            Apply runs that somebody else trained, too.
        each : callable, optional
            Called with what each task gave, as of `train`.

        Examples
        --------
        A task is trained before:

        >>> import stellarwh
        >>> with stellarwh.open(copy, write=True) as wh:
        ...     try:
        ...         wh.predict("apogee_from_galah")
        ...     except stellarwh.StellarwhError as error:
        ...         print(error)  # doctest: +ELLIPSIS
        Task apogee_from_galah was never trained; run 'stellarwh train ...'.
        """
        from stellarwh.api.predictions import Prediction, who_trained
        from stellarwh.learning import check_trained

        check_callback(each, "each")

        def work(task: str) -> Prediction:
            from stellarwh.learning import predict

            with progress(f"predict {task}", unit="stars") as bar:
                rows = predict(
                    self.connection, task, trust_runs=trust_runs, progress=bar.reach
                )
            result = Prediction(task, rows, who_trained(self.connection, task))
            self._stored.add(self.connection, partial(each or _nobody, result))
            return result

        with (
            self._working("predict"),
            progress("predict"),
            self._stored.kept(self.connection),
        ):
            return of_each_task(
                self.connection,
                tasks,
                work,
                lambda task: check_trained(self.connection, task),
            )

    def report(self, out: "str | os.PathLike[str]" = "reports") -> Path:
        """Write the report and return its first page.

        Parameters
        ----------
        out : str or path
            Folder of the pages.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(folder / "empty.duckdb", write=True) as wh:
        ...     wh.report(folder / "reports").name
        'index.html'
        """
        from stellarwh.report import write_report

        with self._working(), progress("report", unit="pages") as bar:
            return write_report(self.connection, path_of(out, "out"), progress=bar)

    @contextmanager
    def _working(self, writes: str | None = None) -> Iterator[None]:
        """Take one's turn; refuse what writes where the warehouse only reads."""
        if writes is not None and not self.is_writable:
            raise WarehouseError(
                f"{self.path} is open to read only, and {writes} writes; open it with "
                "write=True."
            )
        from stellarwh.warehouse.database import none_within_another

        with self.lock, Stoppable(self.connection), ExitStack() as stack:
            if self._is_closed:
                raise WarehouseError(f"{self.path} is closed; open it again.")
            if writes is not None:
                self._check_no_transaction()
            if self._listener is not None:
                stack.enter_context(listening(self._listener))
            self._at_work += 1
            try:
                with none_within_another():
                    yield
            except (NoTableError, SqlError) as error:
                self._say_if_old(error)
                raise
            finally:
                self._at_work -= 1

    def _say_if_old(self, error: StellarwhError) -> None:
        """Add to an error of a missing table that there is a newer state to open."""
        from stellarwh.warehouse.query.missing import lacks_table

        said, line_break, excerpt = str(error).partition("\n")
        is_missing = said.startswith("There is no table") or lacks_table(said)
        if is_missing and not self.is_writable and _identity(self.path) != self._opened:
            said += " The warehouse was written since it was opened; open it again."
            error.args = (f"{said}{line_break}{excerpt}",)


def _identity(path: Path) -> tuple[int, ...] | None:
    """Return what tells a file from another one of its name; None where there is none.

    One that is written in its place keeps its number, not its time.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_mtime_ns)


def _nobody(_: object) -> None:
    """Hear nothing."""
