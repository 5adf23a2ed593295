"""FITS tables of every kind, drawn by hypothesis, and what astropy reads in them."""

import math
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from astropy.io import fits
from hypothesis import strategies as st

DTYPES = {
    "L": "u1", "B": "u1", "I": ">i2", "J": ">i4", "K": ">i8",
    "E": ">f4", "D": ">f8", "C": ">c8", "M": ">c16", "A": "u1",
}  # fmt: skip
NAMES = ["log(g)", "[Fe/H]", "x", "X", "a name of blanks", "healpix", "select", "'"]
# Longer than one card: they go on in CONTINUE cards.
NAMES += ["long" * 30, "it's " * 20 + "long"]
TEXTS = [b"", b" ", b"  abc", b"abc  ", b"a b", b"caf\xe9", "α Cen".encode(), b"x\0y"]
TEXTS += [b"'quoted'", b"NULL", b"nan", b"\t", b"2M00000000+0000000", b"\0\0", b'",|;']
FLOATS = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-310, 3.4e38, -9999.0, -9999.99]
ZEROS = {"B": -128, "I": 2**15, "J": 2**31, "K": 2**63}


@dataclass(frozen=True)
class Column:
    """One column to write: the letter of TFORM, the shape and further keywords."""

    code: str
    shape: tuple[int, ...]  # of a cell; () is a single value
    name: str
    keywords: dict[str, object] = field(default_factory=dict)
    heap: str = ""  # P or Q if the cells lie in the heap

    @property
    def repeat(self) -> int:
        return math.prod(self.shape)

    @property
    def width(self) -> int:
        if self.heap:
            return {"P": 8, "Q": 16}[self.heap]
        if self.code == "X":
            return -(-self.repeat // 8)
        return self.repeat * np.dtype(DTYPES[self.code]).itemsize

    def cells(self, rng: np.random.Generator, count: int) -> bytes:
        """Return the bytes of ``count`` elements."""
        null = self.keywords.get("TNULL")
        if self.code == "A":
            # astropy refuses other texts of varying length.
            texts = [text for text in TEXTS if text.isascii() or not self.heap]
            text = b"".join(texts[i] for i in rng.integers(0, len(texts), 3))
            return text.ljust(count)[:count]
        if self.code == "L":
            return bytes(b"TF\0"[i] for i in rng.integers(0, 3, count))
        dtype = np.dtype(DTYPES[self.code])
        if dtype.kind == "c":
            dtype, count = np.dtype(f">f{dtype.itemsize // 2}"), 2 * count
        if dtype.kind == "f":
            values = rng.normal(0, 1e3, count)
            special = rng.choice(FLOATS, count)
            with np.errstate(all="ignore"):
                kept = np.where(rng.random(count) < 0.3, special, values).astype(dtype)
            return kept.tobytes()
        info = np.iinfo(dtype)
        values = rng.integers(info.min, info.max, count, dtype.newbyteorder("="), True)
        ends = rng.random(count)
        values = np.where(ends < 0.1, info.min, np.where(ends > 0.9, info.max, values))
        if null is not None:
            values = np.where(rng.random(count) < 0.3, null, values)
        return values.astype(dtype).tobytes()


@st.composite
def columns(draw: st.DrawFn) -> Column:
    """Draw a column of any kind."""
    code = draw(st.sampled_from("LXBIJKAEDCM"))
    shape = draw(
        st.sampled_from([(), (), (), (1,), (3,), (9,), (2, 3), (3, 1), (2, 2, 2)])
    )
    heap = draw(st.sampled_from(["", "", "", "P", "Q"])) if code != "X" else ""
    keywords: dict[str, object] = {}
    if code == "A" and not heap:
        # Here the last axis is the length of a text.
        shape = (*shape[:-1], draw(st.integers(1, 30)))
    if code in "BIJK":
        info = np.iinfo(DTYPES[code])
        if draw(st.booleans()):
            keywords["TNULL"] = draw(st.sampled_from([info.min, info.max, 0, 99]))
        scales = [(1, 0), (1, 0), (1, ZEROS[code]), (0.25, -3.5), (1e-3, 0)]
        scales += [(1, 1000)] if code != "K" else []
        scale, zero = draw(st.sampled_from(scales))
    else:
        scales = [(1, 0), (1, 0), (2.5, -1.25)]
        scale, zero = draw(st.sampled_from(scales)) if code in "EDCM" else (1, 0)
    keywords |= {"TSCAL": scale} if scale != 1 else {}
    keywords |= {"TZERO": zero} if zero else {}
    if len(shape) > 1 and not heap:
        keywords["TDIM"] = str(tuple(reversed(shape))).replace(" ", "")
    if draw(st.booleans()):
        keywords["TUNIT"] = draw(
            st.sampled_from(["K", "log (cgs)", "dex", "'", "", "m" * 99])
        )
        # Longer than one card: it goes on in CONTINUE cards.
        keywords["TCOMM"] = "a word " * draw(st.sampled_from([1, 9, 30]))
    return Column(code, shape, draw(st.sampled_from(NAMES)), keywords, heap)


@dataclass(frozen=True)
class Corpus:
    """One file to write: its columns, and where its table lies."""

    columns: tuple[Column, ...]
    rows: int
    seed: int  # of the values
    images: int  # image extensions before the table


@st.composite
def corpora(draw: st.DrawFn) -> Corpus:
    """Draw a file of one table."""
    made = draw(st.lists(columns(), min_size=1, max_size=6))
    rows = draw(st.sampled_from([0, 1, 2, 7, 40]))
    return Corpus(
        tuple(made), rows, draw(st.integers(0, 2**32)), draw(st.integers(0, 2))
    )


def write_table(path: Path, corpus: Corpus, *, plain: bool = False) -> Path:
    """Write a FITS file byte by byte: astropy's own writer would refuse some of it.

    ``plain`` writes the same bytes as columns c1, c2, … without TNULL, TSCAL, TZERO.
    """
    rng = np.random.default_rng(corpus.seed)
    body, heap = bytearray(), bytearray()
    for _ in range(corpus.rows):
        for column in corpus.columns:
            if column.code == "X":
                body += rng.bytes(column.width)
            elif not column.heap:
                body += column.cells(rng, column.repeat)
            else:
                count = int(rng.integers(0, 5))
                kind = {"P": ">i4", "Q": ">i8"}[column.heap]
                body += np.array([count, len(heap)], kind).tobytes()
                heap += column.cells(rng, count)
    primary = fits.HDUList([fits.PrimaryHDU()])
    primary += [fits.ImageHDU(np.ones((n, 50))) for n in range(1, corpus.images + 1)]
    primary.writeto(path, overwrite=True)
    data = bytes(body + heap)
    with path.open("ab") as file:
        file.write(_header(corpus, len(heap), plain=plain))
        file.write(data.ljust(-(-len(data) // 2880) * 2880, b"\0"))
    return path


def _header(corpus: Corpus, heap: int, *, plain: bool) -> bytes:
    header = fits.Header()
    header["XTENSION"] = "BINTABLE"
    header.update({"BITPIX": 8, "NAXIS": 2})
    header["NAXIS1"] = sum(column.width for column in corpus.columns)
    header.update({"NAXIS2": corpus.rows, "PCOUNT": heap, "GCOUNT": 1})
    header["TFIELDS"] = len(corpus.columns)
    for number, column in enumerate(corpus.columns, 1):
        header[f"TTYPE{number}"] = f"c{number}" if plain else column.name
        repeat = "" if column.repeat == 1 and number % 2 else column.repeat
        form = f"1{column.heap}{column.code}(4)" if column.heap else column.code
        header[f"TFORM{number}"] = form if column.heap else f"{repeat}{form}"
        for key, value in column.keywords.items():
            # astropy fails on TDIM of bits.
            if not plain or (key == "TDIM" and column.code != "X"):
                header[f"{key}{number}"] = value
    return header.tostring().encode("ascii")


def expected_cells(corpus: Corpus, path: Path) -> list[list[list[object]]]:
    """Return the flat values of each cell of each column, with None for NULL.

    The stored values are those that astropy reads from the file written ``plain``;
    TNULL, TSCAL and TZERO are applied here, in Python's exact integers: astropy
    itself puts scaled int64 through floats and loses the imaginary part of scaled
    complex numbers.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(
            path, memmap=False, character_as_bytes=True, logical_as_bytes=True
        ) as file:
            data = file[corpus.images + 1].data
            # As a plain array: astropy's own cuts off more than blanks.
            fields = [
                data.field(i) if column.heap else np.asarray(data.field(i))
                for i, column in enumerate(corpus.columns)
            ]
            return [
                [_cell(column, values[row]) for row in range(corpus.rows)]
                for column, values in zip(corpus.columns, fields, strict=True)
            ]


def _cell(column: Column, cell: object) -> list[object]:
    if column.code == "A":
        if column.heap:
            # An array of single characters, where an empty one was a NUL.
            letters = np.asarray(cell).astype("S1").tolist()
            return [_text(b"".join(letter or b"\0" for letter in letters))]
        return [_text(bytes(text)) for text in np.asarray(cell, "S").ravel()]
    values = np.asarray(cell).ravel()
    if column.code == "L":
        as_bool = {b"T": True, b"F": False, ord("T"): True, ord("F"): False}
        return [as_bool.get(value) for value in values.tolist()]
    if column.code == "X":
        return [bool(value) for value in values]
    null = column.keywords.get("TNULL")
    scale = column.keywords.get("TSCAL", 1)
    zero = column.keywords.get("TZERO", 0)
    if column.code in "CM":
        wide = (
            values if (scale, zero) == (1, 0) else values.astype("c16") * scale + zero
        )
        return [part for value in wide.tolist() for part in (value.real, value.imag)]
    if column.code in "ED" and (scale, zero) != (1, 0):
        values = values.astype(float)
    plain = (scale, zero) == (1, 0)
    with np.errstate(all="ignore"):
        return [
            None if v == null else v if plain else _scaled(v, scale, zero)
            for v in values.tolist()
        ]


def _scaled(value: float, scale: float, zero: float) -> float:
    # Adding 0 would turn -0.0 into 0.0.
    return value * scale + zero if zero else value * scale


def _text(raw: bytes) -> str | None:
    text = raw.split(b"\0")[0].rstrip(b" ")
    try:
        return text.decode("utf-8") or None
    except UnicodeDecodeError:
        return text.decode("latin-1")


def flat(cell: object) -> list[object]:
    """Return the values of a nested list in order."""
    if isinstance(cell, list):
        return [value for part in cell for value in flat(part)]
    return [cell]


def is_same(found: list[object], expected: list[object]) -> bool:
    """Return whether two lists hold the same values: NaN equals NaN, 0 is not -0."""

    def key(value: object) -> object:
        if isinstance(value, float):
            return float.hex(value)
        return value

    return list(map(key, found)) == list(map(key, expected))
