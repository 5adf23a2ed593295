"""Matches asked for from Python."""

import os
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any

import duckdb

from stellarwh.api.arguments import check_number, check_text, instead, names_of
from stellarwh.api.asked import Given
from stellarwh.api.columns import Column
from stellarwh.api.result import Result
from stellarwh.api.stopping import Stoppable
from stellarwh.errors import UsageError
from stellarwh.export.column_facts import in_vounits
from stellarwh.match import Matched, Side, match_tables
from stellarwh.match.options import USUAL_SIGMAS
from stellarwh.match.store import check_into, of_simulated, store_pairs
from stellarwh.runtime.listening import note, progress, warn
from stellarwh.runtime.offline import check_local
from stellarwh.runtime.plain_text import short

ENGINES = ("duckdb", "lsdb")
Source = str | os.PathLike[str] | Side
# What numbers are of.
_COUNTED = {
    "radius": "arcsec",
    "sigmas": "",
    "epoch": "a Julian year",
    "magnitude_limit": "magnitudes",
}


class Match(Result):
    """The pairs of a match.

    Attributes
    ----------
    epoch : float or None
        The common epoch of the positions, a Julian year; None if they were compared
        as they are.
    is_simulated : bool
        Whether anything that was matched is simulated.
    """

    def __init__(self, matched: Matched, *, is_simulated: bool) -> None:
        super().__init__(Given(matched.pairs, _columns_of(matched)))
        self.epoch = matched.epoch
        self.is_simulated = is_simulated
        self._facts = matched.facts

    def write(self, file: "str | os.PathLike[str]") -> int:
        """Write the pairs to a new file, and return how many they are.

        Parameters
        ----------
        file : str or path
            Ends in .parquet, .csv, .fits, .vot or .ecsv.

        Raises
        ------
        UsageError
            If it is there already, or its ending names no format.
        """
        from stellarwh.export.export import write_arrow

        with Stoppable():
            return write_arrow(
                self._asked.table(),
                Path(file),
                self._facts,
                is_simulated=self.is_simulated,
            )


def match_into(
    connection: duckdb.DuckDBPyConnection,
    sources: tuple[Source, Source],
    *,
    into: str | None,
    replace: bool,
    **options: Any,
) -> Match:
    """Match two sides, and store the pairs where they are to be stored."""
    engine, cluster = _engine_of(options)
    options["columns"] = names_of(options.get("columns", ()))
    for name, of in _COUNTED.items():
        if options.get(name) is not None:
            check_number(options[name], name, of)
    check_text(options.get("mode"), "mode")
    left, right = map(_side_of, sources)
    for side, which in ((left, "left"), (right, "right")):
        if not side.source.strip():
            raise UsageError(f"The {which} side is empty; name a table or a file.")
        check_local(Path(side.source))
    if into is not None:
        check_into(connection, into, replace=replace)
    with progress(f"match {left.source} × {right.source}"):
        if engine == "lsdb":
            matched = _on_cluster(connection, left, right, cluster, options)
        else:
            matched = match_tables(connection, left, right, **options)
    if into is not None:
        how = (
            f"match {left.source} {right.source} --radius {options['radius']:g} "
            f"--mode {options['mode']}"
        )
        how += " --engine lsdb" if engine == "lsdb" else ""
        store_pairs(connection, matched, into, how, replace=replace)
    for text in matched.warnings:
        warn(text)
    for text in matched.notes:
        note(text)
    return Match(matched, is_simulated=of_simulated(connection, matched))


def _engine_of(options: dict[str, Any]) -> tuple[str, str | None]:
    """Take the engine and the cluster out of the options."""
    engine, cluster = options.pop("engine", "duckdb"), options.pop("cluster", None)
    check_text(engine, "engine")
    if engine not in ENGINES:
        raise UsageError(f"There is no engine '{engine}'; it is duckdb or lsdb.")
    if cluster is not None:
        check_text(cluster, "cluster")
        if engine != "lsdb":
            raise UsageError("A cluster is for LSDB; give --engine lsdb.")
    return engine, cluster


def _on_cluster(
    connection: duckdb.DuckDBPyConnection,
    left: Side,
    right: Side,
    cluster: str | None,
    options: dict[str, Any],
) -> Matched:
    """Match on a cluster; refuse options that go with the other engine."""
    # LSDB is loaded only where it is asked for.
    from stellarwh.match.cluster.matching import match_on_cluster

    given = {"epoch": None, "sigmas": USUAL_SIGMAS, "magnitude_limit": None}
    if any(options.get(name, usual) != usual for name, usual in given.items()):
        raise UsageError(
            "On a cluster positions are compared as they are; leave out epoch, sigmas "
            "and magnitude limit, or match without --engine lsdb."
        )
    return match_on_cluster(
        connection,
        left,
        right,
        radius=options["radius"],
        mode=options["mode"],
        columns=options["columns"],
        cluster=cluster,
    )


def _side_of(side: object) -> Side:
    if not isinstance(side, Side):
        return Side(_source_of(side))
    for name in ("id", "pmra", "pmdec", "error", "magnitude"):
        if getattr(side, name) is not None:
            check_text(getattr(side, name), name)
    return replace_fields(side, source=_source_of(side.source))


def _source_of(side: object) -> str:
    if not isinstance(side, str | os.PathLike):
        advice = instead(side, "name a table or a file")
        raise UsageError(f"{short(side)} is no side of a match; {advice}.")
    return os.path.expanduser(os.fspath(side))  # noqa: PTH111 - a table is no path


def _columns_of(matched: Matched) -> tuple[Column, ...]:
    facts = in_vounits(matched.facts)
    return tuple(
        Column(field.name, str(field.type), **facts.get(field.name, {}))
        for field in matched.pairs.schema
    )
