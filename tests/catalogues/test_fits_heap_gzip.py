"""Arrays of varying length in gzipped FITS files, whose heap is copied out of them."""

import gzip
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import TableFile, no_nulls
from stellarwh.errors import InputFileError

N = 400


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch) -> Path:
    """Return the folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def content() -> bytes:
    """Return a FITS file with two columns of varying length."""
    rng = np.random.default_rng(3)
    fluxes, words = np.empty(N, dtype=object), np.empty(N, dtype=object)
    fluxes[:] = [rng.normal(size=n) for n in rng.integers(0, 40, N)]
    words[:] = ["x" * n for n in rng.integers(1, 9, N)]
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column("id", "K", array=np.arange(N)),
            fits.Column("flux", "QD()", array=fluxes),
            fits.Column("word", "PA()", array=words),
        ]
    )
    file = fits.HDUList([fits.PrimaryHDU(), table])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.fits"
        file.writeto(path)
        return path.read_bytes()


def write(folder: Path, data: bytes) -> Path:
    path = folder / "t.fits.gz"
    path.write_bytes(gzip.compress(data, 1))
    return path


def read(table: TableFile, *names: str) -> dict[str, list]:
    columns = [c for c in table.columns if not names or c.name in names]
    joined = pa.Table.from_batches(list(table.batches(columns, no_nulls())))
    return joined.rename_columns([c.name for c in columns]).to_pydict()


def test_cells_are_those_that_astropy_reads(tmp_path, temporary, monkeypatch):
    monkeypatch.setattr("stellarwh.catalogues.fits.heap._COPY_BYTES", 1000)
    path = write(tmp_path, content())
    found = read(open_table(path))
    with fits.open(path) as file:
        data = file[1].data
        assert found["id"] == data["id"].tolist()
        assert found["flux"] == [cell.tolist() for cell in data["flux"]]
        assert found["word"] == ["".join(cell) for cell in data["word"]]
    assert not any(temporary.iterdir())


def test_nothing_is_copied_where_no_array_is_wanted(tmp_path, monkeypatch):
    path = write(tmp_path, content())
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: pytest.fail("copied"))
    assert read(open_table(path), "id") == {"id": list(range(N))}


def test_the_copy_is_gone_when_reading_stops_early(tmp_path, monkeypatch):
    path = write(tmp_path, content())
    made = []
    create = tempfile.TemporaryFile
    monkeypatch.setattr(
        tempfile, "TemporaryFile", lambda **k: made.append(create(**k)) or made[-1]
    )
    table = open_table(path)
    batches = table.batches(table.columns, no_nulls())
    next(batches)
    assert len(made) == 1
    batches.close()
    assert made[0].closed


def test_too_little_room_is_said_before_anything_is_copied(
    tmp_path, temporary, monkeypatch
):
    path = write(tmp_path, content())
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(InputFileError, match=r"has 0.0 MB free; set TMPDIR") as caught:
        read(open_table(path))
    assert "\n" not in str(caught.value)
    assert str(temporary) in str(caught.value)


def test_a_disk_that_fills_up_is_one_clear_line(tmp_path, monkeypatch):
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    path = write(tmp_path, content())
    with Path("/dev/full").open("r+b", buffering=0) as full:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full)
        with pytest.raises(InputFileError, match=r"cannot be unpacked.*No space left"):
            read(open_table(path))


@pytest.mark.parametrize("left", [2880 * 3, 2880 * 8])
def test_a_heap_that_is_cut_off_is_refused(tmp_path, left):
    path = write(tmp_path, content()[:left])
    with pytest.raises(InputFileError, match="truncated"):
        read(open_table(path))


def test_a_stream_that_ends_within_the_heap_is_refused(tmp_path):
    path = write(tmp_path, content())
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InputFileError, match="gzip stream ends too early"):
        read(open_table(path))


def test_a_heap_far_larger_than_the_disk_is_refused(tmp_path):
    data = content()
    with fits.open(write(tmp_path, data)) as file:
        header = file[1].header
        block = header.tostring().encode()
        header["PCOUNT"] = 10**17
        lying = header.tostring().encode()
    path = write(tmp_path, data.replace(block, lying))
    with pytest.raises(InputFileError, match=r"100,000,000,000\.0 MB of arrays"):
        read(open_table(path))
