"""The page of the lineage: what every object reads, who reads it, SQL and columns."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stellarwh.report.names import cut, slug
from stellarwh.report.pages.page import Page
from stellarwh.report.provenance import Provenance
from stellarwh.report.reader import Reader
from stellarwh.warehouse.reads import Made, read_objects

LINEAGE_FILE = "lineage.html"
# Names of columns of one object, and signs of its SQL, that a page has room for.
_MOST_COLUMNS = 200
_MOST_RAW_COLUMNS = 40  # their catalogue's page has all
_LONGEST_SQL = 20_000
# Of objects that are not ours a warehouse may hold any number.
_MOST_OTHERS = 40
_LONGEST_OTHER_SQL = 2_000
# Those that have a colour.
KNOWN_SCHEMAS = (
    *("raw", "meta", "staging", "matching", "scale", "main", "features", "ml"),
)
# In CSS pixels.
_WIDTH, _HEIGHT, _GAP, _LINE = 150, 20, 46, 25


@dataclass(frozen=True)
class Node:
    """An object in the graph.

    Parameters
    ----------
    anchor, label, schema : str
        Where it leads to, and what it says.
    x, y : int
        Upper left corner, in pixels.
    reads, read_by : tuple of str
        Anchors of all that it comes from and of all that comes from it, at once.
    """

    anchor: str
    label: str
    schema: str
    x: int
    y: int
    reads: tuple[str, ...]
    read_by: tuple[str, ...]


def lineage_page(reader: Reader, provenance: Provenance) -> Page:
    """Return the page of the lineage.

    Parameters
    ----------
    reader : Reader
        The warehouse.
    provenance : Provenance
        Of the whole warehouse.
    """
    made = read_objects(reader.connection)
    ours = [one for one in made.values() if one.is_ours]
    others = [one for one in made.values() if not one.is_ours]
    shown = [*ours, *others[:_MOST_OTHERS]]
    names = {one.name for one in shown}
    read_by = defaultdict(list)
    for one in shown:
        for source in one.reads:
            read_by[source].append(one.name)
    # Glossary and files say the same of a column wherever it stands.
    facts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    glossary: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in reader.rows("all_columns"):
        facts[row["object"]].append(row)
        if row["object"].startswith("raw.") or row["object"] not in names:
            continue
        told = (row["name"], row["unit"], row["ucd"], row["description"])
        if any(told[1:]):
            glossary.setdefault(told, row)
    objects = [
        {
            "name": one.name,
            "anchor": anchor_of(one.name),
            "kind": one.kind,
            "is_ours": one.is_ours,
            "description": one.description,
            "key": ", ".join(one.key),
            "sql": one.sql[: _longest(one)],
            "is_cut": len(one.sql) > _longest(one),
            "reads": [(n, anchor_of(n)) for n in one.reads if n in names],
            "read_by": [(n, anchor_of(n)) for n in read_by[one.name]],
            "columns": facts[one.name][: _most_columns(one)],
            "more_columns": max(0, len(facts[one.name]) - _most_columns(one)),
        }
        for one in sorted(shown, key=lambda one: one.name)
    ]
    nodes, edges, size = lay_out({one.name: one for one in shown})
    return Page(
        file=LINEAGE_FILE,
        title="Lineage",
        group="Warehouse",
        template="lineage",
        provenance=provenance,
        content={
            "objects": objects,
            "n_left_out": len(others[_MOST_OTHERS:]),
            "glossary": sorted(glossary.values(), key=lambda row: row["name"]),
            "nodes": nodes,
            "edges": edges,
            "size": size,
            "known": KNOWN_SCHEMAS,
        },
    )


def _longest(one: Made) -> int:
    return _LONGEST_SQL if one.is_ours else _LONGEST_OTHER_SQL


def _most_columns(one: Made) -> int:
    is_written = one.is_ours and not one.name.startswith("raw.")
    return _MOST_COLUMNS if is_written else _MOST_RAW_COLUMNS


def anchor_of(name: str) -> str:
    """Return the identifier of an object on the page."""
    return "object-" + "-".join(slug(part) for part in name.split(".", 1))


def layers(made: Mapping[str, Made]) -> dict[str, int]:
    """Return for each object how many steps it is from what reads nothing, at most."""
    found: dict[str, int] = {}

    def depth(name: str, above: frozenset[str]) -> int:
        if name not in found:
            sources = [s for s in made[name].reads if s in made and s not in above]
            below = above | {name}
            found[name] = max((depth(s, below) + 1 for s in sources), default=0)
        return found[name]

    for name in made:
        depth(name, frozenset())
    # What reads nothing stands left of who reads it first, files at the very left.
    first: dict[str, int] = {}
    for name, one in made.items():
        for source in one.reads:
            first[source] = min(first.get(source, found[name]), found[name])
    for name, one in made.items():
        if not one.reads and name in first and not name.startswith("raw."):
            found[name] = max(0, first[name] - 1)
    return found


def lay_out(
    made: Mapping[str, Made],
) -> tuple[list[Node], list[dict[str, Any]], tuple[int, int]]:
    """Return where the objects stand, by layer, the lines between them, and the size.

    Within its layer an object stands near the middle of what it reads, then of what
    reads it (barycentres, four sweeps).
    """
    layer = layers(made)
    columns: dict[int, list[str]] = defaultdict(list)
    for name in sorted(made):
        columns[layer[name]].append(name)
    reads = {n: [s for s in one.reads if s in made] for n, one in made.items()}
    read_by: dict[str, list[str]] = defaultdict(list)
    for name, sources in reads.items():
        for source in sources:
            read_by[source].append(name)
    place = {n: i - len(c) / 2 for c in columns.values() for i, n in enumerate(c)}
    for sweep in range(4):
        near = reads if sweep % 2 == 0 else read_by
        for at in sorted(columns, reverse=near is read_by):
            columns[at].sort(key=lambda n: (_middle(n, near, place), n))
            half = len(columns[at]) / 2
            place |= {n: i - half for i, n in enumerate(columns[at])}
    tallest = max((len(c) for c in columns.values()), default=0)
    width = len(columns) * (_WIDTH + _GAP) - _GAP
    height = tallest * _LINE
    corner = {
        n: (
            at * (_WIDTH + _GAP),
            round((place[n] + tallest / 2) * _LINE),
        )
        for at, c in columns.items()
        for n in c
    }
    nodes = [
        Node(
            anchor_of(n),
            cut(n.partition(".")[2], 40),
            n.partition(".")[0],
            *corner[n],
            tuple(anchor_of(s) for s in reads[n]),
            tuple(anchor_of(s) for s in read_by[n]),
        )
        # By tab one goes from what was read to what is learned.
        for n in sorted(made, key=lambda n: corner[n])
    ]
    edges = [
        {"from": anchor_of(s), "to": anchor_of(n), "d": _curve(corner[s], corner[n])}
        for n, sources in reads.items()
        for s in sources
    ]
    return nodes, edges, (max(width, 1), max(height, 1))


def _middle(
    name: str, near: Mapping[str, Sequence[str]], place: Mapping[str, float]
) -> float:
    found = [place[other] for other in near.get(name, ())]
    return sum(found) / len(found) if found else place[name]


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y = start[0] + _WIDTH, start[1] + _HEIGHT // 2
    to_x, to_y = end[0], end[1] + _HEIGHT // 2
    bend = math.ceil(max(20, (to_x - x) / 2))
    return f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"
