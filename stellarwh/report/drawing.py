"""Turn a matplotlib figure into an inline SVG that follows the page's colours."""

import io
import re
import warnings
from dataclasses import dataclass
from html import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stellarwh.report.names import slug
from stellarwh.report.palette import CSS_VARIABLES
from stellarwh.runtime.plain_text import printable, without_controls

HALF_WIDTH = 5.3
FULL_WIDTH = 10.6

# The only labels that are formulas.
_FORMULAS = ("(BP − RP)$_0$", "(J − Ks)$_0$", "M$_G$", "M$_{Ks}$")
_REFERENCE = re.compile(r'(?:url\(#|href="#)([^")]+)')
_IDENTIFIER = re.compile(r'\sid="([^"]+)"')
_PLACEHOLDER = re.compile("|".join(CSS_VARIABLES))
_FONT = re.compile(r"(font(?:-family)?: [^;\"]*?)'DejaVu Sans'[^;\"]*")


@dataclass(frozen=True)
class Drawing:
    """A chart ready for a page.

    Parameters
    ----------
    svg : str
        Inline SVG; the only colours left in it are CSS variables and images.
    alt : str
        What a reader who cannot see the chart should know.
    wide : bool
        Whether the chart needs the full width of the page.
    """

    svg: str
    alt: str
    wide: bool


def new_axes(
    *, width: float = HALF_WIDTH, height: float = 3.9, margins: str = "plain"
) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes; sizes in inches.

    `margins` is ``plain``, ``labels`` (room for long names on the left) or ``bar``
    (room for a colour bar on the right). Fixed margins keep neighbouring charts
    aligned and are much faster than a layout engine.
    """
    figure = Figure(figsize=(width, height))
    left = {"plain": 0.62, "bar": 0.62, "labels": 1.75}[margins]
    right = {"plain": 0.18, "bar": 0.95, "labels": 0.55}[margins]
    axes = figure.add_axes(
        (
            left / width,
            0.5 / height,
            (width - left - right) / width,
            (height - 0.5 - 0.3) / height,
        )
    )
    return figure, axes


def finish(figure: Figure, name: str, alt: str) -> Drawing:
    """Return the figure as a :class:`Drawing`.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn with the colours of :mod:`stellarwh.report.palette`.
    name : str
        Unique on its page; keeps the identifiers of two charts apart.
    alt : str
        Text alternative.
    """
    alt = printable(alt)
    buffer = io.StringIO()
    for label in (axis.label for a in figure.axes for axis in (a.xaxis, a.yaxis)):
        # In all other text a dollar sign is one: see the style. What a figure would
        # find of its text are ticks, too, made for nothing but that.
        label.set_parse_math(any(own in label.get_text() for own in _FORMULAS))
    with warnings.catch_warnings():
        # The browser draws the text, with fonts that have more signs than ours.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not")
        figure.savefig(
            buffer,
            format="svg",
            transparent=False,
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )
    svg = "\n".join(map(without_controls, buffer.getvalue().split("\n")))
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Its rule for line joins would reach all of the page: report.css has it instead.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    svg = svg.replace("xlink:href", "href")
    view_box = re.search(r'viewBox="[^"]+"', svg)
    if view_box is None:
        message = "matplotlib wrote an SVG without a viewBox"
        raise RuntimeError(message)
    # An inline SVG needs neither namespaces nor a size: the page gives the width.
    opening = f'<svg {view_box.group()} role="img" aria-label="{escape(alt)}">'
    svg = re.sub(r"<svg[^>]*>", lambda _: opening, svg, count=1)
    svg = _rename_identifiers(svg, _identifier(name))
    svg = _PLACEHOLDER.sub(lambda match: CSS_VARIABLES[match.group()], svg)
    svg = _FONT.sub(r"\1var(--font)", svg)
    return Drawing(
        svg=svg.strip(), alt=alt, wide=figure.get_figwidth() > HALF_WIDTH + 0.1
    )


def _identifier(name: str) -> str:
    """Return a name as an identifier; two names never have the same."""
    return "-".join(slug(part) for part in name.split("-", 1)).replace(".", "-")


def _rename_identifiers(svg: str, name: str) -> str:
    """Prefix the identifiers that are referred to and drop all others."""
    used = set(_REFERENCE.findall(svg))
    svg = _IDENTIFIER.sub(
        lambda match: (
            f' id="{name}-{match.group(1)}"' if match.group(1) in used else ""
        ),
        svg,
    )
    return _REFERENCE.sub(
        lambda match: match.group(0).replace(
            f"#{match.group(1)}", f"#{name}-{match.group(1)}"
        ),
        svg,
    )
