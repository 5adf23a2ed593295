"""The truth behind each catalogue row: for closure tests, and for nothing else."""

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stellarwh.simulate.arrays import FloatArray, IntArray
from stellarwh.simulate.population import POPULATIONS
from stellarwh.simulate.stars import Stars
from stellarwh.simulate.stellar import STAGES

_BLEND_RADIUS = 3.0  # arcsec: what shares a fibre
_VALUES = ("teff", "logg", "fe_h", "alpha_fe", "m_h", "mass", "age", "distance", "ebv",
           "vsini", "ra", "dec", "pmra", "pmdec", "radial_velocity")  # fmt: skip
_ELEMENTS = ("c", "n", "o", "na", "mg", "al", "si", "ca", "ti", "mn", "ni", "ba", "eu")
SCHEMA = pa.schema(
    [
        ("truth_id", pa.int64()),
        ("survey", pa.string()),
        ("source_id", pa.string()),
        ("is_best", pa.bool_()),
        ("stage", pa.string()),
        ("population", pa.string()),
        *((name, pa.float64()) for name in _VALUES),
        *((f"{name}_fe", pa.float64()) for name in _ELEMENTS),
        ("is_binary", pa.bool_()),
        ("is_blend", pa.bool_()),
        ("neighbour_separation", pa.float64()),
        ("snr", pa.float64()),
    ]
)


class TruthFile:
    """Parquet file of the truth, one row group per survey and chunk.

    Positions are degrees at epoch 2016.0, distances kpc, ages Gyr, masses solar.
    ``is_best`` marks the row with the highest S/N of each star within a survey.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(path.name + ".part")
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self._writer = pq.ParquetWriter(
            self._part.absolute(), SCHEMA, compression="zstd"
        )
        return self

    def write(
        self,
        survey: str,
        source_id: pa.Array,
        stars: Stars,
        star: IntArray,
        snr: FloatArray,
    ) -> None:
        """Append the truth of catalogue rows; ``star`` indexes ``stars``."""
        assert self._writer is not None
        seen = stars.take(star)
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
        }
        self._writer.write_table(pa.table(columns, schema=SCHEMA))

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
