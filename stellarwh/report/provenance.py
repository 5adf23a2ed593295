"""What the warehouse was read from: what every page's header says."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from stellarwh import __version__
from stellarwh.report.reader import Reader

Row = dict[str, Any]


@dataclass(frozen=True)
class Provenance:
    """Where the data came from.

    Parameters
    ----------
    kind : str
        ``simulated``, ``real``, ``mixed`` or ``none``.
    ingests : list of dict
        Rows of ``meta.ingests``.
    bytes : int
        Size of the warehouse.
    name : str
        Name of the warehouse.
    built_at : datetime or None
        Last build of the views.
    version : str
        Version of stellarwh that wrote the page.
    """

    kind: str
    ingests: list[Row]
    bytes: int
    name: str
    built_at: datetime | None
    version: str

    @property
    def mark(self) -> str:
        """What titles carry, so that a single page or print says it too."""
        return {
            "simulated": "SIMULATED DATA",
            "mixed": "PARTLY SIMULATED DATA",
            "real": "real catalogues",
            "none": "no data yet",
        }[self.kind]

    @property
    def simulated_surveys(self) -> list[str]:
        """Names of the surveys whose files a simulator wrote."""
        return [row["survey"] for row in self.ingests if row["is_simulated"]]

    def ingest_of(self, survey: str) -> Row | None:
        """Return the ingest of a survey."""
        return next((row for row in self.ingests if row["survey"] == survey), None)

    def seen_for(self, *surveys: str) -> "Provenance":
        """Return the provenance of a page that shows only these surveys."""
        ingests = [row for row in self.ingests if row["survey"] in surveys]
        return Provenance(
            _kind(ingests),
            ingests,
            self.bytes,
            self.name,
            self.built_at,
            self.version,
        )


def read_provenance(reader: Reader) -> Provenance:
    """Return where the data of a warehouse came from."""
    ingests = reader.rows("ingests") if reader.has("meta.ingests") else []
    for row in ingests:
        # A page may be mailed: the folders of its author are nobody's business.
        row["file"] = Path(row["file"]).name
    warehouse = reader.rows("warehouse")[0]
    builds = reader.rows("last_build") if reader.has("meta.builds") else []
    return Provenance(
        kind=_kind(ingests),
        ingests=ingests,
        bytes=_file_size(warehouse["path"]),
        name=warehouse["name"],
        built_at=builds[0]["built_at"] if builds else None,
        version=__version__,
    )


def _file_size(path: str | None) -> int:
    """Return the bytes of the file and of what is not yet merged into it."""
    if path is None:
        return 0
    files = (Path(path), Path(f"{path}.wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _kind(ingests: list[Row]) -> str:
    told = {bool(row["is_simulated"]) for row in ingests}
    if not told:
        return "none"
    return "mixed" if len(told) == 2 else ("simulated" if told == {True} else "real")
