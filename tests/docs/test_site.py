"""The site is built without a warning, whole, and asks nothing of the network."""

import re
from urllib.parse import unquote, urldefrag

import pytest

from tests.docs.conftest import GROUP, build

pytestmark = GROUP
_EXTERNAL = re.compile(r"(?:[a-z]+:)?//", re.I)
_IN_STYLE = re.compile(
    r"url\(\s*['\"]?((?:https?:)?//[^)'\"]+)|@import\s+['\"]//?", re.I
)


def test_every_page_of_the_sources_is_there(pages, repository):
    docs = repository / "docs"
    sources = [docs / "index.md"] + [
        path
        for part in ("tutorials", "howto", "explanation", "contributors", "notebooks")
        for path in (docs / part).glob("*.md")
    ]
    assert len(sources) > 12
    for path in sources:
        assert str(path.relative_to(docs).with_suffix(".html")) in pages


def test_every_link_inside_leads_somewhere(site, pages):
    n = 0
    for name, page in pages.items():
        for link in set(page.links):
            if _EXTERNAL.match(link) or link.startswith(("mailto:", "javascript:")):
                continue
            file, anchor = urldefrag(link)
            target = (site / name).parent / unquote(file) if file else site / name
            assert target.is_file(), f"{name}: {link}"
            there = str(target.resolve().relative_to(site.resolve()))
            if anchor and there in pages:
                assert unquote(anchor) in pages[there].anchors, f"{name}: {link}"
            n += 1
    assert n > 1000


def test_no_page_fetches_from_elsewhere(site, pages):
    for name, page in pages.items():
        text = (site / name).read_text(encoding="utf-8")
        asked = [*page.fetched, *_IN_STYLE.findall(text)]
        assert [x for x in asked if _EXTERNAL.match(x)] == [], name
        for fetched in page.fetched:
            file = (site / name).parent / unquote(fetched.partition("?")[0])
            assert fetched.startswith(("data:", "#")) or file.is_file(), (name, fetched)
    for path in site.rglob("*.css"):
        assert _IN_STYLE.findall(path.read_text(encoding="utf-8")) == [], path


def test_the_search_knows_pages_and_entries(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert '"explanation/one_scale"' in index
    assert '"main.best_parameters"' in index
    assert '"stellarwh ingest-spectra"' in index


def test_the_site_has_the_colours_of_the_report(site, repository):
    """The report's file is asked apart from what the site takes of it."""
    report = repository / "stellarwh/report/templates/report.css"
    taken = (site / "_static/report_colours.css").read_text(encoding="utf-8")
    for name in ("page", "ink", "accent"):
        light, dark, *_ = re.findall(rf"--{name}: (#\w+);", report.read_text("utf-8"))
        assert light != dark
        assert {light, dark} <= set(re.findall(rf"--{name}: (#\w+);", taken))


def test_flow_charts_are_drawn_here(site):
    page = (site / "contributors/architecture.html").read_text(encoding="utf-8")
    assert "cli leads to api" in page
    assert "flowchart" not in page


_NOTEBOOK = """---
file_format: mystnb
kernelspec:
  name: python3
---
# A notebook

```{code-cell}
print(6 * 7, "is the answer")
```

```{code-cell}
1 / DIVISOR
```
"""


@pytest.mark.parametrize("divisor", [1, 0])
def test_a_notebook_runs_and_its_error_fails_the_build(tmp_path, site, divisor):
    """Without the site, which has its own tables and notebooks to wait for."""
    source = tmp_path / "source"
    source.mkdir()
    page = _NOTEBOOK.replace("DIVISOR", str(divisor))
    (source / "index.md").write_text(page, encoding="utf-8")
    built = build(source, tmp_path / "out")
    assert bool(built.returncode) == (divisor == 0), built.stderr
    assert ("ZeroDivisionError" in built.stderr) == (divisor == 0)
    assert "42 is the answer" in (tmp_path / "out/index.html").read_text("utf-8")
