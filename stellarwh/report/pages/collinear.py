"""Features that rise and fall together: the importance of one is shared among them."""

from collections.abc import Mapping, Sequence
from typing import Any

from stellarwh.report.formats import number, percent
from stellarwh.report.quantities import quantity
from stellarwh.report.tables import Table, table


def collinear_table(
    recorded: Mapping[str, Any], shares: Sequence[tuple[str, Mapping[str, float]]]
) -> Table | None:
    """Return one line a group, with what its features have of all importance.

    Parameters
    ----------
    recorded : mapping
        Parameters of the run: ``collinear`` has the groups.
    shares : sequence of (target, mapping of str to float)
        Importance of each feature for a target.
    """
    groups = recorded.get("collinear")
    if not isinstance(groups, list) or not shares:
        return None
    lines = []
    for group in groups:
        if not isinstance(group, dict) or not isinstance(group.get("features"), list):
            continue
        members = [str(name) for name in group["features"]]
        least = group.get("correlation")
        lines.append(
            (
                ", ".join(members),
                number(least if isinstance(least, int | float) else None, 3),
                *(
                    percent(sum(found.get(name, 0.0) for name in members))
                    for _, found in shares
                ),
            )
        )
    headings = ("Features", "Least rank correlation")
    return table(
        (*headings, *(f"Share for {quantity(name).symbol}" for name, _ in shares)),
        lines,
    )
