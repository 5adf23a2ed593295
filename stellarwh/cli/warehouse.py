"""Commands on the warehouse itself: build, check, status, query, shell, export."""

import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stellarwh.api.warehouse import Warehouse
from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import note, progress, say, warn
from stellarwh.cli.watched import leave_to_program
from stellarwh.errors import SqlError, UsageError, WarehouseError
from stellarwh.warehouse.query.format import Format

if TYPE_CHECKING:
    from stellarwh.warehouse.check import CheckResult


@app.command()
def build(
    context: typer.Context,
    anew: Annotated[
        bool, typer.Option("--anew", help="Match unchanged surveys anew, too.")
    ] = False,
) -> None:
    """Build every view, match and table of sql/ in one transaction."""
    with (
        progress("build"),
        # It makes all macros anew before it runs any.
        Warehouse(
            warehouse_of(context),
            write=True,
            create=False,
            computes=False,
            builds=True,
        ) as warehouse,
    ):
        result = warehouse.build(anew=anew)
    matched = ", ".join(result.matched) or "none, as no survey is new or changed"
    say(
        f"Built {result.views} views, {result.tables} stored tables and "
        f"{result.macros} macros in {result.seconds:.1f} s; "
        f"matched anew: {matched}."
    )
    if result.scale is not None:
        say(result.scale.words)
    for text in result.unusable:
        warn(text)


Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object, for programs.")
]


@app.command()
def check(
    context: typer.Context,
    as_json: Json = False,
    rows: Annotated[
        str | None,
        typer.Option(
            "--rows", metavar="NAME", help="Run one test and list all rows that fail."
        ),
    ] = None,
    output: Annotated[
        Format | None,
        typer.Option("--format", help="How --rows lists them, as query prints them."),
    ] = None,
) -> None:
    """Test the data: keys, ranges, flags; a failed test ends with status 1."""
    from stellarwh.warehouse.check import check_facts

    if rows is None and output is not None:
        raise UsageError("--format goes with --rows NAME.")
    if as_json and output not in (None, Format.JSON):
        raise UsageError(f"--json or --format {output}; give one of them.")
    with (
        progress("check"),
        Warehouse(warehouse_of(context), write=False) as warehouse,
    ):
        if rows is not None:
            output = Format.JSON if as_json else output or Format.TABLE
            results = [_list_rows(warehouse, rows, output)]
        else:
            results = warehouse.check()
    if rows is None:
        if as_json:
            typer.echo(_as_json(check_facts(results)))
        else:
            report_checks(results)
    failed = sum(not r.passed and r.severity == "fail" for r in results)
    if failed:
        raise WarehouseError(
            f"{failed} of {len(results)} checks failed."
            if rows is None
            else f"The check {rows} failed: {results[0].assertion}"
        )


def _list_rows(warehouse: Warehouse, name: str, output: Format) -> "CheckResult":
    """Print all rows that break one test; say so where there are none."""
    from stellarwh.cli.printing import print_query

    (result,) = warehouse.check(name)
    for_people = output in (Format.TABLE, Format.VERTICAL)
    if not result.passed or not for_people:
        print_query(warehouse.connection, result.sql, output, max(result.rows, 1))
    if result.passed:
        (say if for_people else note)(
            f"{name} passed: no row breaks '{result.assertion}'"
        )
    return result


def report_checks(results: "list[CheckResult]") -> None:
    """Print what the data tests found, one line each for those not passed."""
    for result in results:
        if not result.passed:
            example = f" (first: {result.example})" if result.example else ""
            say(
                f"{result.severity.upper()} {result.name}: {result.rows} rows break "
                f"'{result.assertion}'{example}"
            )
    passed = sum(result.passed for result in results)
    warned = sum(not r.passed and r.severity == "warn" for r in results)
    failed = len(results) - passed - warned
    say(f"{passed} checks passed, {warned} warned, {failed} failed.")


@app.command()
def status(context: typer.Context, as_json: Json = False) -> None:
    """Say what is in the warehouse: files, releases, rows, builds, runs."""
    from stellarwh.warehouse.status import describe_warehouse

    path = warehouse_of(context)
    with Warehouse(path, write=False, computes=False) as warehouse:
        if as_json:
            typer.echo(_as_json(warehouse.status()))
            return
        for line in describe_warehouse(warehouse.connection, path):
            say(line)


def _as_json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, indent=1, allow_nan=False)


@app.command()
def query(
    context: typer.Context,
    sql: Annotated[
        str, typer.Argument(help="One statement, or - to read it from standard input.")
    ],
    output: Annotated[
        Format,
        typer.Option(
            "--format",
            help="table; vertical: one value a line; csv or json: all rows, exactly.",
        ),
    ] = Format.TABLE,
    rows: Annotated[
        int, typer.Option(min=1, help="Rows shown as table or vertical.")
    ] = 40,
    ids_as_text: Annotated[
        bool,
        typer.Option(
            "--ids-as-text",
            help="In JSON, columns with whole numbers beyond 2^53 are text.",
        ),
    ] = False,
    allow_files: Annotated[
        bool,
        typer.Option(
            "--allow-files",
            help="Let the SQL read and write files that it names in quotes.",
        ),
    ] = False,
) -> None:
    """Run one statement that only reads, and print the result."""
    from stellarwh.cli.printing import print_query
    from stellarwh.warehouse.query.named_files import Reach, named_files
    from stellarwh.warehouse.query.statement import read_statement
    from stellarwh.warehouse.stale_pairs import stale_pairs

    path = warehouse_of(context)
    statement = read_statement(
        _standard_input() if sql == "-" else sql, allow_files=allow_files
    )
    reach = named_files(statement, path) if allow_files else Reach()
    with Warehouse(
        path,
        write=False,
        runs=statement.sql,
        files=reach.files,
        folders=reach.folders,
    ) as warehouse:
        print_query(
            warehouse.connection, statement, output, rows, ids_as_text=ids_as_text
        )
        stale = stale_pairs(warehouse.connection, statement.sql)
    for text in stale:
        warn(text)


def _standard_input() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise SqlError("The query is not UTF-8 text; save it as such.") from None


@app.command()
def shell(context: typer.Context) -> None:
    """Open the released duckdb shell on the warehouse, read-only."""
    from stellarwh.warehouse.freshness import stale_surveys

    path = warehouse_of(context)
    if not path.exists():
        raise WarehouseError(f"There is no warehouse at {path}.")
    beside = Path(sys.executable).with_name("duckdb")
    program = str(beside) if beside.exists() else shutil.which("duckdb")
    if program is None:
        raise WarehouseError(
            "The duckdb shell is not installed; this brings it: "
            f"{shlex.quote(sys.executable)} -m pip install duckdb-cli"
        )
    with Warehouse(path, write=False, computes=False) as warehouse:
        stale = stale_surveys(warehouse.connection)
    if stale:
        warn(f"The last build is of other data: {'; '.join(stale)}.")
    leave_to_program()
    os.execv(program, [program, "-readonly", str(path)])


@app.command()
def export(
    context: typer.Context,
    table: Annotated[
        str, typer.Argument(help="A table or view, e.g. main.stars, or one SELECT.")
    ],
    file: Annotated[
        Path,
        typer.Argument(
            help="Ends in .parquet, .csv, .fits, .vot or .ecsv; - is standard output. "
            "With --format hats a folder.",
            allow_dash=True,
        ),
    ],
    columns: Annotated[
        str | None,
        typer.Option(help="Columns to write: 'ra,*_mag'; to leave out: '-ra,-*_err'."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--format", help="Format whatever the ending, e.g. csv, fits or hats."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that exists.")
    ] = False,
    margin: Annotated[
        float | None,
        typer.Option(
            help="Of HATS: width of the margin, the largest radius of a match there "
            "(arcsec; 10 by default, 0 for none)."
        ),
    ] = None,
    partition_rows: Annotated[
        int | None,
        typer.Option(help="Of HATS: most rows of a partition (1,000,000 by default)."),
    ] = None,
) -> None:
    """Write a table, a view or a SELECT to a file, units and descriptions with it."""
    from stellarwh.export.export import STANDARD_OUTPUT

    with Warehouse(warehouse_of(context), write=False, runs=table) as warehouse:
        rows = warehouse.export(
            table,
            file,
            columns=columns or (),
            format=kind,
            overwrite=overwrite,
            margin=margin,
            partition_rows=partition_rows,
        )
    if file == STANDARD_OUTPUT:
        note(f"Wrote {rows:,} rows.")
    else:
        say(f"Wrote {rows:,} rows to {file}.")
