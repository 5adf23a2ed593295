"""Small valid catalogue files, and ways to damage them, for the fuzz run."""

import gzip
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.table import MaskedColumn, Table

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
    nested = {
        "id": [2**62 + 1, None, 3],
        "list": pa.array([[1, None], None, []], pa.list_(pa.int64())),
        "pair": pa.array([[1.5, None], None, [3, 4]], pa.list_(pa.float32(), 2)),
        "struct": [{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}],
    }
    stream = io.BytesIO()
    pq.write_table(pa.table(nested), stream, compression="none", use_dictionary=False)
    files["parquet nested"] = stream.getvalue()
    masked = Table(
        {"id": MaskedColumn(catalogue["id"] + 2**62, mask=np.arange(ROWS) % 3 == 0)}
    )
    masked["list"], masked["name"] = lists, catalogue["name"]
    masked["pair"] = np.arange(2 * ROWS).reshape(ROWS, 2) / 7
    for name, delimiter in (("ecsv lists", " "), ("ecsv comma", ",")):
        text = io.StringIO()
        masked.write(text, format="ascii.ecsv", delimiter=delimiter)
        files[name] = text.getvalue().encode()
    files["csv.gz"] = gzip.compress(files["csv"], mtime=0)
    return files


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with one to four random damages; two where most would be fatal."""
    data = bytearray(content)
    is_fits = content.startswith(b"SIMPLE")
    is_frail = content.startswith((b"PAR1", b"# %ECSV", b"<"))
    for _ in range(rng.integers(1, 3 if is_frail else 5)):
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
