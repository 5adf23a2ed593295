"""What a file is, from its first bytes."""

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from stellarwh.errors import InputFileError


def read(path: Path) -> list[pa.RecordBatch]:
    table = open_table(path)
    return list(table.batches(table.columns, no_nulls()))


@pytest.fixture
def table() -> bytes:
    hdu = fits.BinTableHDU.from_columns([fits.Column("x", "J", array=np.arange(3))])
    return fits.PrimaryHDU().header.tostring().encode() + (
        hdu.header.tostring().encode() + hdu.data.tobytes().ljust(2880, b"\0")
    )


@pytest.mark.parametrize("name", ["a.fits", "a.csv", "a.gz", "a"])
def test_the_name_does_not_matter(tmp_path, table, name):
    for content, expected in ((table, "FITS"), (b"a,b\n1,2\n", "text (comma)")):
        for data in (content, gzip.compress(content, mtime=0)):
            path = tmp_path / name
            path.write_bytes(data)
            assert open_table(path).format == expected


def test_parquet_is_read(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"id": [2**62 + 1, None], "ra": [1.5, 2.5]}), path)
    table = open_table(path)
    nulls = no_nulls()
    batch = next(table.batches(table.columns, nulls))
    assert batch.column("id").to_pylist() == [2**62 + 1, None]
    assert nulls[0] == {"null": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"just words\nand more\n", "no comma, pipe or tab"),
        (b"\x00\x01\x02\x03" * 100, "neither FITS nor text"),
        (b"PK\x03\x04abc", "zip archive"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"<?xml version='1.0'?><VOTABLE/>", "VOTable"),
        (b"<!DOCTYPE html><html>404</html>", "web page"),
        (b"# %ECSV 1.0\n", "ECSV"),
        (b"PAR1 and nothing more", "damaged Parquet"),
        (b"\x1f\x8b\x08\x00broken", r"truncated|damaged|cannot be read"),
        (b"\x1f\x9d\x90ra,dec\n1,2\n", "a file of the old program compress"),
        (b"7z\xbc\xaf'\x1c\x00\x04", "a 7z archive"),
        (b"\x04\x22M\x18d@\xa7", "an lz4 file"),
        (b"a.csv".ljust(257, b"\0") + b"ustar\x0000", "a tar archive; unpack it"),
        (
            gzip.compress(gzip.compress(b"a,b\n1,2\n", mtime=0), mtime=0),
            "gzip within gzip",
        ),
        (
            gzip.compress(b"a,b\n1,2\n", mtime=0) + b"trailing garbage",
            "what follows its gzip stream",
        ),
        ('<?xml version="1.0"?><VOTABLE/>'.encode("utf-16"), "XML in UTF-16"),
        ("# %ECSV 1.0\n".encode("utf-16"), "ECSV in UTF-16"),
    ],
)
def test_other_content_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "t.fits"
    path.write_bytes(content)
    with pytest.raises(InputFileError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_names_the_nearest_one(tmp_path):
    (tmp_path / "allStar.fits").write_bytes(b"x")
    with pytest.raises(InputFileError, match=r"Did you mean '.*allStar.fits'"):
        open_table(tmp_path / "allStars.fits")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputFileError, match="is a folder"):
        open_table(tmp_path)


def test_a_link_to_nowhere_says_so(tmp_path):
    path = tmp_path / "t.csv"
    path.symlink_to("gone.csv")
    with pytest.raises(InputFileError, match=r"t\.csv is a link to gone\.csv, where"):
        open_table(path)


@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf"])
def test_a_votable_may_begin_with_a_long_comment(tmp_path, begin):
    path = tmp_path / "t"
    path.write_bytes(
        begin + b"<!--" + b"x" * 9000 + b'--><VOTABLE version="1.3"><RESOURCE><TABLE>'
        b'<FIELD name="a" datatype="int"/><DATA><TABLEDATA><TR><TD>1</TD></TR>'
        b"</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    (batch,) = read(path)
    assert batch.to_pydict() == {"0": [1]}
