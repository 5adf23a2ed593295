"""Ingest: a catalogue file becomes a raw table, in one transaction."""

from stellarwh.ingest.ingest import CALLED, ingest_files, ingest_survey
from stellarwh.ingest.options import Options
from stellarwh.ingest.write import IngestResult
from stellarwh.runtime.stages import Stages

__all__ = [
    "CALLED",
    "IngestResult",
    "Options",
    "Stages",
    "ingest_files",
    "ingest_survey",
]
