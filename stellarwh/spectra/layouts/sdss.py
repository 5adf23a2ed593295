"""Spectra of SDSS, SEGUE and BOSS: ``spec-PLATE-MJD-FIBER.fits``.

Seen as files of four reductions. The coadded spectrum is read; exposures are not.
"""

from pathlib import Path

from stellarwh.errors import FILE, SpectrumError
from stellarwh.spectra.layouts.lamost import is_of_lamost
from stellarwh.spectra.layouts.layout import (
    Layout,
    Parts,
    bits_of,
    position_of,
    positive,
    power_of,
    stem_of,
    text_of,
)
from stellarwh.spectra.parts import Part
from stellarwh.spectra.spectrum import (
    LIGHT,
    Spectrum,
    check_pixels,
    errors_of_weights,
    make_piece,
)

# Nominal: 1,800 to 2,200 over the range, more in the red (recalled).
_RESOLUTION = 2000.0
# Bit 4 of ZWARNING.
_MANY_OUTLIERS = 16
_COLUMNS = ("FLUX", "IVAR", "LOGLAM")
# Bits of and_mask: rejected in full, no data, rejected when combined (recalled).
_REJECTING = 1 << 18 | 1 << 24 | 1 << 25


def _coadded(parts: Parts) -> Part | None:
    tables = [part for part in parts[1:] if part.has(*_COLUMNS)]
    named = [part for part in tables if part.name == "COADD"]
    return next(iter(named or tables), None)


def _facts(parts: Parts) -> Part | None:
    """Return the table of one row that says what was observed."""
    return next((p for p in parts[1:] if p.rows == 1 and p.has("MJD", "Z")), None)


def _is_of_sdss(parts: Parts) -> bool:
    header = parts[0].header
    if is_of_lamost(header) or _coadded(parts) is None:
        return False
    is_named = str(header.get("TELESCOP", "")).upper().startswith("SDSS")
    return is_named or "PLATEID" in header or _facts(parts) is not None


def _read(path: Path, parts: Parts) -> list[Spectrum]:
    header, table, facts = parts[0].header, _coadded(parts), _facts(parts)
    if table is None:
        raise SpectrumError(f"{FILE}: it has no coadded spectrum.")
    flux, ivar, logarithms = (table.column(name) for name in _COLUMNS)
    mask = (
        bits_of(table.column("AND_MASK"), _REJECTING) if table.has("AND_MASK") else None
    )
    piece = make_piece(power_of(logarithms), flux, errors_of_weights(ivar), mask)
    check_pixels([piece])
    ra, dec = _position(parts, facts)
    snr = facts.number("SN_MEDIAN_ALL") if facts is not None else None
    return [
        Spectrum(
            path=path,
            survey="sdss",
            layout="sdss-spec",
            release=(facts.text("RUN2D") if facts is not None else "") or None,
            spectrum_id=_id(path, parts, facts),
            source_id=_source(facts),
            ra=ra,
            dec=dec,
            stated_snr=float(snr) if snr is not None and snr > 0 else None,
            medium="air" if header.get("VACUUM") is False else "vacuum",
            is_rest=False,
            velocity=_velocity(facts),
            resolution=_RESOLUTION,
            pieces=(piece,),
            velocity_err=LIGHT * positive(facts.number("Z_ERR") if facts else None),
        )
    ]


def _velocity(facts: Part | None) -> float | None:
    """Return c Z where a redshift was found.

    Where none was, the error is not positive or ZWARNING has a bit; that of many
    outliers is common for stars of high S/N, and says nothing against it.
    """
    if facts is None:
        return None
    z, err, warning = (facts.number(name) for name in ("Z", "Z_ERR", "ZWARNING"))
    if z is None or (err is not None and err <= 0):
        return None
    return None if int(warning or 0) & ~_MANY_OUTLIERS else LIGHT * z


def _position(parts: Parts, facts: Part | None) -> tuple[float, float]:
    """Return the position of the fibre: RA and DEC of the header are the plate's."""
    if facts is not None:
        ra, dec = facts.number("PLUG_RA"), facts.number("PLUG_DEC")
        if ra is not None and dec is not None:
            return position_of({"RA": ra, "DEC": dec})
    return position_of(parts[0].header, "PLUG_RA", "PLUG_DEC")


def _id(path: Path, parts: Parts, facts: Part | None) -> str:
    """Return plate, date and fibre, as the name of a file has them."""
    header = parts[0].header
    found = [
        told
        if facts is not None and (told := facts.number(column)) is not None
        else text_of(header, key)
        for column, key in (
            ("PLATE", "PLATEID"),
            ("MJD", "MJD"),
            ("FIBERID", "FIBERID"),
        )
    ]
    if None in found:
        return stem_of(path)
    plate, mjd, fibre = (str(part).strip() for part in found)
    return f"{plate.zfill(4)}-{mjd}-{fibre.zfill(4)}"


def _source(facts: Part | None) -> str | None:
    """Return SPECOBJID, a number or a text of it; None if it is 0 or absent."""
    if facts is None:
        return None
    number = facts.number("SPECOBJID")
    text = facts.text("SPECOBJID") if number is None else str(number)
    return text if text.isdecimal() and text.strip("0") else None


LAYOUTS = (
    Layout(
        "sdss-spec",
        "sdss",
        "a table COADD with columns flux, ivar and loglam",
        _is_of_sdss,
        _read,
    ),
)
