"""What a worker does with two partitions: it lists all pairs that may be one.

Loaded only where LSDB is there. Workers need not have stellarwh: the class travels.
"""

import sys

import cloudpickle
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from lsdb.core.crossmatch.abstract_crossmatch_algorithm import (
    AbstractCrossmatchAlgorithm,
)
from lsdb.core.crossmatch.crossmatch_args import CrossmatchArgs
from scipy.spatial import KDTree

# Columns beside those of the sides: which of several rows that are alike.
NTH = ("stellarwh_nth_left", "stellarwh_nth_right")
_NUMBER = pd.ArrowDtype(pa.int64())
# Of a chord, beyond what vectors of double precision are wrong by; SQL measures again.
_SLACK = 1e-14

cloudpickle.register_pickle_by_value(sys.modules[__name__])


class AllPairs(AbstractCrossmatchAlgorithm):
    """All pairs within a radius, which LSDB's own match does not list.

    Parameters
    ----------
    radius : float
        In arcsec.
    ids : tuple of str
        The id columns of both sides.
    """

    extra_columns = pd.DataFrame({name: pd.Series(dtype=_NUMBER) for name in NTH})

    def __init__(self, radius: float, ids: tuple[str, str]) -> None:
        super().__init__()
        self.radius_arcsec = radius
        self.ids = ids

    def perform_crossmatch(
        self, crossmatch_args: CrossmatchArgs
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], pd.DataFrame]:
        """Return the rows of both sides in each pair."""
        frames = crossmatch_args.left_df, crossmatch_args.right_df
        infos = crossmatch_args.left_catalog_info, crossmatch_args.right_catalog_info
        places = [(str(info.ra_column), str(info.dec_column)) for info in infos]
        trees = [
            KDTree(_vectors(frame, *place))
            for frame, place in zip(frames, places, strict=True)
        ]
        chord = 2 * np.sin(np.radians(self.radius_arcsec / 3600) / 2)
        found = trees[0].sparse_distance_matrix(
            trees[1], chord * (1 + 1e-9) + _SLACK, output_type="ndarray"
        )
        rows = found["i"].astype(np.int64), found["j"].astype(np.int64)
        extra = {
            name: pd.Series(_nth(frame, [one, *place])[some], dtype=_NUMBER)
            for name, frame, one, place, some in zip(
                NTH, frames, self.ids, places, rows, strict=True
            )
        }
        return *rows, pd.DataFrame(extra)


def _vectors(frame: pd.DataFrame, ra: str, dec: str) -> npt.NDArray[np.float64]:
    """Return positions as unit vectors."""
    lon, lat = (
        np.radians(frame[name].to_numpy(dtype=np.float64)) for name in (ra, dec)
    )
    # The sine of the polar distance keeps the digits that the cosine of dec loses.
    out = np.sin(np.pi / 2 - np.abs(lat))
    return np.stack([out * np.cos(lon), out * np.sin(lon), np.sin(lat)], axis=1)


def _nth(frame: pd.DataFrame, key: list[str]) -> npt.NDArray[np.int64]:
    """Return which of the rows of one id at one place each is, from 0."""
    alike = frame[key].reset_index(drop=True)
    counts = np.zeros(len(alike), dtype=np.int64)
    some = alike.duplicated(keep=False).to_numpy(dtype=bool)
    if some.any():
        counts[some] = alike[some].groupby(key, dropna=False).cumcount().to_numpy()
    return counts
