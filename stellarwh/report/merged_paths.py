"""Lines that look alike as one path, ticks included: an SVG in half the room."""

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"<[^>]*>|[^<]+")
_LINE = re.compile(r'<path d="([^"]*)"((?: (?:clip-path|class)="[^"]*")*)/>')
_USE = re.compile(r'<use href="#([^"]+)" x="([^"]+)" y="([^"]+)" class="([^"]+)"/>')
_SHAPE = re.compile(r'<path id="([^"]+)" d="([^"]*)"[^>]*/>')
_STRAIGHT = re.compile(r"M(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+)")
_CLASS = re.compile(r'class="([^"]+)"')
_AXIS = "<g data-axis>"


def merged(svg: str, rules: Mapping[str, str]) -> str:
    """Return an SVG in which lines of one look are one path.

    Parameters
    ----------
    svg : str
        With classes for styles.
    rules : mapping of str to str
        What each class says. Only open lines without opacity are put together: of
        these it makes no difference where one crosses another.
    """
    svg = _with_shared_class(_neighbours(_axes(svg, rules), rules), rules)
    used = set(re.findall(r'href="#([^"]+)"', svg))
    svg = _SHAPE.sub(lambda m: m.group() if m.group(1) in used else "", svg)
    return svg.replace("<defs></defs>", "")


def _is_line(rest: str, rules: Mapping[str, str]) -> bool:
    named = _CLASS.search(rest)
    says = rules.get(named.group(1), "") if named else ""
    return "fill:none" in says and "opacity" not in says


def _axes(svg: str, rules: Mapping[str, str]) -> str:
    """Put together the grid of an axis, and its ticks; its words come after them."""
    shapes = dict(_SHAPE.findall(svg))
    parts = svg.split(_AXIS)
    return parts[0] + "".join(
        _AXIS + _axis(inner, shapes, rules) for inner in parts[1:]
    )


def _axis(svg: str, shapes: Mapping[str, str], rules: Mapping[str, str]) -> str:
    lines: dict[str, list[str]] = {}
    kept: list[str] = []
    tokens = _TOKEN.findall(svg)
    depth, end = 1, 0
    for end, token in enumerate(tokens):
        opens = token.startswith("<g") and not token.endswith("/>")
        depth += opens - (token == "</g>")
        if depth == 0:
            break
        line, use = _LINE.fullmatch(token), _USE.fullmatch(token)
        if line and _is_line(line.group(2), rules):
            lines.setdefault(line.group(2), []).append(line.group(1))
            continue
        tick = _STRAIGHT.fullmatch(shapes.get(use.group(1), "")) if use else None
        if use and tick:
            x, y = float(use.group(2)), float(use.group(3))
            x0, y0, x1, y1 = map(float, tick.groups())
            ends = (x + x0, y + y0, x + x1, y + y1)
            rest = f' class="{use.group(4)}"'
            lines.setdefault(rest, []).append(
                "M" + " ".join(f"{round(end, 2):g}" for end in ends)
            )
            continue
        kept.append(token)
    paths = (f'<path d="{"".join(own)}"{rest}/>' for rest, own in lines.items())
    return "".join([*paths, *kept, *tokens[end:]])


def _neighbours(svg: str, rules: Mapping[str, str]) -> str:
    """Put together lines that follow one another."""
    told: list[str] = []
    rest, open_lines = "", list[str]()

    def close() -> None:
        if open_lines:
            told.append(f'<path d="{"".join(open_lines)}"{rest}/>')
            open_lines.clear()

    for token in _TOKEN.findall(svg):
        line = _LINE.fullmatch(token)
        if line and _is_line(line.group(2), rules):
            if line.group(2) != rest:
                close()
            rest = line.group(2)
            open_lines.append(line.group(1))
            continue
        close()
        told.append(token)
    close()
    return "".join(told)


def _with_shared_class(svg: str, rules: Mapping[str, str]) -> str:
    """Let marks of one look have it from their group."""

    def shared(match: re.Match[str]) -> str:
        uses = match.group(2)
        classes = set(_CLASS.findall(uses))
        (own, *others) = classes
        # Opacity is not handed down.
        if others or "opacity" in rules.get(own, ""):
            return match.group()
        bare = uses.replace(f' class="{own}"', "")
        return f'<g{match.group(1)} class="{own}">{bare}</g>'

    return re.sub(r'<g((?: clip-path="[^"]*")?)>((?:<use [^>]*/>)+)</g>', shared, svg)
