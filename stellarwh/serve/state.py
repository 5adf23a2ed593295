"""What all requests of a service share."""

from dataclasses import dataclass
from typing import cast

from starlette.requests import Request

from stellarwh.serve.jobs import Jobs
from stellarwh.serve.limits import Limits
from stellarwh.serve.opening import Openings
from stellarwh.serve.runs import Pool

__all__ = ["State", "state_of"]


@dataclass(frozen=True)
class State:
    """What all requests share.

    Parameters
    ----------
    openings : Openings
        The warehouse.
    limits : Limits
        What queries may take.
    pool : Pool
        Threads for queries of which a client waits.
    job_pool : Pool
        Threads for those of jobs.
    jobs : Jobs
        Queries whose answer is fetched later.
    lists_jobs : bool
        Whether all jobs are told of: where nobody but their owner reaches the service.
    since : str
        When the service began, in UTC.
    """

    openings: Openings
    limits: Limits
    pool: Pool
    job_pool: Pool
    jobs: Jobs
    lists_jobs: bool
    since: str


def state_of(request: Request) -> State:
    """Return what all requests share."""
    return cast(State, request.app.state.shared)


def base_of(request: Request) -> str:
    """Return the address of the service, as the client has it."""
    return str(request.base_url).rstrip("/")
