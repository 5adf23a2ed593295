"""Rows of spectra and of their indices, and how they are written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import polars as pl

from stellarwh import __version__
from stellarwh.spectra.bands import Definitions
from stellarwh.spectra.indices import REASONS
from stellarwh.spectra.work import Facts, Found
from stellarwh.warehouse.appending import append
from stellarwh.warehouse.database import transaction

_SPECTRA = {
    "spectrum_id": pl.String,
    "file": pl.String,
    "sha256": pl.String,
    "spectrum_number": pl.Int32,
    "layout": pl.String,
    "release": pl.String,
    "source_id": pl.String,
    "ra": pl.Float64,
    "dec": pl.Float64,
    "snr": pl.Float64,
    "snr_source": pl.String,
    "velocity": pl.Float64,
    "velocity_err": pl.Float64,
    "velocity_source": pl.String,
    "disputed_velocity": pl.Float64,
    "resolution": pl.Float64,
    "wavelength_min": pl.Float64,
    "wavelength_max": pl.Float64,
    "medium": pl.String,
    "n_pixels": pl.Int32,
    "good_fraction": pl.Float64,
    "is_simulated": pl.Boolean,
    "refusal": pl.String,
}


def plain(text: str) -> str:
    r"""Return a text that can be stored: names of files may not be Unicode.

    Examples
    --------
    >>> plain("spec-\udce9.fits")
    'spec-\\udce9.fits'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass
class Rows:
    """What is to be written of a batch of files.

    Attributes
    ----------
    spectra : list of dict
        Rows of ``raw.spectra``.
    measured : list of (str, Found, tuple of str or None)
        Ids of spectra, what was measured of them, and of which indices: None is all.
    replaced : list of str
        Files of which nothing that was refused is to stay.
    moved : list of (str, str, str)
        Files that are held: where they lie, their SHA-256, and where they lay.
    """

    spectra: list[dict[str, Any]] = field(default_factory=list)
    measured: list[tuple[str, Found, tuple[str, ...] | None]] = field(
        default_factory=list
    )
    replaced: list[str] = field(default_factory=list)
    moved: list[tuple[str, str, str]] = field(default_factory=list)

    def move(self, path: str, sha256: str, old: str) -> None:
        """Add a file that is held, and no longer where it lay."""
        self.moved.append((plain(path), sha256, old))
        self.replaced.append(path)

    def refuse(
        self, path: str, sha256: str | None, reason: str, facts: Facts | None = None
    ) -> None:
        """Add a file, or one of its spectra, that is refused."""
        self.spectra.append(
            {
                "file": plain(path),
                "sha256": sha256,
                "spectrum_number": 1 if facts is None else facts.number,
                "spectrum_id": None if facts is None else plain(facts.spectrum_id),
                "refusal": plain(reason),
            }
        )

    def take(
        self,
        path: str,
        sha256: str,
        facts: Facts,
        found: Found,
        source: str | None,
        disputed: float | None,
    ) -> None:
        """Add a spectrum that was measured."""
        row = {
            name: getattr(facts, name) for name in _SPECTRA if hasattr(facts, name)
        } | {
            "file": plain(path),
            "sha256": sha256,
            "spectrum_number": facts.number,
            "spectrum_id": plain(facts.spectrum_id),
            "velocity": found.velocity,
            "velocity_err": found.velocity_err,
            "velocity_source": source,
            "disputed_velocity": disputed,
        }
        self.spectra.append(row)
        self.measured.append((str(row["spectrum_id"]), found, None))


def write_rows(
    connection: duckdb.DuckDBPyConnection,
    survey: str,
    rows: Rows,
    definitions: Definitions,
    run: datetime,
    *,
    replace: bool,
) -> None:
    """Write a batch, within a transaction.

    With ``replace``, spectra of the same ids, and those of the same files wherever
    these lie, go before.
    """
    if rows.replaced:
        connection.execute(
            "delete from raw.spectra where survey = ? and refusal is not null "
            "and file in (select unnest(?::varchar[]))",
            [survey, [plain(path) for path in rows.replaced]],
        )
    if rows.moved:
        paths, hashes, old = (list(column) for column in zip(*rows.moved, strict=True))
        connection.execute(
            "update raw.spectra set file = moved.path from (select unnest($paths) as "
            "path, unnest($hashes) as sha256, unnest($old) as old) as moved "
            "where survey = $survey and refusal is null and file = moved.old "
            "and raw.spectra.sha256 = moved.sha256",
            {"survey": survey, "paths": paths, "hashes": hashes, "old": old},
        )
    if replace:
        _drop(connection, survey, rows, run)
    if rows.spectra:
        _append_spectra(connection, survey, rows.spectra, run)
    if rows.measured:
        append(
            connection,
            "raw.spectral_indices",
            _indices_of(rows, definitions),
            {"survey": survey},
        )


def drop_spectra(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop all spectra of a warehouse and their indices."""
    with transaction(connection):
        connection.execute("delete from raw.spectral_indices")
        connection.execute("delete from raw.spectra")


def _drop(
    connection: duckdb.DuckDBPyConnection, survey: str, rows: Rows, run: datetime
) -> None:
    """Drop what spectra that are about to be written take the place of."""
    taken = [row for row in rows.spectra if row.get("refusal") is None]
    ids = [row["spectrum_id"] for row in taken]
    hashes = [row["sha256"] for row in taken]
    gone = connection.execute(
        "delete from raw.spectra where survey = $survey and ingested_at <> $run and ("
        "spectrum_id in (select unnest($ids::varchar[])) "
        "or sha256 in (select unnest($hashes::varchar[]))) "
        "returning spectrum_id, refusal",
        {"survey": survey, "run": run, "ids": ids, "hashes": hashes},
    ).fetchall()
    held = [spectrum for spectrum, refusal in gone if refusal is None]
    connection.execute(
        "delete from raw.spectral_indices where survey = ? "
        "and spectrum_id in (select unnest(?::varchar[]))",
        [survey, held],
    )


def _append_spectra(
    connection: duckdb.DuckDBPyConnection,
    survey: str,
    spectra: Sequence[dict[str, Any]],
    run: datetime,
) -> None:
    columns = {
        name: pl.Series(name, [row.get(name) for row in spectra], kind, strict=False)
        for name, kind in _SPECTRA.items()
    }
    frame = pl.DataFrame(columns).with_columns(
        pl.col(pl.Float64).fill_nan(None),
        pl.lit(run).alias("ingested_at"),
        pl.lit(__version__).alias("version"),
        pl.lit(survey).alias("survey"),
    )
    names = [row[0] for row in connection.execute("describe raw.spectra").fetchall()]
    values = {name: f'"{name}"' for name in frame.columns}
    values["healpix"] = (
        'case when ra between 0 and 360 and "dec" between -90 and 90 '
        'then healpix_nested(29, ra, "dec") end'
    )
    connection.from_arrow(frame.to_arrow()).project(
        ", ".join(values.get(name, "null") for name in names)
    ).insert_into("raw.spectra")


def _indices_of(rows: Rows, definitions: Definitions) -> pl.DataFrame:
    """Return a row for each spectrum and index."""
    units = dict(zip(definitions.names, definitions.units, strict=True))
    names = [definitions.names if of is None else of for _, _, of in rows.measured]
    counts = [len(of) for of in names]
    found = [one for _, one, _ in rows.measured]
    flat = [name for of in names for name in of]
    reasons = np.concatenate([one.reason for one in found])
    return pl.DataFrame(
        {
            "spectrum_id": np.repeat(
                np.array([spectrum for spectrum, _, _ in rows.measured], object), counts
            ),
            "index_name": flat,
            "value": np.concatenate([one.value for one in found]),
            "err": np.concatenate([one.err for one in found]),
            "good_fraction": np.concatenate([one.good_fraction for one in found]),
            "unit": [units[name] for name in flat],
            "reason": [REASONS[place] for place in reasons],
        },
        schema_overrides={"spectrum_id": pl.String, "reason": pl.String},
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
