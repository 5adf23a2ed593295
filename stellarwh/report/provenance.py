"""What the warehouse was read from: what every page's header says."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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
    ingests : list of dict
        The files, as rows of ``meta.ingests`` or of what a run recorded of them.
    bytes : int
        Size of the warehouse.
    name : str
        Name of the warehouse.
    built_at : datetime or None
        Last build of the views.
    version : str
        Version of stellarwh that wrote the page.
    learned : list of dict
        Files that numbers on the page were learned from, beside the ingests.
    replaced : list of str
        Surveys whose files have been replaced since the page's numbers were made.
    is_recorded : bool
        Whether it is known of which files the numbers are.
    """

    ingests: list[Row]
    bytes: int
    name: str
    built_at: datetime | None
    version: str
    learned: list[Row] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    is_recorded: bool = True

    @property
    def kind(self) -> str:
        """One of ``simulated``, ``real``, ``mixed``, ``unknown`` or ``none``."""
        if not self.is_recorded:
            return "unknown"
        return _kind([*self.ingests, *self.learned])

    @property
    def held_kind(self) -> str:
        """The same of the ingests alone."""
        return _kind(self.ingests)

    @property
    def has_unknown(self) -> bool:
        """Whether it is not known of some ingest if it is simulated."""
        return any(row["is_simulated"] is None for row in self.ingests)

    @property
    def mark(self) -> str:
        """What titles carry, so that a single page or print says it too."""
        mark = {
            "simulated": "SIMULATED DATA",
            "mixed": "PARTLY SIMULATED DATA",
            "unknown": "data of unknown origin",
            "real": "real data",
            "none": "no data yet",
        }[self.kind]
        return f"STALE – {mark}" if self.replaced else mark

    @property
    def simulated_surveys(self) -> list[str]:
        """Names of the surveys whose files a simulator wrote."""
        return _simulated(self.ingests)

    @property
    def simulated_learned(self) -> list[str]:
        """Names of the surveys whose simulated files were only learned from."""
        return _simulated(self.learned)

    def ingests_of(self, survey: str) -> list[Row]:
        """Return the ingests of a catalogue, one for each of its files."""
        return [row for row in self.ingests if row["survey"] == survey]

    @property
    def catalogues(self) -> list[str]:
        """Names of all that was ingested, each once."""
        return list(dict.fromkeys(row["survey"] for row in self.ingests))

    def has_positions(self, name: str) -> bool:
        """Say whether a catalogue was read with its positions."""
        return any(row["ra_column"] is not None for row in self.ingests_of(name))

    def seen_for(self, *surveys: str) -> "Provenance":
        """Return the provenance of a page that shows only these surveys."""
        ingests = [row for row in self.ingests if row["survey"] in surveys]
        return replace(self, ingests=ingests, learned=[], replaced=[])

    def with_spectra(self, counts: Sequence[Row]) -> "Provenance":
        """Return the provenance of a page that shows spectra of these surveys, too.

        Parameters
        ----------
        counts : sequence of dict
            ``survey``, ``n`` and ``n_simulated`` of each.
        """
        nothing = {"release": None, "sha256": None}
        spectra = [
            nothing
            | {
                "survey": f"spectra of {row['survey'].upper()}",
                "file": f"{n:,} files or parts of them",
                "is_simulated": is_simulated,
            }
            for row in counts
            for is_simulated, n in (
                (True, row["n_simulated"]),
                (False, row["n"] - row["n_simulated"]),
            )
            if n
        ]
        return replace(self, ingests=[*self.ingests, *spectra])

    def of_run(self, run: Row) -> "Provenance":
        """Return the provenance of the page of a run: of what it learned from."""
        return replace(
            self,
            ingests=run["sources"],
            learned=[],
            replaced=run["replaced_surveys"],
            is_recorded=run["is_recorded"],
        )

    def with_runs(self, runs: Sequence[Row]) -> "Provenance":
        """Return the provenance of a page that shows figures of these runs too."""
        held = {row["sha256"] for row in self.ingests}
        sources = {
            (row["survey"], row["sha256"]): row
            for run in runs
            for row in run["sources"]
            if row["sha256"] not in held
        }
        return replace(self, learned=list(sources.values()))


def read_provenance(reader: Reader) -> Provenance:
    """Return where the data of a warehouse came from."""
    ingests = reader.rows("ingests") if reader.has("meta.ingests") else []
    warehouse = reader.rows("warehouse")[0]
    builds = reader.rows("last_build") if reader.has("meta.builds") else []
    return Provenance(
        ingests=[without_folders(row) for row in ingests],
        bytes=_file_size(warehouse["path"]),
        name=warehouse["name"],
        built_at=builds[0]["built_at"] if builds else None,
        version=__version__,
    )


def read_runs(reader: Reader) -> list[Row]:
    """Return every run with what it learned from, the latest of each task first."""
    if not reader.has("ml.runs"):
        return []
    known = (
        {row["run_id"]: row for row in reader.rows("run_provenance")}
        if reader.has("main.run_provenance")
        else {}
    )
    nothing: Row = {
        "is_stale": None,
        "replaced_surveys": [],
        "predicted_sources": [],
    }
    sealed = reader.origins()
    runs = []
    for run in reader.rows("runs"):
        told = known.get(run["run_id"], nothing)
        sources = [*(run.get("sources") or []), *(told["predicted_sources"] or [])]
        unique = {(s["survey"], s["ingest_id"]): s for s in sources}
        runs.append(
            run
            | told
            | {
                "sources": [without_folders(s) for s in unique.values()],
                "is_recorded": bool(run.get("sources")),
                "origin": sealed[run["run_id"]],
            }
        )
    return runs


def without_folders(row: Row) -> Row:
    """Return a source without the folders of its author: a page may be mailed."""
    return row | {"file": Path(row["file"]).name if row["file"] else None}


def _simulated(sources: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["survey"] for row in sources if row["is_simulated"]))


def _file_size(path: str | None) -> int:
    """Return the bytes of the file and of what is not yet merged into it."""
    if path is None:
        return 0
    files = (Path(path), Path(f"{path}.wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _kind(sources: Sequence[Row]) -> str:
    told = {row["is_simulated"] for row in sources}
    if not told:
        return "none"
    if True in told:
        return "simulated" if told == {True} else "mixed"
    return "unknown" if None in told else "real"
