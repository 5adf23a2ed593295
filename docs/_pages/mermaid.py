"""Pictures of pages in Mermaid, drawn as the report draws its lineage.

GitHub draws them by itself; here no script is fetched.
"""

import re
from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from stellarwh.report.pages.lineage import lay_out
from stellarwh.warehouse.reads import Made

_ARROW = re.compile(r"^\s*([\w.]+) --> ([\w.]+)\s*$")
_WIDTH, _HEIGHT = 150, 20  # of a box, as `lay_out` sets them


class Mermaid(SphinxDirective):
    """A flow chart of lines ``a --> b``."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the picture as SVG."""
        lines = [line for line in self.content if line.strip()]
        if not lines or not lines[0].startswith("flowchart"):
            raise self.error("Only a flowchart can be drawn.")
        arrows = [_ARROW.match(line) for line in lines[1:]]
        if not all(arrows):
            raise self.error("Only lines such as 'a --> b' can be drawn.")
        return [nodes.raw("", draw([a.groups() for a in arrows if a]), format="html")]


def draw(arrows: list[tuple[str, str]]) -> str:
    """Return boxes that stand right of what leads to them."""
    # The layout takes names with a schema.
    named = {name: name if "." in name else f"-.{name}" for a in arrows for name in a}
    made = {
        full: Made(
            name=full,
            kind="",
            sql="",
            description="",
            key=(),
            reads=tuple(sorted(named[a] for a, b in arrows if b == name)),
            is_ours=True,
        )
        for name, full in named.items()
    }
    boxes, curves, (width, height) = lay_out(made)
    told = ", ".join(f"{a} leads to {b}" for a, b in arrows)
    parts = [
        f'<div class="flow"><svg viewBox="-2 -2 {width + 4} {height + 4}" role="img" '
        f'width="{width + 4}" height="{height + 4}" aria-label="{escape(told)}">',
        *(f'<path d="{curve["d"]}"/>' for curve in curves),
    ]
    for box in boxes:
        parts.append(
            f'<rect x="{box.x}" y="{box.y}" rx="3" width="{_WIDTH}" '
            f'height="{_HEIGHT}"/>'
            f'<text x="{box.x + 8}" y="{box.y + 14}">{escape(box.label)}</text>'
        )
    return "".join([*parts, "</svg></div>"])
