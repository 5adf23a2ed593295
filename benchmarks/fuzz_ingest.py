"""Read damaged catalogue files: no traceback, no hang, no value that is not there.

Small valid files of every format are damaged in header cards and bytes, and read. A
reader may refuse a file with one clear line; what it returns must agree with astropy
(FITS) or with plain splitting at the delimiter (text).

    python benchmarks/fuzz_ingest.py --inputs 20000 --seed 0
"""

import argparse
import gzip
import io
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.table import Table

from stellarwh.errors import StellarwhError
from stellarwh.readers import no_nulls, open_table

SECONDS = 20
ROWS = 20
INTERESTING = (
    b"0", b"-1", b"1", b"2", b"3", b"255", b"32768", b"-128", b"999999999",
    b"2147483648", b"9223372036854775808", b"99999999999999999999999", b"1.5", b"-0.0",
    b"1E400", b"1D3", b"NaN", b"T", b"F", b"''", b"'A'", b"'9A'", b"'0J'", b"'3J'",
    b"'2X'", b"'PJ(3)'", b"'QE'", b"'(2,2)'", b"'(999999999,999999999)'", b"'(0)'",
    b"'BINTABLE'", b"'TABLE   '", b"'IMAGE   '", b"'", b"", b"(1.0, 2.0)", b"\xff",
)  # fmt: skip
FORMS = (b"L", b"X", b"B", b"I", b"J", b"K", b"A", b"E", b"D", b"C", b"M", b"P", b"Q")


def seed_files() -> dict[str, bytes]:
    """Return small valid files of every format."""
    rng = np.random.default_rng(0)
    lists = np.empty(ROWS, dtype=object)
    lists[:] = [np.arange(i % 4) for i in range(ROWS)]
    columns = [
        fits.Column("id", "K", array=2**62 + np.arange(ROWS)),
        fits.Column("ra", "D", array=rng.uniform(0, 360, ROWS), unit="deg"),
        fits.Column("dec", "D", array=rng.uniform(-90, 90, ROWS), unit="deg"),
        fits.Column("n", "J", null=-9, array=rng.integers(-9, 9, ROWS)),
        fits.Column("u", "I", bzero=2**15, array=np.arange(ROWS, dtype="u2")),
        fits.Column("s", "I", array=np.arange(ROWS)),
        fits.Column("f", "3E", array=rng.normal(size=(ROWS, 3)).astype("f4")),
        fits.Column("t", "8A", array=np.arange(ROWS).astype("S8")),
        fits.Column("l", "L", array=np.arange(ROWS) % 2 == 0),
        fits.Column("b", "11X", array=rng.integers(0, 2, (ROWS, 11)).astype(bool)),
        fits.Column("c", "C", array=rng.normal(size=ROWS).astype("c8")),
        fits.Column("d", "6I", dim="(2,3)", array=np.zeros((ROWS, 3, 2), "i2")),
    ]
    files = {}
    for name, more in (("fits", []), ("heap", [fits.Column("v", "PJ()", array=lists)])):
        stream = io.BytesIO()
        fits.BinTableHDU.from_columns([*columns, *more]).writeto(stream)
        # The column s is scaled.
        card = b"TSCAL6  =                  0.5".ljust(80)
        primary, table = stream.getvalue()[:2880], stream.getvalue()[2880:]
        end = b"END".ljust(80)
        files[name] = primary + table.replace(end + b" " * 80, card + end, 1)
    files["fits.gz"] = gzip.compress(files["fits"], mtime=0)
    catalogue = Table({"id": np.arange(ROWS), "ra": np.arange(ROWS) / 7})
    catalogue["name"] = [f"star {i}" for i in range(ROWS)]
    for name, delimiter in (("csv", ","), ("pipe", "|")):
        text = io.StringIO()
        catalogue.write(text, format="ascii.csv", delimiter=delimiter)
        files[name] = text.getvalue().encode()
    files["quoted"] = files["csv"].replace(b"star 3", b'"star, 3"')
    files["bom"] = b"\xef\xbb\xbf" + files["csv"]
    for kind in ("tabledata", "binary", "binary2"):
        stream = io.BytesIO()
        votable = from_table(catalogue)
        votable.to_xml(stream, tabledata_format=kind)
        files[f"votable {kind}"] = stream.getvalue()
    text = io.StringIO()
    catalogue.write(text, format="ascii.ecsv")
    files["ecsv"] = text.getvalue().encode()
    stream = io.BytesIO()
    pq.write_table(
        pa.table({n: catalogue[n].tolist() for n in catalogue.colnames}), stream
    )
    files["parquet"] = stream.getvalue()
    files["csv.gz"] = gzip.compress(files["csv"], mtime=0)
    return files


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with one to four random damages."""
    data = bytearray(content)
    is_fits = content.startswith(b"SIMPLE")
    for _ in range(rng.integers(1, 5)):
        if is_fits and rng.random() < 0.6:
            _damage_card(data, rng)
        else:
            _damage_bytes(data, rng)
    return bytes(data)


def _damage_card(data: bytearray, rng: np.random.Generator) -> None:
    """Change a header card: its value, its keyword, or whether it is there."""
    end = data.find(b"END     ", 2880)
    cards = max(1, end // 80)
    at = 80 * int(rng.integers(0, cards))
    kind = rng.integers(0, 6)
    if kind <= 2:
        value = INTERESTING[rng.integers(0, len(INTERESTING))]
        data[at + 10 : at + 80] = value.rjust(20).ljust(70)[:70]
    elif kind == 3:
        form = str(rng.integers(0, 30)).encode() + FORMS[rng.integers(0, len(FORMS))]
        data[at + 10 : at + 80] = (b"'" + form.ljust(8) + b"'").ljust(70)
    elif kind == 4:
        other = 80 * int(rng.integers(0, cards))
        data[at : at + 80], data[other : other + 80] = (
            data[other : other + 80],
            data[at : at + 80],
        )
    else:
        other = 80 * int(rng.integers(0, cards))
        data[at : at + 8] = data[other : other + 8]


def _damage_bytes(data: bytearray, rng: np.random.Generator) -> None:
    size = max(len(data), 1)
    at = int(rng.integers(0, size))
    kind = rng.integers(0, 6)
    if kind <= 1 and data:
        data[at % len(data)] = rng.integers(0, 256)
    elif kind == 2:
        data[at : at + 1] = b"\0\xff,|\"'\n\r -9#"[rng.integers(0, 12) :][:1]
    elif kind == 3:
        del data[at : at + int(rng.integers(1, 200))]
    elif kind == 4:
        data[at:at] = data[at : at + int(rng.integers(1, 200))]
    else:
        del data[at:]


def read_all(path: Path) -> tuple[str, dict[int, list[object]]]:
    """Return the format, and the values of each column that can be read."""
    table = open_table(path)
    columns = [column for column in table.columns if not column.unreadable]
    found: dict[int, list[object]] = {column.index: [] for column in columns}
    for batch in table.batches(columns, no_nulls()):
        batch.validate(full=True)
        for column, array in zip(columns, batch.columns, strict=True):
            found[column.index] += array.to_pylist()
    return table.format, found


def check(path: Path, content: bytes) -> str:
    """Read one file; return ``"read"`` or ``"refused"``.

    Raises
    ------
    AssertionError
        If a value differs from what others read, or the refusal is not one line.
    """
    path.write_bytes(content)
    try:
        kind, found = read_all(path)
    except StellarwhError as error:
        if "\n" in str(error):
            raise ValueError("a refusal of several lines") from error
        return "refused"
    plain = content
    if content.startswith(b"\x1f\x8b"):
        plain = gzip.decompress(content)
    if kind == "FITS":
        _compare_with_astropy(found, plain)
    elif kind.startswith("text"):
        _compare_with_splitting(found, plain)
    return "read"


def _compare_with_astropy(found: dict[int, list[object]], content: bytes) -> None:
    for index, expected in _astropy_columns(content):
        if index in found:
            ours = [_flat(cell) for cell in found[index]]
            assert _keys(ours) == _keys(expected), f"column {index} differs"


def _astropy_columns(content: bytes) -> Iterator[tuple[int, list[list[object]]]]:
    """Yield the columns that astropy reads without a doubt of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            file = fits.open(
                io.BytesIO(content), character_as_bytes=True, logical_as_bytes=True
            )
            tables = [hdu for hdu in file if type(hdu) is fits.BinTableHDU]
            count = tables[0].header["TFIELDS"]
            data = tables[0].data
            if data.dtype.itemsize != tables[0].header["NAXIS1"]:
                return  # astropy reads other bytes where TDIM leaves some unused
        except Exception:
            return
        for index in range(count):
            try:
                column = data.columns[index]
                cells = _astropy_cells(column, data, index)
            except Exception:
                continue
            if cells is not None:
                yield index, cells


def _astropy_cells(column: fits.Column, data: fits.FITS_rec, index: int):
    code = column.format.format
    scaled = column.bscale not in ("", None, 1) or column.bzero not in ("", None, 0)
    # Complex and 64-bit integers lose parts when astropy scales them.
    # A cell without elements is NULL here and an empty array there.
    if column.format.repeat == 0:
        return None
    if code in "PQX" or (scaled and code in "CMKPQ"):
        return None
    values = np.asarray(data.field(index))
    if code == "A":
        return [[_text(bytes(t)) for t in np.ravel(cell)] for cell in values]
    if code == "L":
        logical = {b"T": True, b"F": False}
        return [[logical.get(v) for v in np.ravel(cell).tolist()] for cell in values]
    raw = np.asarray(data.view(np.ndarray)[data.dtype.names[index]])
    null = column.null if code in "BIJK" else None
    return [
        _with_nulls(np.ravel(cell).tolist(), np.ravel(stored).tolist(), null)
        for cell, stored in zip(values, raw, strict=True)
    ]


def _with_nulls(values: list, stored: list, null: object) -> list[object]:
    parts: list[object] = []
    for value, raw in zip(values, stored, strict=True):
        if isinstance(value, complex):
            parts += [value.real, value.imag]
        else:
            parts.append(None if type(null) is int and raw == null else value)
    return parts


def _text(raw: bytes) -> str | None:
    text = raw.split(b"\0")[0].rstrip(b" ")
    try:
        return text.decode("utf-8") or None
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _flat(cell: object) -> list[object]:
    if isinstance(cell, list):
        return [value for part in cell for value in _flat(part)]
    return [cell]


def _keys(rows: list[list[object]]) -> list[list[object]]:
    return [[float.hex(float(v)) if v is not None and not isinstance(v, str)
             and not (isinstance(v, int) and abs(v) > 2**53) else v for v in row]
            for row in rows]  # fmt: skip


def _compare_with_splitting(found: dict[int, list[object]], content: bytes) -> None:
    """Compare with lines split at the delimiter, where nothing is quoted."""
    if b'"' in content or content.startswith(b"#") or b"\r" in content:
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    header, *lines = text.split("\n")
    delimiter = max(",|\t;", key=header.count)
    rows = [line.split(delimiter) for line in lines if line]
    for index, ours in found.items():
        theirs = [row[index].strip(" ") or None for row in rows]
        stripped = [None if v is None else str(v).strip(" ") or None for v in ours]
        assert stripped == theirs, f"column {index} differs"


def fuzz(inputs: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Read so many damaged files.

    Returns
    -------
    tuple of (Counter, list of str)
        How many were read and refused; one text per finding.
    """
    files = list(seed_files().items())
    outcomes: Counter[str] = Counter()
    findings = []
    previous = signal.signal(signal.SIGALRM, _stop)
    try:
        for number in range(inputs):
            rng = np.random.default_rng((seed, number))
            name, content = files[number % len(files)]
            if name.endswith(".gz") and rng.random() < 0.8:
                content = gzip.compress(damage(gzip.decompress(content), rng), 1)
            else:
                content = damage(content, rng)
            signal.alarm(SECONDS)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    outcomes[check(folder / "input", content)] += 1
            except Exception as error:
                outcomes["finding"] += 1
                where = traceback.extract_tb(error.__traceback__)[-1]
                findings.append(
                    f"seed {seed} input {number} ({name}): {type(error).__name__}: "
                    f"{str(error)[:200]} at {where.name}:{where.lineno}"
                )
            finally:
                signal.alarm(0)
    finally:
        signal.signal(signal.SIGALRM, previous)
    return outcomes, findings


def _stop(*_: object) -> None:
    raise TimeoutError(f"no answer after {SECONDS} s")


def main() -> None:
    """Print the count of inputs and every finding; exit with 1 if there is any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcomes, findings = fuzz(options.inputs, options.seed, Path(folder))
    for finding in findings:
        print(finding)
    print(
        f"{options.inputs:,} damaged files in {time.monotonic() - began:.0f} s: "
        f"{outcomes['read']:,} read, {outcomes['refused']:,} refused, "
        f"{len(findings)} findings"
    )
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
