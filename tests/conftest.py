"""Fixtures that every test may use."""

import os
import shutil
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from stellarwh.cli.console import Terminal
from stellarwh.runtime import litter
from stellarwh.runtime.listening import listening
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse
from tests.report.browser import Browser, Tab

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _own_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what commands write into the user's configuration out of the real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("configuration")))
        # On a slow machine what is done in no time elsewhere would tell of itself.
        patch.setenv("STELLARWH_QUIET", "1")
        yield


@pytest.fixture(autouse=True)
def _own_litter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a command that a test ends from removing what shared fixtures have open."""
    monkeypatch.setattr(litter, "_own", {})


def pytest_configure(config: pytest.Config) -> None:
    """Bring what is selected of one folder together.

    A folder that pytest 9.1 comes to a second time has lost the fixtures of its
    conftest.py, as in ``pytest tests/sql/a.py tests/b.py tests/sql/c.py``.
    """
    first: dict[Path, int] = {}

    def place(argument: str) -> int:
        path = Path(argument.split("::")[0])
        folder = (path if path.is_dir() else path.parent).resolve()
        return first.setdefault(folder, len(first))

    config.args.sort(key=place)
    # LSDB compiles for longer than a test takes. It is said before anything imports
    # Numba: what is compiled in half fails.
    os.environ["NUMBA_DISABLE_JIT"] = "1"


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests of a module to one worker, which makes its fixtures once.

    Modules that share slow fixtures say so with a group of their own; whatever uses the
    slowest, the chain, is of one.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            module = item.nodeid.partition("::")[0]
            group = "chain" if "chain" in item.fixturenames else module
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """Begin each test with signals as a command finds them, whatever ran before.

    Who starts the tests in the background has interrupts ignored, and so may a test
    leave them.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def lsdb() -> ModuleType:
    """Return LSDB, or skip."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of its own imports
        return pytest.importorskip("lsdb")


@pytest.fixture
def on_terminal() -> Iterator[None]:
    """Let standard error show what the library says, as the command line does."""
    with listening(Terminal()):
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Return the folder of real catalogue files, or skip."""
    default = REPOSITORY.parent / "shared" / "realdata"
    folder = Path(os.environ.get("STELLARWH_REALDATA", default))
    if not folder.is_dir():
        pytest.skip("real catalogue files are absent (set STELLARWH_REALDATA)")
    return folder


@pytest.fixture
def warehouse_path(tmp_path: Path) -> Path:
    """Return a path where no warehouse is yet."""
    return tmp_path / "stellar.duckdb"


@pytest.fixture
def connection(warehouse_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection to a fresh warehouse, set up but not built."""
    with open_warehouse(warehouse_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def built_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty warehouse after ``build``; not to be written to."""
    path = tmp_path_factory.mktemp("built") / "stellar.duckdb"
    with open_warehouse(path) as connection:
        build_views(connection)
    return path


@pytest.fixture
def built_connection(
    built_path: Path, warehouse_path: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection to a copy of it; to build one anew takes seconds."""
    shutil.copy(built_path, warehouse_path)
    # As a build leaves it: with the macros of the file, and no others before them.
    with open_warehouse(warehouse_path, computes=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def duckdb_shell() -> str:
    """Return the released duckdb shell, or skip."""
    beside = Path(sys.executable).with_name("duckdb")
    shell = str(beside) if beside.exists() else shutil.which("duckdb")
    if not shell:
        pytest.skip("the duckdb shell is absent (pip install duckdb-cli)")
    return shell


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return a Chromium browser, or skip."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("no Chromium browser is installed (Debian package chromium)")


@pytest.fixture(scope="session")
def browser(
    chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Return a browser that all tests of a worker share."""
    opened = Browser(chromium, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """Return an empty tab."""
    opened = browser.tab()
    yield opened
    opened.close()
