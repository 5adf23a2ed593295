"""The page of spectra: their indices, and those that are unlike all others."""

from hashlib import file_digest
from pathlib import Path
from typing import Any

from stellarwh.errors import StellarwhError
from stellarwh.quoting import quote_text
from stellarwh.report.charts.spectra import draw_spectrum, draw_trends
from stellarwh.report.cube.stars import choose_source, parameters_at_hand
from stellarwh.report.drawing import Drawing
from stellarwh.report.formats import count, number, signed, significant
from stellarwh.report.pages.linked import WITHOUT_SOURCE
from stellarwh.report.pages.page import Page
from stellarwh.report.provenance import Provenance
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table, table
from stellarwh.spectra.bands import Index
from stellarwh.spectra.definitions import read_definitions
from stellarwh.spectra.frame import rest_wavelengths
from stellarwh.spectra.reading import read_spectra
from stellarwh.spectra.store import plain

SPECTRA_FILE = "spectra.html"
_SHOWN = ("Hbeta", "Mgb", "Fe5270", "NaD", "CaT")
_BESIDE = 15.0  # Å that are drawn beyond the bands


def spectra_page(reader: Reader, provenance: Provenance) -> Page:
    """Return the page; there is one where a spectrum is held."""
    counts = reader.rows("spectra_counts")
    definitions = read_definitions().chosen(list(_SHOWN))
    by_name = {index.name: index for index in definitions.indices}
    source = choose_source(reader.connection, reader.objects)
    with parameters_at_hand(reader.connection, source) as parameters:
        trends = _trends(reader, list(by_name.values()), parameters)
        residuals = reader.rows("spectra_residuals", names=list(_SHOWN))
    unlike = []
    for row in residuals:
        drawn = _spectrum(row, by_name[row["index_name"]])
        is_drawn = isinstance(drawn, Drawing)
        unlike.append(
            {
                **row,
                "drawing": drawn if is_drawn else None,
                "why_not": "" if is_drawn else drawn,
                "told": _told(row),
            }
        )
    return Page(
        file=SPECTRA_FILE,
        title="Spectra",
        group="Surveys",
        template="spectra",
        provenance=provenance.seen_for(*(row["survey"] for row in counts)).with_spectra(
            counts
        ),
        content={
            "spectra": counts,
            "trends": trends,
            "unlike": unlike,
            "read": _read(reader),
            "refusals": _refusals(reader),
            "indices": _indices(reader),
            "without": "" if source else WITHOUT_SOURCE,
        },
    )


def _read(reader: Reader) -> Table:
    """Return what became of files, by survey."""
    return table(
        (
            "Survey", "Spectra", "Refused", "Median S/N", "S/N by pixels",
            "At rest as published", "Shifted by the catalogue", "by the header",
            "by lines", "Without a velocity", "Velocity disputed",
        ),
        (
            (
                row["survey"].upper(),
                *(count(row[name]) for name in ("n", "n_refused")),
                significant(row["snr"], 3),
                *(
                    count(row[name])
                    for name in (
                        "n_snr_of_pixels", "n_rest", "n_catalogue", "n_header",
                        "n_measured", "n_without", "n_disputed",
                    )
                ),
            )
            for row in reader.rows("spectra_read")
        ),
    )  # fmt: skip


def _refusals(reader: Reader) -> Table:
    """Return the first files of each survey that were refused."""
    return table(
        ("Survey", "File", "Reason"),
        (
            (row["survey"].upper(), row["file"], row["refusal"])
            for row in reader.rows("spectra_refusals")
        ),
        text_columns=3,
    )


def _indices(reader: Reader) -> Table:
    """Return each index that has values: which, and why others have none."""
    missing = ("n_outside", "n_bad", "n_no_continuum", "n_gap", "n_no_velocity")
    return table(
        (
            "Index", "Survey", "Unit", "Values", "Median", "16 %", "84 %",
            "Median error", "Beyond the wavelengths", "Bad pixels", "No continuum",
            "Gap", "No velocity",
        ),
        (
            (
                row["index_name"],
                row["survey"].upper(),
                {"A": "Å"}.get(row["unit"], row["unit"]),
                count(row["n"]),
                *(
                    significant(row[name], 3)
                    for name in ("middle", "low", "high", "err")
                ),
                *(count(row[name]) for name in missing),
            )
            for row in reader.rows("spectra_indices")
        ),
        text_columns=3,
    )  # fmt: skip


def _trends(
    reader: Reader, indices: list[Index], parameters: str
) -> list[tuple[str, Drawing]]:
    """Return a drawing of each index that stars have, by its name.

    Parameters
    ----------
    reader : Reader
        A warehouse with the stars' parameters at hand.
    indices : list of Index
        What is drawn.
    parameters : str
        The query that gives the stars' parameters.
    """
    found = []
    for index in indices:
        name = index.name
        told = reader.told("spectra_trends", name=name)
        sql = f"with cube_parameters as (\n{parameters}\n)\n\nfrom (\n{told[:-2]}\n);\n"
        rows = reader.rows("spectra_trends", name=name)
        if drawing := draw_trends(rows, name, index.unit, sql):
            found.append((name, drawing))
    return found


def _spectrum(row: dict[str, Any], index: Index) -> Drawing | str:
    """Draw a spectrum from its file, or say why not."""
    path = Path(row["file"])
    if not path.is_file():
        return f"Its file {path.name} is no longer where it was read from."
    try:
        with path.open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != row["sha256"]:
                return f"Its file {path.name} has other content now."
        found = read_spectra(path, row["survey"])
    except (OSError, StellarwhError):
        return f"Its file {path.name} can no longer be read as a spectrum."
    feature = [(band.lo, band.hi) for band in index.bands]
    continuum = [(band.lo, band.hi) for band in index.continuum]
    ends = [end for band in (*feature, *continuum) for end in band]
    pieces = []
    for spectrum in found:
        if plain(spectrum.spectrum_id) != row["spectrum_id"]:
            continue
        for piece in spectrum.pieces:
            waves = rest_wavelengths(
                piece.wavelength,
                spectrum.medium,
                row["velocity"] or 0.0,
                to=index.medium,
            )
            near = (waves > min(ends) - _BESIDE) & (waves < max(ends) + _BESIDE)
            at = piece.good & near
            pieces.append((waves[at], piece.flux[at]))
    # Where several have pixels there, the one that reaches over all bands was measured.
    waves, flux = max(
        pieces, key=lambda piece: piece[0][-1] - piece[0][0] if len(piece[0]) else 0
    )
    return draw_spectrum(waves, flux, row, index.medium, feature, continuum, _find(row))


def _find(row: dict[str, Any]) -> str:
    """Return what finds a spectrum in the shell: its pixels are in its file."""
    return (
        "-- The spectrum, its file and its index.\n"
        "from raw.spectra\n"
        "inner join raw.spectral_indices using (survey, spectrum_id)\n"
        f"where survey = {quote_text(row['survey'])}\n"
        f"    and spectrum_id = {quote_text(row['spectrum_id'])}\n"
        f"    and index_name = {quote_text(row['index_name'])};\n"
    )


def _told(row: dict[str, Any]) -> str:
    """Say what a spectrum has, and what like stars have."""
    return (
        f"{row['index_name']} is {number(row['value'], 2)}, that of like stars "
        f"{number(row['middle'], 2)}: {signed(row['residual'], 1)} σ; S/N "
        f"{number(row['snr'], 0)}" + (", simulated" if row["is_simulated"] else "")
    )
