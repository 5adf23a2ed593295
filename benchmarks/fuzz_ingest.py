"""Read damaged catalogue files: no traceback, no hang, no value that is not there.

Small valid files of every format are damaged in header cards and bytes, and read. A
reader may refuse a file with one clear line; what it returns must agree with astropy
(FITS, ECSV), with pyarrow (Parquet) or with plain splitting at the delimiter (text).

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
from astropy.table import Table

from benchmarks.damage import damage, seed_files
from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from stellarwh.errors import FILE, StellarwhError

SECONDS = 20


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
        if str(path) not in str(error) or FILE in str(error):
            raise ValueError("a refusal that does not name its file") from error
        return "refused"
    plain = content
    if content.startswith(b"\x1f\x8b"):
        plain = gzip.decompress(content)
    if kind == "FITS":
        _compare_with_astropy(found, plain)
    elif kind.startswith("text"):
        _compare_with_splitting(found, plain)
    elif kind == "Parquet":
        _compare_with_pyarrow(found, plain)
    elif kind == "ECSV":
        _compare_with_ecsv_of_astropy(found, plain)
    return "read"


def _compare_with_pyarrow(found: dict[int, list[object]], content: bytes) -> None:
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return
    for index, ours in found.items():
        # As texts: NaN is NaN.
        assert repr(ours) == repr(table[index].to_pylist()), f"column {index} differs"


def _compare_with_ecsv_of_astropy(
    found: dict[int, list[object]], content: bytes
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            table = Table.read(io.BytesIO(content), format="ascii.ecsv")
        except Exception:
            return
    if len(set(table.colnames)) < len(found):
        return  # astropy takes columns that are named alike for one
    text = content.decode("utf-8")
    if len(text.splitlines()) != text.rstrip("\n").count("\n") + 1 or "\r" in text:
        return  # nor does it keep what Python takes for the end of a line
    columns = list(table.columns.values())
    for index, ours in found.items():  # columns of unknown types are left out
        # A cell that is missing may be an array of nothing there.
        theirs = [_plain_cell(cell) for cell in columns[index]]
        pairs = zip(map(_flat_known, ours), map(_flat_known, theirs), strict=True)
        assert all(_keys([a]) == _keys([b]) for a, b in pairs), (
            f"column {index} differs"
        )


def _plain_cell(cell: object) -> object:
    if cell is np.ma.masked:
        return None
    return cell.tolist() if isinstance(cell, np.ndarray | np.generic) else cell


def _flat_known(cell: object) -> list[object]:
    known = [value for value in _flat(cell) if value not in (None, "")]
    # astropy takes the blanks from the ends of lines within quotes, NumPy final zeros.
    return [_stripped(v) if isinstance(v, str) else v for v in known]


def _stripped(text: str) -> str:
    lines = text.rstrip("\0").strip().split("\n")
    return "\n".join(line.strip() for line in lines)


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
