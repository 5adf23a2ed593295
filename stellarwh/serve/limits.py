"""What a query, a job and all of them together may take."""

from dataclasses import dataclass

from stellarwh.runtime.limits import available_cores

__all__ = ["Limits"]

_DAY = 86_400


@dataclass(frozen=True)
class Limits:
    """Limits of the service.

    Parameters
    ----------
    rows : int
        Rows of a result; MAXREC may ask for fewer.
    seconds : float
        Of work on a query of ``/sync``; waiting for its turn or for a slow client does
        not count.
    job_seconds : float
        Of work on a job of ``/async``, at most and unless it asks for less.
    memory : int
        MiB that DuckDB may take for all queries; what does not fit goes to disk.
    workers : int
        Queries that run at once; jobs have half as many of their own.
    waiting : int
        Requests that may wait for their turn.
    upload_bytes : int
        Of all tables that a request brings.
    jobs : int
        Jobs that are kept at once.
    job_bytes : int
        Of the results of all jobs.
    kept_seconds : int
        How long a job is kept, at most and unless it asks for less.
    stalled_seconds : float
        How long a client may take nothing before its query is ended.
    """

    rows: int = 2_000_000
    seconds: float = 600
    job_seconds: float = 3600
    memory: int = 1024
    workers: int = max(2, min(8, available_cores()))
    waiting: int = 256
    upload_bytes: int = 64 << 20
    jobs: int = 200
    job_bytes: int = 8 << 30
    kept_seconds: int = 2 * _DAY
    stalled_seconds: float = 60
