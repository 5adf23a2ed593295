"""Generated FITS tables, cell by cell against astropy and STILTS."""

import csv
import gzip
import shutil
import subprocess

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from tests.catalogues.fits_corpus import (
    corpora,
    expected_cells,
    flat,
    is_same,
    write_table,
)
from tests.catalogues.votable_corpus import by_astropy

FIXED = settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FIXED
@given(corpora())
def test_every_cell_of_a_generated_table_is_as_astropy_reads_it(tmp_path, corpus):
    path = write_table(tmp_path / "t.fits", corpus)
    expected = expected_cells(
        corpus, write_table(tmp_path / "plain.fits", corpus, plain=True)
    )
    if corpus.rows % 2:
        path.write_bytes(gzip.compress(path.read_bytes(), 1))
    table = open_table(path)
    assert [c.name for c in table.columns] == [c.name for c in corpus.columns]
    nulls = no_nulls()
    batches = list(table.batches(table.columns, nulls))
    for i, (made, column) in enumerate(zip(corpus.columns, table.columns, strict=True)):
        found = [
            flat(cell) for batch in batches for cell in batch.column(i).to_pylist()
        ]
        assert len(found) == corpus.rows
        for ours, theirs in zip(found, expected[i], strict=True):
            assert is_same(ours, theirs), made
        assert sum(nulls[i].values()) == sum(row.count(None) for row in found)
        assert column.unit == str(made.keywords.get("TUNIT", "")).strip()
        assert column.description == str(made.keywords.get("TCOMM", "")).strip()


@pytest.mark.skipif(shutil.which("stilts") is None, reason="STILTS is not installed")
def test_cells_are_as_stilts_reads_them(tmp_path):
    rng = np.random.default_rng(3)
    ids = 2**62 + np.arange(9)
    path = tmp_path / "t.fits"
    fits.BinTableHDU.from_columns(
        [
            fits.Column("id", "K", array=ids),
            fits.Column("n", "J", null=-1, array=[-1, 5, *range(7)]),
            fits.Column("u", "I", bzero=2**15, array=np.arange(60_000, 60_009)),
            fits.Column("d", "D", array=[np.nan, *rng.normal(size=8)]),
            fits.Column("e", "E", array=rng.normal(size=9).astype("f4")),
            fits.Column("s", "6A", array=[b"", b"a b", b" c", *[b"xyz"] * 6]),
            fits.Column("l", "L", array=[True, False, True] * 3),
        ]
    ).writeto(path)
    out = tmp_path / "t.csv"
    command = ["stilts", "tpipe", f"in={path}", f"out={out}", "ofmt=csv"]
    subprocess.run(command, check=True, capture_output=True)
    with out.open(newline="") as file:
        names, *rows = csv.reader(file)
    table = open_table(path)
    (batch,) = table.batches(table.columns, no_nulls())
    assert names == [column.name for column in table.columns]
    read_as = {"e": np.float32, "d": float, "l": "true".__eq__, "s": str}
    for i, name in enumerate(names):
        found = batch.column(i).to_pylist()
        # STILTS writes NULL, NaN and blanks as nothing.
        ours = [None if value is None or value != value else value for value in found]
        texts = [row[i] for row in rows]
        theirs = [read_as.get(name, int)(text) if text else None for text in texts]
        assert ours == theirs, name


def every_tform(rng, n):
    varying = {"P": np.empty(n, object), "Q": np.empty(n, object)}
    for values in varying.values():
        values[:] = [rng.integers(-9, 9, size) for size in range(n)]
    ids = [2**62 + 1, -1, 2**63 - 1, -(2**63), 0, 9]
    texts = [b"", b" a b", b"abc  ", b"123456789", b"x", b"'"]
    odd = [np.nan, np.inf, -np.inf, 0.1, -0.0, 1e-40]
    return [
        fits.Column("L", "L", array=rng.random(n) < 0.5),
        fits.Column("X", "11X", array=rng.random((n, 11)) < 0.5),
        fits.Column("B", "B", array=rng.integers(0, 255, n)),
        fits.Column("Bs", "B", bzero=-128, array=np.arange(-3, n - 3, dtype="i1")),
        fits.Column("I", "I", null=-1, array=[-1, 2, -1, 2**15 - 1, -(2**15), 6]),
        fits.Column("Iu", "I", bzero=2**15, array=rng.integers(0, 2**16, n, "u2")),
        fits.Column("Ju", "J", bzero=2**31, array=rng.integers(0, 2**32, n, "u4")),
        fits.Column("Ku", "K", bzero=2**63, array=rng.integers(0, 2**64, n, "u8")),
        fits.Column("K", "K", null=-1, array=ids),
        fits.Column("E", "E", array=odd),
        fits.Column("D", "D", array=[*odd[:5], 1e-310]),
        fits.Column("C", "C", array=(rng.normal(size=n) + 1j).astype("c8")),
        fits.Column("M", "M", array=rng.normal(size=n) + 2j),
        fits.Column("A", "9A", array=texts),
        fits.Column("P", "PJ()", array=varying["P"]),
        fits.Column("Q", "QD()", array=varying["Q"].astype(object)),
        fits.Column("T", "6E", dim="(3,2)", array=rng.normal(size=(n, 2, 3))),
    ]


@pytest.mark.skipif(shutil.which("stilts") is None, reason="STILTS is not installed")
def test_every_tform_is_as_stilts_reads_it(tmp_path):
    columns = every_tform(np.random.default_rng(5), 6)
    fits.BinTableHDU.from_columns(columns).writeto(tmp_path / "t.fits")
    form = "ofmt=votable-binary2-inline"
    command = ["stilts", "tcopy", "in=t.fits", "out=t.vot", form]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    # What STILTS has read of it, by way of astropy.
    theirs = by_astropy((tmp_path / "t.vot").read_bytes())
    table = open_table(tmp_path / "t.fits")
    (batch,) = table.batches(table.columns, no_nulls())
    for i, column in enumerate(table.columns):
        cells = [flat(cell) for cell in batch.column(i).to_pylist()]
        # VOTable has one spelling for NaN and for what is missing; STILTS has no
        # type for the largest integers and writes texts.
        ours = [[None if v != v else v for v in cell] for cell in cells]
        if column.name == "Ku":
            ours = [[str(value) for value in cell] for cell in ours]
        assert all(map(is_same, ours, theirs[i])), column.name
        assert len(ours) == len(theirs[i])
