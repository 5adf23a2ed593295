"""Which side of a match is a file."""

from pathlib import Path

from stellarwh.readers import split_source

_FILE_ENDINGS = {".fits", ".fit", ".csv", ".txt", ".dat", ".gz", ".parquet", ".tsv"}
_FILE_ENDINGS |= {".ecsv", ".vot", ".votable", ".xml"}


def file_of(source: str) -> Path:
    """Return the file that ``stars.fits`` or ``stars.fits[2]`` means."""
    return split_source(source)[0]


def looks_like_a_file(source: str) -> bool:
    """Return whether a side is called as files are."""
    is_path = "/" in source or "\\" in source
    return is_path or file_of(source).suffix.lower() in _FILE_ENDINGS
