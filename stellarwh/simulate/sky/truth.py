"""The truth behind each catalogue row: for closure tests, and for nothing else."""

import csv
from collections.abc import Collection
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stellarwh.simulate.arrays import FloatArray, IntArray
from stellarwh.simulate.sky.faults import QUANTITIES
from stellarwh.simulate.sky.observed import Observed
from stellarwh.simulate.sky.population import POPULATIONS
from stellarwh.simulate.sky.skies import DEFAULT, IDEAL, SKIES, Sky
from stellarwh.simulate.sky.stars import Stars
from stellarwh.simulate.sky.stellar import STAGES

_BLEND_RADIUS = 3.0  # arcsec: what shares a fibre
_ELEMENTS = ("c", "n", "o", "na", "mg", "al", "si", "ca", "ti", "mn", "ni", "ba", "eu")


def _field(name: str, kind: str, **facts: str) -> pa.Field:
    return pa.field(name, kind, metadata=facts)


def _read_schema() -> pa.Schema:
    """Return the columns of ``truth_columns.csv``, with unit, UCD and description."""
    text = files("stellarwh.simulate").joinpath("truth_columns.csv").read_text("utf-8")
    return pa.schema(
        [
            _field(**row, kind=kind)
            for row in csv.DictReader(text.splitlines())
            for kind in [row.pop("type")]
        ]
    )


SCHEMA = _read_schema()
_VALUES = ("teff", "logg", "fe_h", "alpha_fe", "m_h", "mass", "age", "distance", "ebv",
           "vsini", "ra", "dec", "pmra", "pmdec", "radial_velocity")  # fmt: skip


def sky_of(path: Path) -> Sky | None:
    """Return which sky a truth file is of; None where it does not say."""
    if not path.exists():
        return None
    facts = pq.read_schema(path).metadata or {}
    if b"seed" not in facts:
        return None
    # Older files say only whether it is the ideal one.
    older = IDEAL if facts.get(b"ideal") == b"true" else DEFAULT
    kind = facts.get(b"sky", older.encode()).decode()
    return Sky(int(facts[b"seed"]), kind) if kind in SKIES else None


class TruthFile:
    """Parquet file of the truth, one row group per survey and chunk.

    A survey's value is truth + offset + trend + plate + outlier + noise of sigma;
    ``truth_columns.csv`` has unit, UCD and description of each column.

    Parameters
    ----------
    path : Path
        Where the file goes.
    sky : Sky
        Goes into the file's metadata.
    """

    def __init__(self, path: Path, sky: Sky) -> None:
        self.path = path
        self._schema = SCHEMA.with_metadata({"seed": str(sky.seed), "sky": sky.kind})
        self._part = path.with_name(path.name + ".part")
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self._writer = pq.ParquetWriter(
            self._part.absolute(), self._schema, compression="zstd"
        )
        return self

    def copy(self, other: Path, surveys: Collection[str]) -> None:
        """Append the rows that another file has of these surveys.

        A column that an older file lacks is NULL.
        """
        assert self._writer is not None
        wanted = pa.array(surveys, pa.string())
        with pq.ParquetFile(other) as source:
            for group in range(source.num_row_groups):
                rows = source.read_row_group(group)
                rows = rows.filter(pc.is_in(rows["survey"], value_set=wanted))
                for field in self._schema:
                    if field.name not in rows.column_names:
                        nulls = pa.nulls(rows.num_rows, field.type)
                        rows = rows.append_column(field, nulls)
                if rows.num_rows:
                    known = rows.select(self._schema.names)
                    self._writer.write_table(known.cast(self._schema))

    def write(
        self,
        survey: str,
        source_id: pa.Array,
        stars: Stars,
        observed: Observed,
    ) -> None:
        """Append the truth of catalogue rows."""
        assert self._writer is not None
        star, snr = observed.star, observed.snr
        seen, injected = stars.take(star), observed.injected
        columns = {
            "truth_id": seen.truth_id,
            "survey": pa.array([survey]).take(pa.array(np.zeros(star.size, np.int64))),
            "source_id": source_id,
            "is_best": _is_best(star, snr),
            "stage": pa.array(STAGES).take(pa.array(seen.stage)),
            "population": pa.array(POPULATIONS).take(pa.array(seen.population)),
            **{name: getattr(seen, name) for name in _VALUES},
            **{f"{name}_fe": seen.abundances[name] for name in _ELEMENTS},
            "is_binary": seen.mass_ratio > 0,
            "is_blend": seen.neighbour < _BLEND_RADIUS,
            "neighbour_separation": seen.neighbour,
            "snr": snr,
            "plate": injected.plate,
            "is_outlier": injected.is_outlier,
            "stated_error_factor": injected.stated,
            "radial_velocity_offset": observed.offset["radial_velocity"],
        }
        for name in QUANTITIES:
            columns[f"{name}_offset"] = observed.offset[name]
            columns[f"{name}_trend"] = injected.trends[name]
            columns[f"{name}_plate"] = injected.plates[name]
            columns[f"{name}_outlier"] = injected.outliers[name]
            columns[f"{name}_sigma"] = observed.sigma[name]
        self._writer.write_table(pa.table(columns, schema=self._schema))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._writer is not None
        self._writer.close()
        if kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)


def _is_best(star: IntArray, snr: FloatArray) -> npt.NDArray[np.bool_]:
    order = np.lexsort((-snr, star))
    ordered = star[order]
    best = np.ones(star.size, dtype=np.bool_)
    best[order[1:]] = ordered[1:] != ordered[:-1]
    return best
