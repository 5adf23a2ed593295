"""The command that matches tables and files on the sky."""

from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import say
from stellarwh.errors import UsageError
from stellarwh.runtime.offline import check_local, host_of, is_loopback, no_network

if TYPE_CHECKING:
    from stellarwh.api.matching import Match

# Pairs that are shown where they are not written to a file.
_SHOWN = 20


class MatchMode(StrEnum):
    """Which pairs a match keeps."""

    ALL = "all"
    BEST = "best"
    BEST_RIGHT = "best-right"
    MUTUAL = "mutual"
    ONE_TO_ONE = "one-to-one"


class MatchEngine(StrEnum):
    """What finds the pairs."""

    DUCKDB = "duckdb"
    LSDB = "lsdb"


IdColumn = Annotated[str | None, typer.Option(help="Column that names its rows.")]
Epoch = Annotated[
    str | None, typer.Option(help="Epoch of its positions: a year, or a column.")
]
Motion = Annotated[
    str | None, typer.Option(help="Its proper motion columns ('pmra,pmdec').")
]
PositionError = Annotated[
    str | None, typer.Option(help="Its column of positional errors (arcsec).")
]
Magnitude = Annotated[str | None, typer.Option(help="Its magnitude to compare.")]


@app.command(context_settings={"allow_extra_args": True})
def match(
    context: typer.Context,
    left: Annotated[
        str,
        typer.Argument(
            help="A table; a catalogue file, of a file with several tables "
            "'stars.fits[2]' or 'stars.fits[NAME]'; a folder of Parquet files or a "
            "HATS catalogue; or a pattern of files in quotes, 'gaia/*.parquet'."
        ),
    ],
    right: Annotated[str, typer.Argument(help="The same, for the other side.")],
    radius: Annotated[float, typer.Option(help="Largest separation, arcsec.")] = 1.0,
    mode: Annotated[
        MatchMode,
        typer.Option(
            help="all pairs; best right row for each left one; best-right: best left "
            "row for each right one; mutual best; or one-to-one, nearest first."
        ),
    ] = MatchMode.ALL,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the pairs here (.parquet, .csv, .fits, .vot, .ecsv)."),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            help="Store the pairs in the warehouse, as raw.NAME.", metavar="NAME"
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace stored pairs of that name.")
    ] = False,
    columns: Annotated[
        str | None,
        typer.Option(help="Bring these of both sides along: 'teff,logg', or 'all'."),
    ] = None,
    epoch: Annotated[
        float | None,
        typer.Option(help="Compare positions at this epoch (a year)."),
    ] = None,
    engine: Annotated[
        MatchEngine,
        typer.Option(
            help="lsdb finds the pairs on a Dask cluster: of HATS folders, or of "
            "tables, which are written as such first."
        ),
    ] = MatchEngine.DUCKDB,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Address of its scheduler; else workers of this machine.",
            metavar="ADDRESS",
        ),
    ] = None,
    left_id: IdColumn = None,
    right_id: IdColumn = None,
    left_epoch: Epoch = None,
    right_epoch: Epoch = None,
    left_motion: Motion = None,
    right_motion: Motion = None,
    left_error: PositionError = None,
    right_error: PositionError = None,
    sigmas: Annotated[
        float, typer.Option(help="Largest separation in units of those errors.")
    ] = 3.0,
    left_magnitude: Magnitude = None,
    right_magnitude: Magnitude = None,
    magnitude_limit: Annotated[
        float | None, typer.Option(help="Largest difference of those magnitudes.")
    ] = None,
) -> None:
    """Cross-match two tables, files or folders of files on the sky."""
    from stellarwh.api.chain import crossmatch
    from stellarwh.api.warehouse import Warehouse
    from stellarwh.export.export import check_new
    from stellarwh.match import Side
    from stellarwh.match.files import are_there, looks_like_a_file, no_files

    if context.args:
        context.fail(
            f"There are {2 + len(context.args):,} tables or files; a match takes two. "
            "Put a pattern of files in quotes: 'gaia/*.parquet'."
        )
    sides = [
        Side(source, name, at, *_motion_columns(motion), error, magnitude)
        for source, name, at, motion, error, magnitude in (
            (left, left_id, left_epoch, left_motion, left_error, left_magnitude),
            (right, right_id, right_epoch, right_motion, right_error, right_magnitude),
        )
    ]
    for side in sides:
        check_local(Path(side.source))
    if replace and into is None:
        raise UsageError("--replace goes with --into NAME.")
    if out is not None:
        check_new(out)
    context.with_resource(_within_reach(engine, cluster))
    path = warehouse_of(context)
    # Files alone need no warehouse.
    missing = [side.source for side in sides if not are_there(side.source)]
    alone = not path.exists() and not missing
    for source in missing:
        if not path.exists() and looks_like_a_file(source):
            raise no_files(source)
    options: dict[str, Any] = {
        "radius": radius,
        "mode": mode.value,
        "epoch": epoch,
        "sigmas": sigmas,
        "magnitude_limit": magnitude_limit,
        "columns": columns or (),
        "engine": engine.value,
        "cluster": cluster,
    }
    if alone and into is None:
        matched = crossmatch(*sides, **options)
    else:
        with Warehouse(path, write=into is not None, create=False) as warehouse:
            matched = warehouse.match(*sides, into=into, replace=replace, **options)
    if out is not None:
        matched.write(out)
    elif into is None and len(matched):
        _show(matched)
    how = f"{mode}, at {matched.epoch:g}" if matched.epoch is not None else mode
    where = f" to {out}" if out else ""
    where += f" to raw.{into}" if into else ""
    found = f"{len(matched):,} pairs within {radius:g} arcsec"
    say(f"{found} ({how}){where}.")


def _within_reach(
    engine: MatchEngine, cluster: str | None
) -> AbstractContextManager[None]:
    """Return what keeps the network out of reach, but for the cluster."""
    if engine is MatchEngine.DUCKDB:
        return no_network(everywhere=True)
    if cluster is None or is_loopback(host_of(cluster)):
        return no_network(everywhere=True, loopback=True)
    return nullcontext()


def _show(matched: "Match") -> None:
    """Print the first pairs."""
    from stellarwh.cli.printing import print_query
    from stellarwh.warehouse.database import open_scratch
    from stellarwh.warehouse.query.format import Format

    with open_scratch() as connection:
        connection.register("stellarwh_matched", matched.to_arrow())
        print_query(connection, "from stellarwh_matched", Format.TABLE, _SHOWN)


def _motion_columns(named: str | None) -> tuple[str | None, str | None]:
    """Return the two columns of an option such as ``pmra,pmdec``."""
    if named is None:
        return None, None
    pmra, _, pmdec = (part.strip() for part in named.partition(","))
    if not pmra or not pmdec:
        raise UsageError(
            f"'{named}' names no two proper motion columns; write 'pmra,pmdec'."
        )
    return pmra, pmdec
