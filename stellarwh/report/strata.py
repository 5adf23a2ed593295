"""Groups of stars of ``ml.metrics`` as print has them."""

from collections.abc import Mapping
from math import inf
from typing import Any

from stellarwh.report.quantities import quantity


def group_words(row: Mapping[str, Any]) -> str:
    """Return a group of stars as print has it: ``giants, S/N ≥ 50``.

    Parameters
    ----------
    row : mapping
        What ``ml.metrics`` says of a stratum that is no bin.
    """
    words = []
    if row["stage_group"] is not None:
        words.append(f"{row['stage_group']}s")
    if row["axis"] is not None:
        words.append(f"{quantity(row['axis']).symbol}{_range(row)}")
    return ", ".join(words) or str(row["stratum"])


def _range(row: Mapping[str, Any]) -> str:
    low, high = row["axis_low"], row["axis_high"]
    parts = [f"\u00a0≥\u00a0{low:g}"] if low > -inf else []
    if high < inf:
        parts.append(f"\u00a0<\u00a0{high:g}")
    return " and".join(parts)
