"""Files that are no spectra, or not those that were asked for: one line each."""

import gzip
import shutil

import numpy as np
import pytest
from astropy.io import fits

from stellarwh.errors import InputFileError, SpectrumError
from stellarwh.spectra import reading
from stellarwh.spectra.reading import read_spectra
from tests.spectra.files import lamost_rows, write_lamost, write_lamost_table, zipped


@pytest.fixture
def path(tmp_path):
    return write_lamost(tmp_path / "a.fits")


def refused(path, survey="lamost"):
    """Return the line that a file is refused with."""
    with pytest.raises(SpectrumError) as caught:
        read_spectra(path, survey)
    line = str(caught.value)
    assert "\n" not in line
    assert "\0" not in line
    assert path.name in line
    return line


def test_no_file_and_no_fits(tmp_path):
    assert "There is no file" in refused(tmp_path / "none.fits")
    assert "is a folder; expected the file of a spectrum" in refused(tmp_path)
    for name, content, found in (
        ("empty.fits", b"", "is empty"),
        ("text.fits", b"teff,logg\n4800,2.5\n", "is a file of text; expected a FITS"),
        ("page.fits", b"<!DOCTYPE html><html></html>", "web page"),
        ("noise.fits", bytes(range(256)) * 20, "neither FITS nor text"),
        ("text.fits.gz", gzip.compress(b"a,b\n1,2\n"), "is a file of text"),
        ("empty.fits.gz", gzip.compress(b""), "is empty"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        assert found in refused(file)


@pytest.mark.parametrize("size", [40, 2000, 2880, 4000, 2880 + 5 * 60 * 4 - 1])
def test_truncated(path, size):
    path.write_bytes(path.read_bytes()[:size])
    assert "is truncated" in refused(path)


def test_truncated_within_a_part_that_is_not_read(tmp_path):
    path = write_lamost(tmp_path / "a.fits")
    with fits.open(path, mode="append") as file:
        file.append(fits.ImageHDU(np.zeros(5000, np.float32)))
    whole = path.read_bytes()
    assert len(read_spectra(path, "lamost")) == 1
    path.write_bytes(whole[: 5760 + 2880 + 19_999])
    assert "is truncated" in refused(path)


def test_truncated_and_damaged_gzip(path):
    packed = zipped(path)
    whole = packed.read_bytes()
    packed.write_bytes(whole[: len(whole) // 2])
    assert "is truncated: its gzip stream ends too early" in refused(packed)
    packed.write_bytes(whole[:-4])
    assert "is truncated" in refused(packed)
    packed.write_bytes(whole[:40] + b"\xff" * 40 + whole[80:])
    assert "is damaged" in refused(packed)


def test_bytes_behind_the_last_padding_may_be_missing(path):
    # 5 rows of 60 pixels of 4 bytes, without what fills the block.
    path.write_bytes(path.read_bytes()[: 2880 + 1200])
    assert len(read_spectra(path, "lamost")) == 1


def test_damaged_header(path):
    whole = path.read_bytes()
    for old, new, found in (
        (
            b"BITPIX  =                  -32",
            b"BITPIX  =                  -33",
            "BITPIX",
        ),
        (
            b"NAXIS1  =                   60",
            b"NAXIS1  =                  'x'",
            "NAXIS1",
        ),
        (
            b"NAXIS1  =                   60",
            b"NAXIS1  =                    0",
            "pixels",
        ),
    ):
        assert old in whole
        path.write_bytes(whole.replace(old, new))
        assert found in refused(path)


def test_a_keyword_that_breaks_the_standard_is_passed_over(path, recwarn):
    whole = path.read_bytes()
    card = b"SPID    =                    1"
    assert card in whole
    path.write_bytes(whole.replace(card, b"SPID    = nan!!!".ljust(len(card))))
    assert read_spectra(path, "lamost")[0].spectrum_id == "101001"
    assert not recwarn.list


def test_catalogues_and_other_images(tmp_path):
    path = tmp_path / "a.fits"
    column = fits.Column("TEFF", "E", array=np.arange(7))
    fits.BinTableHDU.from_columns([column]).writeto(path)
    line = refused(path)
    assert (
        "is a catalogue and no spectrum: it holds a table of 7 rows and 1 col" in line
    )
    assert "; expected a spectrum of lamost: an image of five rows" in line
    fits.PrimaryHDU(np.zeros((4, 50), np.float32)).writeto(path, overwrite=True)
    assert "a.fits holds an image of 50 × 4; expected" in refused(path)
    fits.PrimaryHDU().writeto(path, overwrite=True)
    assert "holds no data; expected" in refused(path)
    # Five rows, but not said to be LAMOST's.
    fits.PrimaryHDU(lamost_rows()).writeto(path, overwrite=True)
    assert "an image of 60 × 5; expected" in refused(path)


def test_files_too_large_for_a_spectrum_are_not_read(path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 2 << 10)
    for file in (path, zipped(path)):
        assert "has more than 0 MiB; expected the file of a spectrum" in refused(file)


def test_a_survey_that_nobody_knows(path):
    with pytest.raises(SpectrumError, match="Did you mean 'lamost'"):
        read_spectra(path, "lamos")


def test_errors_are_those_of_input_files(path):
    assert issubclass(SpectrumError, InputFileError)


def test_columns_in_any_case_and_a_table_that_is_cut(tmp_path):
    path = write_lamost_table(tmp_path / "a.fits")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"'WAVELENGTH'", b"'Wavelength'"))
    assert read_spectra(path, "lamost")[0].layout == "lamost-lrs-table"
    path.write_bytes(whole.replace(b"'WAVELENGTH'", b"'WAVE'      "))
    assert "a.fits holds a table COADD of 1 rows and 5 columns" in refused(path)


def test_a_copy_of_another_name_is_the_same(path, tmp_path):
    copy = tmp_path / "b"
    shutil.copy(path, copy)
    first, second = (read_spectra(p, "lamost")[0] for p in (path, copy))
    assert first.spectrum_id == second.spectrum_id
