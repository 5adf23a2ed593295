"""Open a catalogue file, whatever its format."""

from pathlib import Path

from stellarwh.catalogues.formats import recognise_format
from stellarwh.catalogues.table import TableFile
from stellarwh.errors import FILE, InputFileError, naming


def open_table(path: Path, hdu: str | None = None) -> TableFile:
    """Open a catalogue file; its format is recognised by its content.

    Parameters
    ----------
    path : Path
        The file.
    hdu : str, optional
        Which table of a FITS file (its EXTNAME, or its number from 0, the primary one)
        or of a VOTable (its name, or its number from 1); else the first with rows.

    Raises
    ------
    InputFileError
        If there is no such file, or it is empty, damaged or holds no (such) table.
    """
    kind, zipped = recognise_format(path)
    with naming(path):
        return _open(path, kind, hdu, zipped=zipped)


def _open(path: Path, kind: str, hdu: str | None, *, zipped: bool) -> TableFile:
    # Each format is loaded where a file has it: all of them take longer to load than
    # many a file to read. VOTables need astropy, which takes half a second.
    if kind == "fits":
        from stellarwh.catalogues.fits.table import open_fits  # noqa: PLC0415

        return open_fits(path, zipped=zipped, hdu=hdu)
    if kind == "votable":
        from stellarwh.catalogues.votable.read import open_votable  # noqa: PLC0415

        return open_votable(path, zipped=zipped, hdu=hdu)
    if hdu is not None:
        raise InputFileError(
            f"{FILE} is neither FITS nor VOTable and has one table; leave out --hdu "
            f"'{hdu}'."
        )
    if kind == "hats":
        from stellarwh.catalogues.parquet.hats import open_hats  # noqa: PLC0415

        return open_hats(path)
    if kind == "ecsv":
        from stellarwh.catalogues.ecsv.read import open_ecsv  # noqa: PLC0415

        return open_ecsv(path, zipped=zipped)
    if kind == "parquet" and not zipped:
        from stellarwh.catalogues.parquet.read import open_parquet  # noqa: PLC0415

        return open_parquet(path)
    if kind == "parquet":
        raise InputFileError(f"{FILE} is Parquet within gzip; unpack it first.")
    from stellarwh.catalogues.text.read import open_text  # noqa: PLC0415

    return open_text(path, zipped=zipped)
