"""Queries that are asked: at once by ``/tap/sync``, or as a job."""

from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response

from stellarwh.runtime.folders import temporary_folder
from stellarwh.serve.answers import streamed
from stellarwh.serve.jobs import Job, Work
from stellarwh.serve.limits import Limits
from stellarwh.serve.opening import Openings
from stellarwh.serve.parameters import Parameters, read_parameters
from stellarwh.serve.queries import read_query, write_answer
from stellarwh.serve.runs import Run
from stellarwh.serve.state import state_of
from stellarwh.serve.uploads import save, wanted
from stellarwh.serve.uws import result_at

__all__ = ["sync", "work_of_job"]


async def sync(request: Request) -> Response:
    """Answer a query."""
    state = state_of(request)
    parameters = await read_parameters(request)
    query = read_query(parameters, state.limits)
    parts = wanted(parameters.texts.get("UPLOAD", []))
    run = Run(state.limits.seconds)

    def work(file: BinaryIO) -> None:
        if not parts:
            write_answer(state.openings, run, query, file)
            return
        with temporary_folder() as folder:
            uploads = save(parts, parameters.uploads, folder, result_at(request))
            write_answer(state.openings, run, query, file, uploads)

    return await streamed(
        request,
        state.pool,
        run,
        work,
        stalled_seconds=state.limits.stalled_seconds,
        media_type=query.format.media_type,
    )


def work_of_job(openings: Openings, limits: Limits) -> Work:
    """Return what does the work of jobs."""

    def work(job: Job, run: Run, file: BinaryIO) -> str:
        query = read_query(Parameters(job.texts), limits)
        write_answer(openings, run, query, file, job.uploads)
        return query.format.media_type

    return work
