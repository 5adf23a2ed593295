"""Ingest: a catalogue file becomes a raw table, in one transaction."""

from stellarwh.ingest.ingest import IngestResult, ingest_survey

__all__ = ["IngestResult", "ingest_survey"]
