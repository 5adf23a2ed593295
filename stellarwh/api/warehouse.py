"""A warehouse, opened from Python."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stellarwh.api.arguments import (
    check_number,
    check_text,
    check_whole,
    names_of,
    path_of,
)
from stellarwh.api.catalogues import Catalogues
from stellarwh.api.exchange import Exchange
from stellarwh.api.learning import Learning
from stellarwh.api.plots import Plots
from stellarwh.api.questions import Questions
from stellarwh.api.spectra import Spectra
from stellarwh.errors import (
    UsageError,
    did_you_mean,
)
from stellarwh.runtime.listening import progress

if TYPE_CHECKING:
    import os

    from stellarwh.explain import Explanation
    from stellarwh.scales import Calibration
    from stellarwh.warehouse.build import BuildResult
    from stellarwh.warehouse.check import CheckResult


DEFAULT_WAREHOUSE = "warehouse/stellar.duckdb"
# How far from a position a star may be that is asked for by it, in arcsec.
MOST_RADIUS = 3600


class Warehouse(Questions, Catalogues, Exchange, Spectra, Learning, Plots):
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
        self, *, reference: str | None = None, seed: int = 0, use: str | None = None
    ) -> "Calibration":
        """Bring the surveys to one scale, with errors that hold, and store it.

        `main.calibrated` and `main.parameters` use it from then on; earlier ones stay
        in schema ``scale``, and ``scale.runs`` lists them. Others see it at once, as
        the runs of `train`. Where the same files, values, reference and seed were
        calibrated before by the same versions, nothing is fitted or stored: that
        calibration is in use again, and ``is_new`` is false.

        Parameters
        ----------
        reference : str, optional
            The survey whose scale it is; else APOGEE, or without it the survey that
            shares the most stars with others.
        seed : int
            For what is drawn: the same stars and seed give the same numbers.
        use : str, optional
            Fit nothing, but take this calibration in use: its ``run_id``, or the
            beginning of it. It may be of other data: ``outdated`` tells of which.

        Returns
        -------
        Calibration
            With a `ScaleFact` of each survey and quantity.

        Raises
        ------
        UsageError
            If there is no such calibration, or it comes with a reference or a seed; if
            the reference has no stars, or shares too few.
        WarehouseError
            If nothing was built, or what was built is of other data.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(copy, write=True) as wh:
        ...     wh.calibrate().reference
        'apogee'
        """
        from stellarwh.scales import calibrate, use_calibration

        check_whole(seed, "seed", 0, 2**32 - 1)
        if reference is not None:
            check_text(reference, "reference")
        if use is not None:
            check_text(use, "use")
            if reference is not None or seed:
                raise UsageError(
                    "A calibration that is taken in use again has its own reference "
                    "and seed: give no others."
                )
        with (
            self._working("calibrate"),
            progress("calibrate") as bar,
            self._stored.kept(self.connection),
        ):
            if use is not None:
                result = use_calibration(self.connection, use)
            else:
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

    def star_page(
        self,
        star: "str | int | tuple[float, float]",
        out: "str | os.PathLike[str] | None" = None,
        *,
        quantity: Sequence[str] | str = (),
        radius: float = 5.0,
        kind: str | None = None,
    ) -> Path:
        """Write a page of what `explain` tells of a star, and return its path.

        Its values are drawn beside each other, and its place on the Kiel diagrams of
        its surveys.

        Parameters
        ----------
        star, quantity, radius, kind
            As `explain` takes them.
        out : str or path, optional
            The page; by default ``reports/star-<star_id>.html``.

        Raises
        ------
        UsageError
            As `explain` does, and if the page cannot be written.
        WarehouseError
            As `explain` does.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     (star,) = wh.sql("from main.stars limit 1").to_arrow().to_pylist()
        ...     wh.star_page(star["star_id"], folder / "star.html").name
        'star.html'
        """
        told = self.explain(star, quantity=quantity, radius=radius, kind=kind)
        from stellarwh.report.star import write_star

        file = f"reports/star-{told.star_id}.html" if out is None else out
        with self._working():
            return write_star(self.connection, told, path_of(file, "out"))

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
