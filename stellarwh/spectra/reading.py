"""Spectra of a file, whichever of the known layouts it has."""

from dataclasses import replace
from pathlib import Path
from typing import cast

from isal import igzip

from stellarwh.catalogues.formats import GZIP_MAGIC, read_errors, recognise_format
from stellarwh.errors import FILE, InputFileError, SpectrumError, did_you_mean, naming
from stellarwh.runtime.offline import check_local
from stellarwh.spectra.layouts.known import LAYOUTS, SURVEYS
from stellarwh.spectra.layouts.layout import Parts
from stellarwh.spectra.parts import parts_of
from stellarwh.spectra.spectrum import Spectrum

# The largest seen, with all exposures of a star, has 5 MB.
MAX_BYTES = 128 << 20
_FITS = b"SIMPLE  ="


def read_spectra(path: Path, survey: str) -> list[Spectrum]:
    """Read the spectra of a file as its survey publishes it, plain or gzipped.

    Parameters
    ----------
    path : Path
        A FITS file. Its layout is seen from headers and columns, never from its name;
        only ids that no header has (those of GALAH) are taken from the name.
    survey : str
        Whose it is: ``lamost``, ``galah``, ``apogee`` or ``sdss``.

    Returns
    -------
    list of Spectrum
        One, but of files that hold several spectra.

    Raises
    ------
    SpectrumError
        In one line, with what was found and what was expected.
    """
    if survey not in SURVEYS:
        raise SpectrumError(
            f"No spectra are known of a survey '{survey}'. "
            f"{did_you_mean(survey, SURVEYS)}"
        )
    try:
        with naming(path):
            return _read(path, survey)
    except SpectrumError:
        raise
    except InputFileError as error:
        raise SpectrumError(str(error)) from None


def _read(path: Path, survey: str) -> list[Spectrum]:
    parts = list(parts_of(_bytes_of(path)))
    for layout in LAYOUTS:
        if not layout.fits(parts):
            continue
        if layout.survey != survey:
            raise SpectrumError(
                f"{FILE} is a spectrum of {layout.survey} ({layout.words}); expected "
                f"one of {survey}."
            )
        spectra = layout.read(path, parts)
        if parts[0].header.get("SIMULATE") is True:
            return [replace(spectrum, is_simulated=True) for spectrum in spectra]
        return spectra
    known = "; or ".join(x.words for x in LAYOUTS if x.survey == survey)
    is_catalogue = any(part.rows and not part.has("FLUX") for part in parts[1:])
    what = "is a catalogue and no spectrum: it holds" if is_catalogue else "holds"
    raise SpectrumError(
        f"{FILE} {what} {_found(parts)}; expected a spectrum of {survey}: {known}."
    )


def _bytes_of(path: Path) -> bytes:
    """Return the bytes of a FITS file, unpacked if it is gzipped."""
    check_local(path)
    if path.is_dir():
        raise SpectrumError(f"{FILE} is a folder; expected the file of a spectrum.")
    if not path.is_file() or path.stat().st_size == 0:
        recognise_format(path)
        raise SpectrumError(f"{FILE} cannot be read.")
    with read_errors(path):
        with path.open("rb") as file:
            start = file.read(len(_FITS))
        zipped = start.startswith(GZIP_MAGIC)
        if start == _FITS and path.stat().st_size > MAX_BYTES:
            raise _too_large()
        opened = igzip.open(path, "rb") if zipped else path.open("rb")
        with opened as stream:
            start = cast(bytes, stream.read(len(_FITS)))
            whole = start
            if start == _FITS:
                whole += cast(bytes, stream.read(MAX_BYTES))
    if start != _FITS:
        # It says what other kind of file it is, where it knows.
        found, _ = recognise_format(path)
        raise SpectrumError(f"{FILE} is a file of {found}; expected a FITS file.")
    if len(whole) > MAX_BYTES:
        raise _too_large()
    return whole


def _too_large() -> SpectrumError:
    return SpectrumError(
        f"{FILE} has more than {MAX_BYTES >> 20} MiB; expected the file of a spectrum."
    )


def _found(parts: Parts) -> str:
    """Say what the parts of a file are, the first few of them."""
    told = [part.describe() for part in parts if part.shape or part.rows]
    if not told:
        return "no data"
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    return ", ".join(told[:3]) + more
