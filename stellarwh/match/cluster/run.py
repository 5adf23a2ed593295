"""Run LSDB on a cluster, and gather what its workers find."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

import pyarrow as pa

from stellarwh.errors import InputFileError, UsageError
from stellarwh.match.cluster.folders import ClusterSide
from stellarwh.runtime.listening import progress
from stellarwh.warehouse.messages import first_line

# Beside what each worker loads, so that a small machine is not swamped.
_MOST_WORKERS = 4
# For a scheduler to answer.
_PATIENCE = "15s"


def check_installed() -> None:
    """Refuse where LSDB is not there.

    Raises
    ------
    UsageError
        With what brings it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import_module("lsdb")
    except ImportError:
        raise UsageError(
            "A match on a cluster needs LSDB: pip install 'stellarwh[distributed]'."
        ) from None


def candidates(
    left: ClusterSide, right: ClusterSide, radius: float, cluster: str | None
) -> Iterator[pa.Table]:
    """Yield all pairs that may be within the radius, as workers find them.

    Columns have ``_left`` or ``_right`` behind the names that the sides have.

    Parameters
    ----------
    left, right : ClusterSide
        The sides.
    radius : float
        In arcsec.
    cluster : str, optional
        The address of Dask's scheduler; else workers of this machine.
    """
    with warnings.catch_warnings(), ExitStack() as stack:
        # Those of dask and pandas, about themselves.
        warnings.simplefilter("ignore")
        lsdb: Any = import_module("lsdb")
        distributed: Any = import_module("distributed")
        from stellarwh.match.cluster.candidates import AllPairs  # noqa: PLC0415

        client = stack.enter_context(_client(cluster))
        try:
            catalogues = [
                lsdb.open_catalog(side.folder, columns=list(side.columns))
                for side in (left, right)
            ]
            found = catalogues[0].crossmatch(
                catalogues[1],
                algorithm=AllPairs(radius, (left.id, right.id)),
                suffixes=("_left", "_right"),
                suffix_method="all_columns",
                require_right_margin=True,
                log_changes=False,
            )
            parts = client.compute(found.to_delayed())
            bar = stack.enter_context(progress("match on the cluster", len(parts)))
            for future, frame in distributed.as_completed(parts, with_results=True):
                future.release()
                bar.advance(1)
                yield pa.Table.from_pandas(frame, preserve_index=False)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise InputFileError(
                f"The cluster could not match: {first_line(str(error))}"
            ) from error


@contextmanager
def _client(address: str | None) -> Iterator[Any]:
    """Give a client of a scheduler, or of workers that go with it."""
    distributed: Any = import_module("distributed")
    with ExitStack() as stack:
        if address is None:
            # What they print of themselves is not for users.
            logging.getLogger("distributed").setLevel(logging.ERROR)
            where: Any = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=_workers(),
                    threads_per_worker=1,
                    dashboard_address=None,
                    host="127.0.0.1",
                )
            )
        else:
            where = address
        try:
            client = distributed.Client(where, timeout=_PATIENCE)
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageError(
                f"There is no Dask scheduler at {address}: {first_line(str(error))}"
            ) from None
        yield stack.enter_context(client)


def _workers() -> int:
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    return max(1, min(there or os.cpu_count() or 1, _MOST_WORKERS))
