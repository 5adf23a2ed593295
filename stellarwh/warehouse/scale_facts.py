"""On which scale the values of a warehouse are, for status and build."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb


@dataclass(frozen=True)
class ScaleInUse:
    """Which scale it is.

    Attributes
    ----------
    reference : str
        The survey whose scale it is.
    method : str
        ``fitted`` or ``constant offsets``.
    run_id, created_at, is_simulated
        Of the calibration; None without one.
    outdated : list of str
        Surveys whose data are other ones now, each with the reason.
    """

    reference: str
    method: str
    run_id: str | None
    created_at: datetime | None
    is_simulated: bool | None
    outdated: list[str]

    @property
    def words(self) -> str:
        """The same as a sentence."""
        if self.created_at is None:
            return (
                f"Values are brought to the scale of {self.reference} by constant "
                "offsets; run 'stellarwh calibrate'."
            )
        told = ", SIMULATED" if self.is_simulated else ""
        line = (
            f"Values are on the scale of {self.reference}, calibrated on "
            f"{self.created_at:%Y-%m-%d %H:%M} (run {self.run_id}{told})."
        )
        if self.outdated:
            line += (
                f" STALE: that calibration is of other data: {', '.join(self.outdated)}"
                "; run 'stellarwh calibrate'."
            )
        return line

    def facts(self) -> dict[str, Any]:
        """Return it as a dict of types that JSON has."""
        return {
            "reference": self.reference,
            "method": self.method,
            "run_id": self.run_id,
            "created_at": None
            if self.created_at is None
            else f"{self.created_at.isoformat()}Z",
            "is_simulated": self.is_simulated,
            "is_stale": bool(self.outdated),
            "stale": self.outdated,
        }


def scale_in_use(connection: duckdb.DuckDBPyConnection) -> ScaleInUse | None:
    """Return on which scale values are; None where nothing is built, or one survey."""
    try:
        rows = connection.execute(
            "select i.reference, i.method, i.run_id, r.created_at, r.is_simulated, "
            "(select count(*) from matching.surveys where n_stars > 0), "
            "(select list(survey || ' is ' || reason order by survey) "
            "from scale.outdated) "
            "from scale.in_use as i left join scale.runs as r using (run_id)"
        ).fetchall()
    except duckdb.CatalogException:  # never built, or by an earlier version
        return None
    if not rows:
        return None
    ((reference, method, run_id, created_at, is_simulated, surveys, outdated),) = rows
    if run_id is None and surveys < 2:
        return None
    return ScaleInUse(
        reference, method, run_id, created_at, is_simulated, outdated or []
    )
