"""The application: which address is answered by what."""

import socket
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stellarwh.serve.answers import error_response
from stellarwh.serve.capabilities import capabilities
from stellarwh.serve.cone import cone
from stellarwh.serve.examples import examples
from stellarwh.serve.guard import Guard
from stellarwh.serve.jobs import Jobs
from stellarwh.serve.limits import Limits
from stellarwh.serve.opening import Openings
from stellarwh.serve.page import ROUTES as PAGE
from stellarwh.serve.problems import Problem
from stellarwh.serve.runs import Pool
from stellarwh.serve.state import State
from stellarwh.serve.sync import sync, work_of_job
from stellarwh.serve.uws import ROUTES as UWS
from stellarwh.serve.vosi import availability, one_table, tables

__all__ = ["make_app", "make_state"]

# What comes with uploads: the query, and the words of the form.
_BESIDE_UPLOADS = 4 << 20


def make_app(state: State) -> Starlette:
    """Return the application of a service."""
    routes = [
        Route("/scs", cone, methods=["GET", "POST"]),
        Route("/scs/{table}", cone, methods=["GET", "POST"]),
        Route("/tap/sync", sync, methods=["GET", "POST"]),
        *UWS,
        *PAGE,
        Route("/tap/examples", examples),
        Route("/tap/availability", availability),
        Route("/tap/capabilities", capabilities),
        Route("/tap/tables", tables),
        Route("/tap/tables/{name:path}", one_table),
    ]
    most = state.limits.upload_bytes + _BESIDE_UPLOADS
    names = {"localhost", socket.gethostname()}
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, names=names, most_bytes=most)],
        exception_handlers={Problem: _told, Exception: _told},
    )
    app.state.shared = state
    return app


async def _told(_: Request, error: Exception) -> Response:
    return error_response(error)


def make_state(
    openings: Openings, limits: Limits, folder: Path, *, lists_jobs: bool
) -> State:
    """Return what all requests of a service share.

    Parameters
    ----------
    openings : Openings
        The warehouse.
    limits : Limits
        What queries may take.
    folder : Path
        Where results of jobs are kept.
    lists_jobs : bool
        Whether all jobs are told of.
    """
    pool = Pool(limits.workers, limits.waiting, "query")
    # Of their own: a client of /sync does not wait for what nobody waits for.
    for_jobs = Pool(max(1, limits.workers // 2), limits.jobs, "job")
    work = work_of_job(openings, limits)
    return State(
        openings,
        limits,
        pool,
        for_jobs,
        Jobs(folder, limits, for_jobs, work),
        lists_jobs,
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
