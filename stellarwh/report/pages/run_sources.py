"""What a run learned from and predicted for, and whether it still stands there."""

import hashlib
import json
from typing import Any

from stellarwh import __version__
from stellarwh.report.formats import DATA_KINDS, MISSING
from stellarwh.report.tables import Table

Row = dict[str, Any]


def run_state(run: Row) -> str:
    """Return in letters and digits what the page of an earlier run may change with."""
    told = [__version__, run["run_id"], run["is_latest"], run["replaced_surveys"]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def sources_table(run: Row) -> Table:
    """Return what a run learned from and predicted for, one line a file."""
    replaced = [row["survey"] in run["replaced_surveys"] for row in run["sources"]]
    return Table(
        ("Catalogue", "File", "Release", "Data", "Since then", "SHA-256"),
        [
            (
                row["survey"],
                row["file"] or "not ingested",
                row["release"] or MISSING,
                DATA_KINDS[row["is_simulated"]],
                "replaced" if is_replaced else "the same",
                (row["sha256"] or MISSING)[:12],
            )
            for row, is_replaced in zip(run["sources"], replaced, strict=True)
        ],
        text_columns=6,
        marked=frozenset(i for i, told in enumerate(replaced) if told),
    )
