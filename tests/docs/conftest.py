"""The site and the demo that it runs on, made once."""

import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
# All tests of the site run in one process, which builds it.
GROUP = pytest.mark.xdist_group("site")


class Page(HTMLParser):
    """What a page fetches by itself, where it leads, and what may lead to it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.anchors |= {given[n] for n in ("id", "name") if n in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") not in ("canonical", "author"):
            self.fetched.append(given.get("href", ""))
        self.fetched += [given[n] for n in ("src", "poster") if n in given]

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Build pages by the settings of the site, as `make docs` does."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q"),
            *("-j", "auto", "-c", str(DOCS), "-b", "html", str(source), str(out)),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        # Jupyter would look for settings of the user's.
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(out / ".jupyter")},
        check=False,
    )


@pytest.fixture(scope="session")
def site(docs_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")
    out = tmp_path_factory.mktemp("site")
    built = build(DOCS, out)
    assert built.returncode == 0, built.stderr
    return out


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, Page]:
    """Return the pages by their places in the site."""
    return {
        str(path.relative_to(site)): Page(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts  # a template of the theme
    }


@pytest.fixture(scope="session")
def docs_demo(repository: Path) -> Path:
    """Return the small simulated warehouse that notebooks run on; not to be written."""
    sys.path.insert(0, str(repository / "docs"))
    try:
        from _pages import demo  # noqa: PLC0415 - beside the pages, in no package
    finally:
        sys.path.pop(0)
    return demo.warehouse(repository / "docs")


@pytest.fixture
def folder(docs_demo: Path, tmp_path: Path) -> Path:
    """Return a folder as after ``stellarwh demo``, with the demo's files as downloaded.

    The simulated files have the names of the published ones.
    """
    (tmp_path / "warehouse").mkdir()
    shutil.copy(docs_demo, tmp_path / "warehouse" / "stellar.duckdb")
    (tmp_path / "data" / "simulated").mkdir(parents=True)
    for file in (docs_demo.parent / "data").iterdir():
        (tmp_path / "data" / "simulated" / file.name).symlink_to(file)
        (tmp_path / "data" / file.name).symlink_to(file)
    # A catalogue of one's own, as the README calls it.
    (tmp_path / "my.fits").symlink_to(next(docs_demo.parent.glob("data/GALAH*.fits")))
    return tmp_path
