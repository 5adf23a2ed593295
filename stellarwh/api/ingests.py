"""Catalogue files taken in."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stellarwh.api.arguments import (
    check_flag,
    check_number,
    check_text,
    names_of,
    pairs_of,
    path_of,
)
from stellarwh.runtime.listening import progress, warn

if TYPE_CHECKING:
    import duckdb

    from stellarwh.ingest import IngestResult
    from stellarwh.runtime.fingerprint import FileFingerprint
    from stellarwh.runtime.stages import Stages


def ingest_into(
    connection: "duckdb.DuckDBPyConnection",
    survey: str,
    files: "Sequence[str | os.PathLike[str]]",
    options: Mapping[str, Any],
    stages: "Stages | None" = None,
    begun: "FileFingerprint | None" = None,
) -> "list[IngestResult]":
    """Read catalogue files into a raw table; see `Warehouse.ingest`.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse.
    survey : str
        The raw table is ``raw.<survey>``.
    files : sequence of str or path
        The files.
    options : mapping
        Options by name.
    stages : Stages, optional
        Where the seconds of each stage are counted.
    begun : FileFingerprint, optional
        The hash of the first file, if it is being worked out already.
    """
    from stellarwh.ingest import Options, ingest_files
    from stellarwh.ingest.declare import parse_declared

    paths = [path_of(file, "file") for file in files]
    asked = dict(options)
    if asked.get("columns") is not None:
        asked["columns"] = names_of(asked["columns"])
    asked["declare"] = parse_declared(pairs_of(asked.get("declare"), "declare"))
    if asked.get("epoch") is not None:
        check_number(asked["epoch"], "epoch", "a Julian year")
    if asked.get("hdu") is not None:
        asked["hdu"] = str(asked["hdu"])  # a name or a number
    for name in ("all_columns", "replace", "append", "no_position"):
        check_flag(asked.get(name, False), name)
    for name in ("ra", "dec", "release", "position_from"):
        if asked.get(name) is not None:
            check_text(asked[name], name)
    there = [path.stat().st_size for path in paths if path.is_file()]
    more: dict[str, Any] = {} if stages is None else {"stages": stages}
    with progress(f"ingest {survey}", sum(there) or None, in_bytes=True) as bar:
        results = ingest_files(
            connection,
            survey,
            paths,
            Options(**asked),
            bar.advance,
            **more,
            begun=begun,
        )
    for result in results:
        of = f"{result.file}: " if len(results) > 1 else ""
        for told in result.warnings:
            warn(f"{of}{told}")
    return results
