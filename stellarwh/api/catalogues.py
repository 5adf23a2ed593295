"""Catalogues that come into a warehouse, are matched, and leave it as files."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Never

from stellarwh.api.arguments import (
    check_number,
    check_options,
    check_text,
    check_whole,
    names_of,
    path_of,
)
from stellarwh.api.handle import Handle
from stellarwh.api.ingests import ingest_into
from stellarwh.runtime.listening import warn

if TYPE_CHECKING:
    import os

    from stellarwh.api.matching import Match
    from stellarwh.ingest import IngestResult
    from stellarwh.match import Side


class Catalogues(Handle):
    """A warehouse that takes in files, matches and writes them."""

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
        engine: str = "duckdb",
        cluster: str | None = None,
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
        engine : str
            ``lsdb`` finds the pairs of two HATS folders, or of tables, on a Dask
            cluster: the extra ``stellarwh[distributed]``.
        cluster : str, optional
            Address of the cluster's scheduler; else workers of this machine.
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
                engine=engine,
                cluster=cluster,
            )

    def export(
        self,
        table: str,
        file: "str | os.PathLike[str]",
        *,
        columns: Sequence[str] | str = (),
        format: str | None = None,
        overwrite: bool = False,
        margin: float | None = None,
        partition_rows: int | None = None,
    ) -> int:
        """Write a table, a view or a SELECT to a file, units and descriptions with it.

        Parameters
        ----------
        table : str
            A table or view, or one SELECT.
        file : str or path
            Ends in .parquet, .csv, .fits, .vot or .ecsv; ``-`` is standard output. Of
            HATS a folder.
        columns : sequence of str, or str
            Columns to write (``"ra,dec"``); with a minus before each, columns to leave
            out.
        format : str, optional
            The format, whatever the ending: ``csv``, ``fits``; ``hats`` is a collection
            for LSDB.
        overwrite : bool
            Replace a file that exists; or a folder in HATS, no other.
        margin : float, optional
            Of HATS: width of the margin (arcsec), which is the largest radius of a
            match in LSDB; 10 by default, 0 for none.
        partition_rows : int, optional
            Of HATS: most rows of a partition; 1,000,000 by default.

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
        from stellarwh.export.hats.options import HatsOptions
        from stellarwh.warehouse.freshness import stale_runs
        from stellarwh.warehouse.stale_pairs import stale_pairs

        check_text(table, "table")
        if format is not None:
            check_text(format, "format")
        hats: dict[str, Any] = {}
        if margin is not None:
            check_number(margin, "margin", "arcsec")
            hats["margin"] = float(margin)
        if partition_rows is not None:
            check_whole(partition_rows, "partition_rows", 1)
            hats["rows"] = partition_rows
        with self._working():
            rows = export_table(
                self.connection,
                table,
                path_of(file, "file"),
                columns=names_of(columns),
                kind=format,
                overwrite=overwrite,
                hats=HatsOptions(**hats) if hats else None,
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
