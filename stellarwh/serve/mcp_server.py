"""The Model Context Protocol over `Agent`, on standard input and output."""

from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

from stellarwh import __version__
from stellarwh.explain.chain import USUAL
from stellarwh.serve.agent import Agent, Answer
from stellarwh.serve.problems import Problem

__all__ = ["make_server"]

_INSTRUCTIONS = """\
A warehouse of stellar spectroscopic surveys (APOGEE, GALAH, LAMOST and others): stellar
parameters, abundances, radial velocities, photometry, cross-matched. It is only read.

Begin with `schema`; main.stars has one row per star, main.measurements one per star and
survey, main.parameters the best values of each star with their errors and sources.
Queries are ADQL 2.1, not DuckDB's SQL: SELECT TOP n, not LIMIT; no CASE; positions as
1 = CONTAINS(POINT(ra, dec), CIRCLE(56.75, 24.12, 0.5)) in degrees, joins on the sky as
JOIN ... ON DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < 1/3600.
Columns have units; NULL means not known. Whole numbers beyond 2**53 come as texts.
Where an answer has is_simulated, say that its stars are not real.\
"""
_READS = ToolAnnotations(
    read_only_hint=True,
    destructive_hint=False,
    idempotent_hint=True,
    open_world_hint=False,
)


def make_server(agent: Agent) -> MCPServer[Any]:
    """Return a server whose tools are what an agent may ask.

    Parameters
    ----------
    agent : Agent
        Answers.
    """
    server: MCPServer[Any] = MCPServer(
        "stellarwh",
        instructions=_INSTRUCTIONS,
        version=__version__,
        log_level="WARNING",
    )

    async def told(ask: Any, *arguments: Any) -> Answer:
        try:
            return dict(await anyio.to_thread.run_sync(ask, *arguments))
        except Problem as problem:
            raise ToolError(str(problem)) from None

    @server.tool(annotations=_READS)
    async def schema(table: str | None = None) -> Answer:
        """List the tables, or the columns of one with units and descriptions.

        table: schema.table, such as main.stars; leave it out for all tables.
        """
        return await told(agent.schema, table)

    @server.tool(annotations=_READS)
    async def query(adql: str, max_rows: int = 100) -> Answer:
        """Run one query in ADQL 2.1 and return columns with units, and rows.

        adql: such as SELECT TOP 5 star_id, teff FROM main.parameters WHERE teff > 6000.
        max_rows: the server has a limit of its own; is_complete says if all are there.
        """
        return await told(agent.query, adql, max_rows)

    @server.tool(annotations=_READS)
    async def cone_search(
        ra: float,
        dec: float,
        radius_arcsec: float,
        table: str = "main.stars",
        max_rows: int = 20,
    ) -> Answer:
        """Return the rows of a table around a position, the nearest first.

        ra, dec: ICRS degrees. radius_arcsec: up to 36,000.
        """
        return await told(agent.cone_search, ra, dec, radius_arcsec, table, max_rows)

    @server.tool(annotations=_READS)
    async def explain(star: str, quantities: list[str] | None = None) -> Answer:
        """Tell how the values of one star came to be, from raw cells on, with the SQL.

        star: its star_id, a Gaia DR3 or DR2 id, a survey's id of it, or "RA DEC".
        quantities: such as teff, logg, fe_h, alpha_fe (these by default).
        """
        return await told(agent.explain, star, quantities or USUAL)

    return server
