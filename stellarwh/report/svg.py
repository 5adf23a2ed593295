"""SVG as matplotlib writes it, made small and fit to stand in a page."""

import hashlib
import re
from html import escape

from stellarwh.report.indexed_png import with_palettes
from stellarwh.report.merged_paths import merged
from stellarwh.report.palette import CSS_VARIABLES
from stellarwh.runtime.plain_text import without_controls

_REFERENCE = re.compile(r'(?:url\(#|href="#)([^")]+)')
_IDENTIFIER = re.compile(r'\sid="([^"]+)"')
_PLACEHOLDER = re.compile("|".join(CSS_VARIABLES))
_FONT = re.compile(r"(font(?:-family)?: [^;\"]*?)'DejaVu Sans'[^;\"]*")
_TOKEN = re.compile(r"<[^>]*>|[^<]+")
_PATH = re.compile(r'(\sd)="([^"]*)"')
_PLACE = re.compile(r'(\s(?:x|y|width|height))="(-?[0-9.]+)"')
_STYLE = re.compile(r'(\sstyle)="([^"]*)"')
_TRANSFORM = re.compile(r'\stransform="([^"]*)"')
_SHAPE = re.compile(r'<(?:path|circle) id="([^"]+)"([^>]*)/>')
_USED = re.compile(r'href="#([^"]+)"')
_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e[-+]?\d+)?")
_NOT_TURNED = re.compile(r"rotate\(-?0(?: [^)]*)?\)\s*")
# Whose text is shown; white space between all others is not.
_TEXTS = ("text", "tspan", "title")


def for_page(svg: str, name: str, alt: str) -> str:
    """Return an SVG of matplotlib's as a page takes it.

    Colours are variables of the page, identifiers are those that something refers to
    and are of `name` alone, places are those to a tenth of a point, pictures have a
    palette, and lines that look alike are one path.

    Parameters
    ----------
    svg : str
        As matplotlib saved it.
    name : str
        Unique on its page: gives all identifiers.
    alt : str
        Text alternative.
    """
    svg = "\n".join(map(without_controls, svg.split("\n")))
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
    svg = _PLACEHOLDER.sub(lambda match: CSS_VARIABLES[match.group()], svg)
    svg = with_palettes(_FONT.sub(r"\1var(--font)", svg))
    svg, styles = _with_classes(_once(_smaller(_rename_identifiers(svg, name))))
    # An inline SVG needs neither namespaces nor a size: the page gives the width.
    opening = f'<svg {view_box.group()} role="img" aria-label="{escape(alt)}">'
    return re.sub(r"<svg[^>]*>", lambda _: opening + styles, svg, count=1)


def _rename_identifiers(svg: str, name: str) -> str:
    """Give those that are referred to identifiers of this drawing; drop all others.

    Axes keep theirs as data: the script of the page finds them by it.
    """
    # Numbered as they come, after a part of the name's hash: they are many.
    short = "g" + hashlib.sha256(name.encode()).hexdigest()[:8]
    numbers: dict[str, str] = {}
    for own in _REFERENCE.findall(svg):
        numbers.setdefault(own, f"{short}-{len(numbers)}")

    def renamed(match: re.Match[str]) -> str:
        own = match.group(1)
        if own in numbers:
            return f' id="{numbers[own]}"'
        if own.startswith("matplotlib.axis_"):
            return " data-axis"
        axes = re.fullmatch(r"axes_(\d+)", own)
        return f' data-axes="{axes.group(1)}"' if axes else ""

    svg = _IDENTIFIER.sub(renamed, svg)
    return _REFERENCE.sub(
        lambda match: match.group(0).replace(
            f"#{match.group(1)}", f"#{numbers[match.group(1)]}"
        ),
        svg,
    )


def _smaller(svg: str) -> str:
    """Drop white space, groups that group nothing, and digits that nobody sees."""
    kept: list[str] = []
    bare: list[bool] = []  # of the groups that are open: whether they were dropped
    in_text = 0
    for token in _TOKEN.findall(svg):
        if not token.startswith("<"):
            if in_text or token.strip():
                kept.append(token)
            continue
        if token == "<g>":
            bare.append(True)
            continue
        if token == "</g>":
            if not bare.pop():
                kept.append(token)
            continue
        if token.startswith("<g ") and not token.endswith("/>"):
            bare.append(False)
        word = re.match(r"</?([\w:]+)", token)
        if word and word.group(1) in _TEXTS and not token.endswith("/>"):
            in_text += -1 if token.startswith("</") else 1
        kept.append(_shorter(token))
    return "".join(kept)


def _once(svg: str) -> str:
    """Define each shape once: matplotlib defines one for every mark of a scatter."""
    first: dict[str, str] = {}
    same: dict[str, str] = {}

    def defined(match: re.Match[str]) -> str:
        own, shape = match.group(1), match.group(2)
        same[own] = first.setdefault(shape, own)
        return match.group() if same[own] == own else ""

    svg = _SHAPE.sub(defined, svg).replace("<defs></defs>", "")
    return _USED.sub(lambda m: f'href="#{same.get(m.group(1), m.group(1))}"', svg)


def _with_classes(svg: str) -> tuple[str, str]:
    """Return an SVG whose styles are classes, and the rules of these.

    A rule in a drawing holds for all of the page: a class is called after what it says,
    so that the same one says the same in all drawings.
    """
    rules: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        said = match.group(2)
        digest = hashlib.sha256(said.encode()).hexdigest()[:8]
        rules[f"s{digest}"] = said
        return f' class="s{digest}"'

    parts = (
        _STYLE.sub(named, token) if token.startswith("<") else token
        for token in _TOKEN.findall(svg)
    )
    svg = merged("".join(parts), rules)
    rules = {name: said for name, said in rules.items() if f'"{name}"' in svg}
    told = "".join(f".{name}{{{said}}}" for name, said in sorted(rules.items()))
    return svg, f"<style>{told}</style>" if told else ""


def _circle(tag: str) -> str:
    """Return a path of eight curves, as matplotlib draws a circle, as a circle."""
    path = _PATH.search(tag)
    if not path or path.group(2).count("C") != 8:
        return tag
    numbers = [float(n) for n in re.findall(r"-?[0-9.]+(?:e[-+]?\d+)?", path.group(2))]
    if len(numbers) != 50 or re.search("[LQ]", path.group(2)):
        return tag
    (left, *_, right), (top, *_, low) = sorted(numbers[::2]), sorted(numbers[1::2])
    if abs((right - left) - (low - top)) > 0.02:
        return tag
    x, y, r = (
        _rounded(str(n))
        for n in ((left + right) / 2, (top + low) / 2, (right - left) / 2)
    )
    circle = _PATH.sub(f' cx="{x}" cy="{y}" r="{r}"', tag, count=1)
    return circle.replace("<path", "<circle", 1)


def _shorter(tag: str) -> str:
    tag = _circle(tag)
    # Shapes are small, and drawn many times over.
    digits = 2 if ' id="' in tag else 1
    tag = _PATH.sub(lambda m: f'{m.group(1)}="{_path(m.group(2), digits)}"', tag)
    tag = _PLACE.sub(lambda m: f'{m.group(1)}="{_rounded(m.group(2), 1)}"', tag)
    tag = _STYLE.sub(lambda m: m.group().replace(": ", ":").replace("; ", ";"), tag)
    return _TRANSFORM.sub(_transform, tag)


def _transform(match: re.Match[str]) -> str:
    moved = _NOT_TURNED.sub("", match.group(1)).strip()
    moved = _NUMBER.sub(lambda m: _rounded(m.group(), 4), moved)
    return f' transform="{moved}"' if moved else ""


def _path(path: str, digits: int) -> str:
    """Return a path with its numbers rounded; a line after a line needs no letter."""
    words, letter = [], ""
    for word in path.split():
        if word.isalpha():
            if word == "L" and letter in ("L", "M"):
                letter = "L"
                continue
            letter = word
            words.append(word)
        else:
            words.append(_rounded(word, digits))
    return re.sub(r" ?([A-Za-z]) ?", r"\1", " ".join(words))


def _rounded(number: str, digits: int = 2) -> str:
    text = f"{float(number):.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
