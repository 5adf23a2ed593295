"""The site is built without a warning, whole, and asks nothing of the network."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")

_EXTERNAL = re.compile(r"(?:[a-z]+:)?//", re.I)
_IN_STYLE = re.compile(
    r"url\(\s*['\"]?((?:https?:)?//[^)'\"]+)|@import\s+['\"]//?", re.I
)


class Page(HTMLParser):
    """What a page fetches by itself, where it leads, and what may lead to it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.anchors |= {given[n] for n in ("id", "name") if n in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") not in ("canonical", "author"):
            self.fetched.append(given.get("href", ""))
        self.fetched += [given[n] for n in ("src", "poster") if n in given]


@pytest.fixture(scope="session")
def site(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q"),
            *("-b", "html", "docs", str(out)),
        ],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=300,
        # Jupyter would look for settings of the user's.
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(out / ".jupyter")},
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return out


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Page]:
    return {
        path: Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
        if "_static" not in path.parts  # a template of the theme
    }


def test_every_page_of_the_sources_is_there(site, repository):
    sources = [
        path
        for part in ("tutorials", "howto", "explanation", "contributors", "notebooks")
        for path in (repository / "docs" / part).glob("*.md")
    ]
    assert len(sources) > 10
    for path in [*sources, repository / "docs/index.md"]:
        built = site / path.relative_to(repository / "docs").with_suffix(".html")
        assert built.is_file(), path


def test_every_link_inside_leads_somewhere(site, pages):
    n = 0
    for path, page in pages.items():
        for link in page.links:
            if _EXTERNAL.match(link) or link.startswith(("mailto:", "javascript:")):
                continue
            file, anchor = urldefrag(link)
            target = (path.parent / unquote(file)).resolve() if file else path
            assert target.is_file(), f"{path.relative_to(site)}: {link}"
            if anchor and target.suffix == ".html":
                found = pages[target].anchors
                assert unquote(anchor) in found, f"{path.relative_to(site)}: {link}"
            n += 1
    assert n > 200


def fetched(path: Path, page: Page) -> Iterator[str]:
    yield from page.fetched
    yield from (match[0] for match in _IN_STYLE.finditer(path.read_text("utf-8")))


def test_no_page_fetches_from_elsewhere(site, pages):
    for path, page in pages.items():
        assert [x for x in fetched(path, page) if _EXTERNAL.match(x)] == [], path
        for name in page.fetched:
            file = (path.parent / unquote(name.partition("?")[0])).resolve()
            assert name.startswith(("data:", "#")) or file.is_file(), (path, name)
    for path in site.rglob("*.css"):
        assert _IN_STYLE.findall(path.read_text(encoding="utf-8")) == [], path


def test_the_search_knows_the_words_of_the_pages(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert '"healpix"' in index
    assert "explanation/one_scale" in index


def test_the_site_has_the_colours_of_the_report(site, repository):
    report = repository / "stellarwh/report/templates/report.css"
    site_css = (site / "_static/report_colours.css").read_text(encoding="utf-8")
    for name in ("page", "ink", "accent"):
        (light, *dark) = re.findall(rf"--{name}: (#\w+);", report.read_text("utf-8"))
        assert re.findall(rf"--{name}: (#\w+);", site_css)[: 1 + len(dark)][0] == light
        assert set(re.findall(rf"--{name}: (#\w+);", site_css)) >= {light, dark[0]}
