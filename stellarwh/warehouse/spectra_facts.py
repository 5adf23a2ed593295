"""What a warehouse holds of spectra."""

from datetime import datetime
from typing import Any, NamedTuple

import duckdb


class SpectraFact(NamedTuple):
    """The spectra of a survey."""

    survey: str
    spectra: int
    files: int
    is_simulated: bool  # any of them
    refused: int  # files and spectra that did not go in
    indices: int  # that were measured, in any of them
    ingested_at: datetime

    @property
    def words(self) -> str:
        """A line for a terminal."""
        simulated = ", SIMULATED" if self.is_simulated else ""
        refused = f" ({self.refused:,} refused)" if self.refused else ""
        return (
            f"  raw.spectra: {self.spectra:,} spectra of {self.survey}{simulated}"
            f"{refused}, {self.indices} indices, from {self.files:,} files, "
            f"the last on {self.ingested_at:%Y-%m-%d %H:%M}"
        )

    def facts(self) -> dict[str, Any]:
        """Return them by name, of types that JSON has."""
        return self._asdict() | {"ingested_at": f"{self.ingested_at.isoformat()}Z"}


def spectra_facts(connection: duckdb.DuckDBPyConnection) -> list[SpectraFact]:
    """Return what is held of the spectra of each survey; nothing where none are.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    """
    try:
        rows = connection.execute(
            "select survey, count(*) filter (where refusal is null), "
            "count(distinct file) filter (where refusal is null), "
            "coalesce(bool_or(is_simulated), false), "
            "count(*) filter (where refusal is not null), coalesce(any_value(n), 0), "
            "max(ingested_at) from raw.spectra left join (select survey, "
            "count(distinct index_name) as n from raw.spectral_indices group by survey)"
            " as measured using (survey) group by survey order by survey"
        ).fetchall()
    except (duckdb.BinderException, duckdb.CatalogException):
        # An earlier version made it, or it has a catalogue of that name.
        return []
    return [SpectraFact(*row) for row in rows]


def real_spectra(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the surveys of which there are spectra that are not simulated."""
    try:
        rows = connection.execute(
            "select distinct survey from raw.spectra where not is_simulated"
        ).fetchall()
    except (duckdb.BinderException, duckdb.CatalogException):
        return set()
    return {survey for (survey,) in rows}
