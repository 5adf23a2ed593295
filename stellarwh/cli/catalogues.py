"""The command that takes catalogue files in."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import note, progress, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stellarwh.ingest import IngestResult
    from stellarwh.runtime.fingerprint import FileFingerprint
    from stellarwh.runtime.stages import Stages


@app.command()
def ingest(
    context: typer.Context,
    survey: Annotated[
        str,
        typer.Argument(
            help="apogee, galah, lamost, gaia, gaia_eso, … or a name of your own."
        ),
    ],
    file: Annotated[
        list[Path] | None,
        typer.Argument(
            help="The catalogue file, or several of one survey or catalogue; by "
            "default the release's in data/."
        ),
    ] = None,
    all_columns: Annotated[
        bool, typer.Option("--all-columns", help="Keep every column of the file.")
    ] = False,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Further columns to keep (of your own catalogue: the only ones), "
            "e.g. 'GLON,GLAT'; or columns to leave out: '-SPEC,-FLUX*'."
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what the survey held before.")
    ] = False,
    append: Annotated[
        bool,
        typer.Option(
            "--append", help="Add the rows to those of other files; columns by name."
        ),
    ] = False,
    ra: Annotated[
        str | None, typer.Option(help="Right ascension column (deg) of your catalogue.")
    ] = None,
    dec: Annotated[
        str | None, typer.Option(help="Declination column (deg) of your catalogue.")
    ] = None,
    epoch: Annotated[
        float | None, typer.Option(help="Epoch of its positions, a Julian year.")
    ] = None,
    no_position: Annotated[
        bool,
        typer.Option(
            "--no-position", help="Your catalogue has no positions, only ids."
        ),
    ] = False,
    position_from: Annotated[
        str | None,
        typer.Option(
            help="Column of names that hold the position: 2M00000002+7417074, "
            "J000000.02+741707.4."
        ),
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(help="Which release it is, where its columns fit several: DR7."),
    ] = None,
    hdu: Annotated[
        str | None,
        typer.Option(
            help="Which table of a FITS file with several: its EXTNAME, or its number "
            "(0 is the primary header); of a VOTable its name, or its number from 1. "
            "By default the first that has rows."
        ),
    ] = None,
    declare: Annotated[
        list[str] | None,
        typer.Option(
            help="What columns of your catalogue are, so that its stars are taken as a "
            "survey's: 'teff=TEFF_FIT,fe_h=FEH'. Names "
            "are those of main.measurements; may be given several times."
        ),
    ] = None,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            help="Tell the seconds of wall and processor that each stage took.",
        ),
    ] = False,
) -> None:
    """Read a catalogue file into the raw table of its survey."""
    from stellarwh.runtime.stages import Stages

    stages = Stages(profiled=verbose)
    files = file or []
    with ExitStack() as stack:
        begun = _begin_hashing(files, stages, stack)
        from stellarwh.api.ingests import ingest_into
        from stellarwh.api.warehouse import Warehouse
        from stellarwh.ingest import CALLED

        stages.add_start()
        # Shown from here on; what reads the files says how far it is.
        stack.enter_context(progress(f"ingest {survey}", in_bytes=True))
        with stages.of("opening"):
            warehouse = stack.enter_context(
                Warehouse(warehouse_of(context), write=True, builds=True, runs=CALLED)
            )
        results = ingest_into(
            warehouse.connection,
            survey,
            files,
            {
                "columns": columns or None,
                "all_columns": all_columns,
                "replace": replace,
                "append": append,
                "ra": ra,
                "dec": dec,
                "epoch": epoch,
                "release": release,
                "no_position": no_position,
                "position_from": position_from,
                "hdu": hdu,
                "declare": declare,
            },
            stages,
            begun,
        )
        with stages.of("closing"):
            stack.close()
    if verbose:
        for line in stages.lines():
            note(line)
    for result in results:
        report_ingest(result, is_one_of=len(results))


def _begin_hashing(
    files: "Sequence[Path]", stages: "Stages", stack: ExitStack
) -> "FileFingerprint | None":
    """Begin to hash the first file while all that reads it is loaded, if it is one."""
    from stellarwh.runtime.fingerprint import FileFingerprint

    if not files or not files[0].is_file():
        return None
    try:
        begun = FileFingerprint(files[0], stages=stages)
    except OSError:  # which is told in other words when it is opened
        return None
    stack.callback(begun.stop)
    return begun


def report_ingest(result: "IngestResult", *, is_one_of: int = 1) -> None:
    """Print what an ingest did of one file, or of one of several."""
    of = f"{result.file}: " if is_one_of > 1 else ""
    if result.unchanged:
        say(
            f"{of}raw.{result.survey} already holds this file "
            f"({result.rows:,} rows); nothing changed."
        )
        return
    total = result.total_rows
    more = f", appended: {total:,} rows now" if total is not None else ""
    say(
        f"{of}raw.{result.survey}: {result.rows:,} rows, {result.columns} columns "
        f"({result.release}) in {result.seconds:.1f} s{more}."
    )
    for hint in result.hints:
        note(f"{of}{hint}")
