"""The hash that tells whether labelled rows are those that a run learned from."""

import hashlib
from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.tasks.rows import LabelledRows
from stellarwh.learning.tasks.task import GROUP, STAR


def fingerprint(rows: LabelledRows) -> str:
    """Return the SHA-256 of the ordered labelled rows, names included."""
    digest = hashlib.sha256()

    def add(name: str, series: pl.Series) -> None:
        digest.update(f"{name}:{series.dtype}:{len(series)}\n".encode())
        values: Any = series
        if series.dtype == pl.String:
            digest.update("\0".join(values.fill_null("\1").to_list()).encode())
            return
        digest.update(series.is_null().to_numpy().tobytes())
        digest.update(np.ascontiguousarray(values.fill_null(0).to_numpy()).tobytes())

    add(STAR, pl.Series(rows.stars))
    add(GROUP, pl.Series(rows.cells))
    for column in rows.features.columns:
        add(column, rows.features[column])
    for name, labels in rows.labels.items():
        add(f"label {name}", labels)
        add(f"error {name}", pl.Series(rows.errors[name]))
    return digest.hexdigest()
