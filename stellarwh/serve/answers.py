"""Responses of HTTP: results as they are made, and what is refused."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import BinaryIO, cast

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from stellarwh.errors import chain
from stellarwh.serve.problems import Problem, Stopped, Told, problem_of
from stellarwh.serve.runs import Pool, Run
from stellarwh.serve.stream import Stream
from stellarwh.serve.votable import error_document

__all__ = ["error_response", "streamed", "told"]

_LOG = logging.getLogger("stellarwh.serve")
_RETRY_AFTER = "5"
_BUG = 500


def told(error: BaseException) -> Problem:
    """Return what a client is told of an error; the log is told of bugs."""
    # Starlette wraps what ends a response that has begun.
    problem = next((one for one in chain(error) if isinstance(one, Problem)), None)
    if problem is not None:
        return problem
    problem = problem_of(error)
    if problem.status == _BUG:
        _LOG.error("%s", error, exc_info=error)
    return problem


def error_response(error: BaseException) -> Response:
    """Return the VOTable that tells a client of an error."""
    problem = told(error)
    headers = {"Retry-After": _RETRY_AFTER} if problem.status == 503 else {}
    return Response(
        error_document(str(problem)),
        problem.status,
        headers,
        media_type="application/x-votable+xml",
    )


async def streamed(
    request: Request,
    pool: Pool,
    run: Run,
    work: Callable[[BinaryIO], None],
    *,
    stalled_seconds: float,
    media_type: str,
    refused: Callable[[BaseException], Response] = error_response,
) -> Response:
    """Answer with what some work writes, while it writes it.

    The work ends when the client goes.

    Parameters
    ----------
    request : Request
        Whom to answer.
    pool : Pool
        Whose threads do the work.
    run : Run
        What may be ended.
    work : callable
        Writes the answer to a file.
    stalled_seconds : float
        How long the client may take nothing.
    media_type : str
        What it is.
    refused : callable
        Returns the answer of a query that failed before there was any.
    """
    stream = Stream(run, stalled_seconds)

    def write() -> None:
        error: BaseException | None = None
        try:
            work(cast(BinaryIO, stream))
        except Told as found:
            error = found if stream.discard() else None
        except BaseException as found:
            error = told(found)
        with suppress(Stopped):  # there is nobody left to tell
            stream.end(error)

    future = pool.start(run, write)
    future.add_done_callback(
        lambda done: (
            stream.end(Stopped("The service ends.", 503)) if done.cancelled() else None
        )
    )
    watch = asyncio.create_task(_stop_when_gone(request, run, future))
    try:
        await stream.begin()
    except BaseException as error:
        watch.cancel()
        if isinstance(error, Problem):
            return refused(error)
        run.stop()
        raise
    return StreamingResponse(_body(stream, run, watch), media_type=media_type)


async def _body(
    stream: Stream, run: Run, watch: "asyncio.Task[None]"
) -> AsyncIterator[bytes]:
    try:
        async for piece in stream.pieces():
            yield piece
    finally:
        run.stop()
        watch.cancel()


async def _stop_when_gone(request: Request, run: Run, future: Future[None]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    future.cancel()
    run.stop("The client has gone.")
