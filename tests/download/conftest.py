"""A file on a loopback server, and a client without patience."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from stellarwh.download import Download, Listener, Patience, download_file
from tests.download.site import Site, serve

CONTENT = b"SIMPLE  =                    T" + np.random.default_rng(5).bytes(300_000)


@pytest.fixture
def site(monkeypatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    with serve(CONTENT) as served:
        yield served


@pytest.fixture
def waits() -> list[float]:
    """Return the seconds the client would have waited, in order."""
    return []


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def fetch(site, tmp_path, waits, told) -> Callable[..., Download]:
    """Return a function that downloads the site's file."""

    def run(
        attempts: int = 4,
        timeout: float = 5.0,
        folder: Path = tmp_path,
        **known: object,
    ) -> Download:
        return download_file(
            site.file(**known),
            folder,
            patience=Patience(attempts, timeout, 300.0, waits.append),
            listener=Listener(tell=told.append),
        )

    return run
