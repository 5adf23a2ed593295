"""On which scale the values of a warehouse are, for status and build."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

# What files say of the scale of their values, in keywords that FITS has: the run of the
# calibration, or that there is none, and the survey whose scale it is.
_RUN, _REFERENCE = "SCALERUN", "SCALEREF"
_NOT_FITTED = "constant zero points"
# What scale.in_use reads, by which every view of calibrated values is known.
_READ = {"scale.runs", "main.survey_offsets"}


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


def scale_keywords(
    connection: duckdb.DuckDBPyConnection, tables: Collection[str]
) -> dict[str, str]:
    """Return what a file says of the scale of its values.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    tables : collection of str
        The tables that the rows are read from, as `freshness.tables_read` returns them.

    Returns
    -------
    dict
        Texts by keyword: the run of the calibration in use and its reference. Nothing
        of rows that the calibration has no part in.
    """
    if not _READ.issubset(tables):
        return {}
    rows = connection.execute("select run_id, reference from scale.in_use").fetchall()
    return {
        keyword: text
        for run_id, reference in rows
        for keyword, text in ((_RUN, run_id or _NOT_FITTED), (_REFERENCE, reference))
    }
