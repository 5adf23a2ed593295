"""Spectra taken in."""

from typing import TYPE_CHECKING

from stellarwh.api.arguments import check_flag, check_text, check_whole, path_of
from stellarwh.api.handle import Handle
from stellarwh.runtime.listening import progress

if TYPE_CHECKING:
    import os

    from stellarwh.spectra.ingest import SpectraResult


class Spectra(Handle):
    """A warehouse that takes in spectra and measures them."""

    def ingest_spectra(
        self,
        survey: str,
        *files: "str | os.PathLike[str]",
        definitions: "str | os.PathLike[str] | None" = None,
        replace: bool = False,
        jobs: int | None = None,
    ) -> "SpectraResult":
        """Read spectra as published, and measure indices of their lines and bands.

        Rows of ``raw.spectra`` and ``raw.spectral_indices`` come of it. A file that is
        held is known by its content, wherever it lies: to give the same files again
        changes nothing, and new ones are added. Files that cannot be taken are named
        with the reason, and the others go in.

        Parameters
        ----------
        survey : str
            ``lamost``, ``galah``, ``apogee`` or ``sdss``.
        files : str or path
            Files of spectra, folders of them, or patterns: ``"dr7/**/*.fits.gz"``.
        definitions : str or path, optional
            A CSV of indices of your own, with the columns of
            ``sql/index_definitions.csv``; spectra that are held are measured, too,
            where their files are given.
        replace : bool
            Read files anew that are held, and let a spectrum of an id that is held take
            the place of that one.
        jobs : int, optional
            How many processes read and measure, of about 60 MB each; by default two,
            where files are many.

        Returns
        -------
        SpectraResult
            How many went in, were held or refused, and the first refusals.

        Raises
        ------
        InputFileError, UsageError
            If there is no such survey or file, or a definition will not do; nothing has
            changed then.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(folder / "spectra.duckdb", write=True) as wh:
        ...     try:
        ...         wh.ingest_spectra("lamost", folder / "no.fits")
        ...     except stellarwh.StellarwhError as error:
        ...         str(error).startswith("There is no file")
        True
        """
        from stellarwh.spectra.ingest import ingest_spectra

        check_text(survey, "survey")
        check_flag(replace, "replace")
        if jobs is not None:
            check_whole(jobs, "jobs", 1)
        paths = [path_of(file, "file") for file in files]
        own = None if definitions is None else path_of(definitions, "definitions")
        with (
            self._working("ingest_spectra"),
            progress(f"ingest-spectra {survey}", None, unit="files") as bar,
            self._stored.kept(self.connection),
        ):
            return ingest_spectra(
                self.connection,
                survey,
                paths,
                definitions=own,
                replace=replace,
                jobs=jobs,
                stored=lambda: self._stored.add(self.connection, lambda: None),
                progress=bar,
            )
