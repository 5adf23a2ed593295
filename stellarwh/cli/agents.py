"""The command that answers language models."""

from typing import Annotated

import typer

from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import note
from stellarwh.errors import UsageError


@app.command()
def mcp(
    context: typer.Context,
    max_rows: Annotated[
        int, typer.Option(min=1, metavar="ROWS", help="Rows of an answer, at most.")
    ] = 1_000,
    time_limit: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Of one question.")
    ] = 60,
    memory: Annotated[
        int, typer.Option(min=128, metavar="MIB", help="For all questions at once.")
    ] = 1024,
) -> None:
    """Answer language models by the Model Context Protocol, on standard input."""
    try:
        from stellarwh.serve.mcp_server import make_server
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("mcp"):
            raise
        raise UsageError(
            "stellarwh mcp needs the package mcp: pip install 'stellarwh[mcp]'."
        ) from None
    from dataclasses import replace

    from stellarwh.serve.agent import AGENT_LIMITS, Agent

    limits = replace(AGENT_LIMITS, rows=max_rows, seconds=time_limit, memory=memory)
    with Agent(warehouse_of(context), limits) as agent:
        note("Reads the Model Context Protocol on standard input, until that ends.")
        make_server(agent).run("stdio")
