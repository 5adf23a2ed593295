"""Figures for print."""

from typing import TYPE_CHECKING, Any

from stellarwh.api.arguments import check_text, path_of
from stellarwh.api.handle import Handle

if TYPE_CHECKING:
    import os

    from stellarwh.report.plots.write import Plot


class Plots(Handle):
    """A warehouse that figures are drawn of."""

    def plot(
        self,
        kind: str,
        out: "str | os.PathLike[str] | None" = None,
        *,
        where: str | None = None,
        width: "str | float" = "column",
        overwrite: bool = False,
        survey: str | None = None,
        mean: bool = False,
        left: str | None = None,
        right: str | None = None,
        against: str | None = None,
        task: str | None = None,
        target: str | None = None,
    ) -> "Plot":
        """Draw a figure for print, of the rows that `figure` returns.

        Parameters
        ----------
        kind : str
            ``kiel``, ``sky``, ``cmd``, ``chemistry``, ``offsets``, ``residuals`` or
            ``coverage``.
        out : str or path, optional
            A file that ends in ``.pdf``, ``.svg`` or ``.png``; ``KIND.pdf`` by default.
        where : str, optional
            A condition in SQL: for stars with ``survey``, ``teff``, ``logg``, ``fe_h``,
            ``alpha_fe``, ``snr``, ``ra``, ``dec`` and more, or of a run for the columns
            of the view of its task.
        width : str or float
            ``column`` (88 mm), ``page`` (180 mm) or mm.
        overwrite : bool
            Replace a file that exists.
        survey : str, optional
            Stars of this one; of all by default.
        mean : bool
            Colour a plane by the mean of a third quantity instead of the density.
        left, right, against : str, optional
            Of offsets: the surveys, by default those that share most stars, and
            ``teff`` or ``fe_h``.
        task, target : str, optional
            Of residuals and coverage: the task, and one of its targets; else all.

        Returns
        -------
        Plot
            Its path, what it is of, width and height (mm).

        Raises
        ------
        UsageError
            If something that is asked for is not there, or the condition is none.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     wh.plot("kiel", folder / "kiel.png", where="fe_h < 0").path.name
        'kiel.png'
        """
        from stellarwh.report.plots import write_plot

        check_text(kind, "kind")
        path = path_of(f"{kind}.pdf" if out is None else out, "out")
        options: dict[str, Any] = {
            "survey": survey, "mean": mean, "left": left, "right": right,
            "against": against, "task": task, "target": target,
        }  # fmt: skip
        for name, text in {**options, "where": where}.items():
            if text is not None and name != "mean":
                check_text(text, name)
        with self._working():
            return write_plot(
                self.connection,
                kind,
                path,
                where=where,
                width=width,
                overwrite=overwrite,
                **options,
            )
