"""A service that runs: it takes a port, answers, and ends when it is told."""

import logging
import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from stellarwh.errors import UsageError, chain
from stellarwh.runtime.folders import temporary_folder
from stellarwh.serve.app import make_app, make_state
from stellarwh.serve.limits import Limits
from stellarwh.serve.opening import Openings
from stellarwh.serve.problems import Problem
from stellarwh.serve.simulated import told_of

__all__ = ["Service"]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LOOKED_AT = 0.1
_ENDS_WITHIN = 3  # s in which connections may be told that it ends
_MOST_WAIT = 30


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether a record is more than a query that ended in the midst of rows."""
    error = record.exc_info[1] if record.exc_info else None
    return not any(isinstance(one, Problem) for one in chain(error))


class Service:
    """A TAP service over a warehouse, while the block lasts.

    Parameters
    ----------
    path : Path
        The warehouse.
    host : str
        The address that it listens to.
    port : int
        The port; 0 for any that is free.
    limits : Limits
        What queries may take.

    Attributes
    ----------
    url : str
        Where it is reached.
    is_open : bool
        Whether it is reached from other machines.

    Raises
    ------
    UsageError
        If the port is taken, or the address is none of this machine.
    WarehouseError
        If the warehouse cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._socket = _listen(host, port)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}"
        self._after = ExitStack()
        self._after.callback(self._socket.close)
        try:
            self._openings = Openings(path, self._limits)
            self._after.callback(self._openings.close)
            folder = self._after.enter_context(temporary_folder())
        except BaseException:
            self._after.close()
            raise
        self.is_open = host not in _LOOPBACK
        self._state = make_state(
            self._openings, self._limits, folder, lists_jobs=not self.is_open
        )
        config = uvicorn.Config(
            make_app(self._state),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_ENDS_WITHIN,
            limit_concurrency=4 * (self._limits.waiting + self._limits.workers),
        )
        self._server = uvicorn.Server(config)
        # The client sees it by a body that is not whole.
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        # Signals are for who waits for it.
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), daemon=True
        )

    @property
    def told_simulated(self) -> str:
        """What is said of a warehouse of which some is simulated; else nothing."""
        return told_of(self._openings.current().simulated)

    @property
    def is_built(self) -> bool:
        """Whether there is more than raw tables to be asked for."""
        return self._openings.current().tables.find("main", "stars") is not None

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            self._thread.join(_LOOKED_AT)
        return self

    def wait(self) -> None:
        """Wait until it ends, or an interrupt comes."""
        while self._thread.is_alive():
            self._thread.join(_LOOKED_AT)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End all queries, and the service."""
        self._server.should_exit = True
        self._state.pool.close()
        self._state.job_pool.close()
        self._thread.join(_MOST_WAIT)
        self._after.close()


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that has the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise UsageError(
            f"Nothing can listen at {host}, port {port} ({error.strerror}); choose "
            "another one with --port, or 0 for any that is free."
        ) from None
    except OverflowError:
        found.close()
        raise UsageError(f"{port} is no port; they go up to 65535.") from None
    return found
