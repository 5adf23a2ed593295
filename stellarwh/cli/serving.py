"""The command that serves the warehouse to programs of the Virtual Observatory."""

from typing import Annotated

import typer

from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import note, say, warn
from stellarwh.runtime.limits import available_cores


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="The address to listen at; by default this machine's.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 for any that is free.")
    ] = 8080,
    max_rows: Annotated[
        int, typer.Option(min=1, metavar="ROWS", help="Rows of a result, at most.")
    ] = 2_000_000,
    time_limit: Annotated[
        float,
        typer.Option(
            min=0.1, metavar="SECONDS", help="Of a query; jobs may take six times that."
        ),
    ] = 600,
    memory: Annotated[
        int,
        typer.Option(min=128, metavar="MIB", help="For all queries at once."),
    ] = 1024,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, metavar="N", help="Queries at once; by default one a core."
        ),
    ] = None,
) -> None:
    """Serve the warehouse by TAP and cone search, to TOPCAT, pyvo and browsers."""
    # What it stands on takes half a second to load.
    from stellarwh.serve.limits import Limits
    from stellarwh.serve.service import Service

    limits = Limits(
        rows=max_rows,
        seconds=time_limit,
        job_seconds=6 * time_limit,
        memory=memory,
        workers=workers or max(2, available_cores()),
    )
    with Service(warehouse_of(context), host, port, limits) as service:
        say(f"{service.url}/ answers until Ctrl-C.")
        say(f"TOPCAT: VO > Table Access Protocol, TAP URL {service.url}/tap")
        say(f"pyvo:   pyvo.dal.TAPService('{service.url}/tap')")
        if service.told_simulated:
            note(service.told_simulated)
        if not service.is_built:
            warn(
                "The views are not built, so that raw tables alone are served; "
                "run 'stellarwh build' (it is seen without a restart)."
            )
        if service.is_open:
            warn(
                f"Whoever reaches {host} over the network can read this warehouse: "
                "there is no password and no encryption."
            )
        service.wait()
