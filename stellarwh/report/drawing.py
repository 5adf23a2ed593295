"""Turn a matplotlib figure into an inline SVG that follows the page's colours."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks, in_words, pack
from stellarwh.report.names import slug
from stellarwh.report.svg import for_page
from stellarwh.runtime.plain_text import printable

HALF_WIDTH = 5.3
FULL_WIDTH = 10.6

# The only labels that are formulas.
_FORMULAS = ("(BP − RP)$_0$", "(J − Ks)$_0$", "M$_G$", "M$_{Ks}$")


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
    identifier : str
        Of the figure on its page.
    sql : str
        What gives its rows in the shell.
    packed : str
        Its rows and where they stand, see :func:`stellarwh.report.marks.pack`.
    zooms : bool
        Whether it can be looked at more closely.
    fits : bool
        Whether it is for a phone as it is, however small; else it is moved there.
    note : str
        What stands below its caption: how much of it is not seen.
    """

    svg: str
    alt: str
    wide: bool
    identifier: str = ""
    sql: str = ""
    packed: str = ""
    zooms: bool = False
    fits: bool = False
    note: str = ""


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


def finish(
    figure: Figure,
    name: str,
    alt: str,
    marks: Sequence[Marks] = (),
    *,
    note: str = "",
) -> Drawing:
    """Return the figure as a :class:`Drawing`.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn with the colours of :mod:`stellarwh.report.palette`.
    name : str
        Unique on its page; keeps the identifiers of two charts apart.
    alt : str
        Text alternative.
    marks : sequence of Marks
        Which rows are drawn where.
    note : str
        What is not seen of it.
    """
    alt = printable(in_words(alt))
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
    identifier = _identifier(name)
    return Drawing(
        svg=for_page(buffer.getvalue(), identifier, alt),
        alt=alt,
        wide=figure.get_figwidth() > HALF_WIDTH + 0.1,
        identifier=f"figure-{identifier}",
        sql="\n".join(dict.fromkeys(own.data.sql for own in marks if own.data.sql)),
        packed=pack(figure, marks) if marks else "",
        zooms=any(own.zooms for own in marks),
        note=note,
    )


def _identifier(name: str) -> str:
    """Return a name as an identifier; two names never have the same."""
    return "-".join(slug(part) for part in name.split("-", 1)).replace(".", "-")
