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
_IN_USE = """
select
    i.reference,
    i.method,
    i.run_id,
    r.created_at,
    r.is_simulated,
    (select count(*) from matching.surveys where n_stars > 0),
    (select list(survey || ' is ' || reason order by survey) from scale.outdated)
from scale.in_use as i
left join scale.runs as r using (run_id)
"""
# Of quantities that the reference does not measure.
_OTHERS = """
select reference, list(distinct quantity order by quantity)
from scale.trends
where run_id = ? and reference <> ?
group by reference
order by reference
"""
_BY_CONSTANTS = """
select coalesce(list(distinct quantity order by quantity), [])
from scale.constant_offsets
"""
_SHOWN = 4


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
    others : dict of str to list of str
        Quantities that the reference does not measure, by the survey whose scale they
        are on.
    by_constants : list of str
        Without a calibration, the quantities that constant offsets bring to the scale.
    """

    reference: str
    method: str
    run_id: str | None
    created_at: datetime | None
    is_simulated: bool | None
    outdated: list[str]
    others: dict[str, list[str]]
    by_constants: list[str]

    @property
    def words(self) -> str:
        """The same as a sentence."""
        if self.created_at is None:
            if not self.by_constants:
                return (
                    f"Values stay as measured, as no survey shares enough stars with "
                    f"{self.reference} for an offset; run 'stellarwh calibrate'."
                )
            return (
                f"Values are brought to the scale of {self.reference} by constant "
                f"offsets in {', '.join(self.by_constants)}, and stay as measured in "
                "others; run 'stellarwh calibrate'."
            )
        told = ", SIMULATED" if self.is_simulated else ""
        line = (
            f"Values are on the scale of {self.reference}, calibrated on "
            f"{self.created_at:%Y-%m-%d %H:%M} (run {self.run_id}{told})."
        )
        for survey, quantities in self.others.items():
            line += (
                f" {_counted(quantities)} that {self.reference} does not measure "
                f"{'is' if len(quantities) == 1 else 'are'} on the scale of {survey}."
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
            "others": self.others,
        }


def _counted(quantities: list[str]) -> str:
    """Return how many quantities there are, and the first of them by name."""
    n = len(quantities)
    more = f" and {n - _SHOWN} more" if n > _SHOWN else ""
    return (
        f"{n} {'quantity' if n == 1 else 'quantities'} "
        f"({', '.join(quantities[:_SHOWN])}{more})"
    )


def scale_in_use(connection: duckdb.DuckDBPyConnection) -> ScaleInUse | None:
    """Return on which scale values are; None where nothing is built, or one survey."""
    try:
        rows = connection.execute(_IN_USE).fetchall()
    except duckdb.CatalogException:  # never built, or by an earlier version
        return None
    if not rows:
        return None
    ((reference, method, run_id, created_at, is_simulated, surveys, outdated),) = rows
    if run_id is None and surveys < 2:
        return None
    others = connection.execute(_OTHERS, [run_id, reference]).fetchall()
    constants: list[str] = []
    if run_id is None:
        ((constants,),) = connection.execute(_BY_CONSTANTS).fetchall()
    return ScaleInUse(
        reference,
        method,
        run_id,
        created_at,
        is_simulated,
        outdated or [],
        dict(others),
        constants,
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
