"""What must hold of every page of any report."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from stellarwh import report

VOID = {"meta", "link", "br", "img", "hr", "input"}
SCRIPT = Path(report.__file__).with_name("static") / "report.js"
_SCRIPTS = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)


class Page(HTMLParser):
    """Collects what the tests ask of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.html = path.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.prose = ""  # without code
        self.title = ""
        self._open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title":
            self.title += data
        if not {"style", "svg", "script"} & set(self._open):
            self.text += data
            if not {"pre", "code"} & set(self._open):
                self.prose += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def pages(folder: Path) -> list[Page]:
    return [Page(path) for path in sorted(folder.glob("*.html"))]


def check_page(page: Page) -> None:
    """Assert that a page is whole, self-contained, linked and accessible."""
    assert page.unbalanced == []
    identifiers = [a["id"] for _, a in page.tags if "id" in a]
    assert len(identifiers) == len(set(identifiers))
    for attributes in page.of("a"):
        file, _, anchor = str(attributes["href"]).partition("#")
        target = page if not file else Page(page.path.parent / file)
        assert not anchor or f'id="{anchor}"' in target.html
    # One script, which is ours; all others are data that no text of which can end.
    scripts = _SCRIPTS.findall(page.html)
    ours = SCRIPT.read_text("utf-8").strip()
    assert [text.strip() for text in scripts].count(ours) == 1
    kinds = [attributes.get("type") for attributes in page.of("script")]
    assert kinds.count(None) == 1
    assert set(kinds) <= {None, "application/json"}
    assert len(kinds) == len(scripts)
    assert not [a for a in page.of("script") if "src" in a]
    for data in (text for text in scripts if text.strip() != ours):
        json.loads(data)
        assert not re.search("[<\u2028\u2029]", data)
    without = page.html.replace(ours, "")
    assert not re.search(r"https?:", without)
    assert not re.search(r"@import|url\((?!#)", without)
    for tag in ("img", "use", "image", "link"):
        for attributes in page.of(tag):
            source = attributes.get("src") or attributes.get("href") or ""
            assert source.startswith(("data:", "#"))
    for attributes in page.of("svg"):
        assert attributes["role"] == "img"
        assert len(attributes["aria-label"] or "") > 20
    # What scrolls can be reached by keyboard.
    assert all("tabindex" in a for a in page.of("div") if a.get("class") == "table")
    for attributes in page.of("img"):
        assert attributes["alt"]
    charts = [a for a in page.of("svg") if a.get("class") != "bars"]
    assert len(page.of("figure")) == len(page.of("figcaption")) == len(charts)
    assert page.of("html")[0]["lang"] == "en"
    assert len(page.of("h1")) == len(page.of("main")) == 1
    assert "&lt;svg" not in page.html
    # But for what is English: "None is APOGEE's".
    wrong = r"\bNone\b(?! is\b| while\b)|\bnan\b|&lt;built-in"
    assert not re.search(wrong, page.prose)
    assert page.path.stat().st_size <= 700_000
