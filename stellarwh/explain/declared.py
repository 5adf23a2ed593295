"""The view of a catalogue whose columns were declared, as if it were one of its own.

``staging.own_catalogues`` is of all such catalogues, in names of ``main.measurements``:
what it says of a name is put together here with the column that was declared to be it.
"""

from typing import Any

import duckdb

from stellarwh.explain.asking import select
from stellarwh.quoting import quote_identifier, quote_text
from stellarwh.warehouse.declared import declarable, read_declared, select_of
from stellarwh.warehouse.keys.expressions import Node
from stellarwh.warehouse.keys.rules import parse

VIEW = "own_catalogues"
_ROWS, _DOUBLED = "own_rows", "doubled"
Layer = dict[str, Node]


def declared_view(
    connection: duckdb.DuckDBPyConnection,
    parser: duckdb.DuckDBPyConnection,
    survey: str,
    view: Node,
) -> Node | None:
    """Return a SELECT of one catalogue's columns; None if none were declared.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse.
    parser : duckdb.DuckDBPyConnection
        What parses.
    survey : str
        The catalogue.
    view : dict
        ``staging.own_catalogues``, parsed.
    """
    catalogue = read_declared(connection).get(survey)
    if catalogue is None:
        return None
    source = (
        f"raw.{quote_identifier(survey)} as {_ROWS}\n"
        f"left join staging.doubled_rows as {_DOUBLED} on {_DOUBLED}.survey = "
        f"{quote_text(survey)} and {_DOUBLED}.raw_row = {_ROWS}.rowid"
    )
    flat = parse(parser, select(["1"], source))
    of_file = parse(parser, select_of(catalogue))
    lacking = [
        f"null::{kind} as {quote_identifier(name)}"
        for name, kind in declarable().items()
    ]
    nulls = parse(parser, f"select {', '.join(lacking)}")
    assert flat is not None
    assert of_file is not None
    assert nulls is not None
    # From the view inwards, each in names of the next.
    layers = [
        _named(view["select_list"]),
        *(_named(one["select_list"]) for one in _within(view)),
        _named(nulls["select_list"]) | _qualified(_named(of_file["select_list"])),
    ]
    flat["select_list"] = [
        {**_inlined(layers[0][name], layers[1:]), "alias": name}
        for name in layers[0]
        if name == "source_id" or name in catalogue.columns
    ]
    return flat


def _within(view: Node) -> list[Node]:
    """Return the queries that a view names before it, the last first."""
    entries = (view.get("cte_map") or {}).get("map", ())
    queries = [
        one["value"].get("query_node") or one["value"]["query"]["node"]
        for one in entries
    ]
    return queries[::-1]


def _named(items: list[Node]) -> Layer:
    """Return what a SELECT makes under names: those it adds, and those it replaces."""
    found: Layer = {}
    for item in items:
        if item.get("class") == "STAR":
            for replaced in item["replace_list"]:
                found[replaced["key"].lower()] = replaced["value"]
        elif item.get("alias"):
            found[item["alias"].lower()] = item
        elif item.get("class") == "COLUMN_REF" and item["column_names"][-1] != "place":
            found[item["column_names"][-1].lower()] = item
    return found


def _qualified(layer: Layer) -> Layer:
    """Return expressions in columns of the file, said to be of its table."""

    def said(node: Any) -> Any:
        if isinstance(node, list):
            return [said(one) for one in node]
        if not isinstance(node, dict):
            return node
        if node.get("class") == "COLUMN_REF":
            return {**node, "column_names": [_ROWS, node["column_names"][-1]]}
        return {key: said(one) for key, one in node.items()}

    return {name: said(expression) for name, expression in layer.items()}


def _inlined(node: Any, layers: list[Layer]) -> Any:
    """Return an expression with names replaced by what the layers make them of."""
    if isinstance(node, list):
        return [_inlined(one, layers) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("class") != "COLUMN_REF" or not layers:
        return {key: _inlined(one, layers) for key, one in node.items()}
    name = node["column_names"][-1].lower()
    for depth, layer in enumerate(layers, 1):
        if name in layer:
            return {**_inlined(layer[name], layers[depth:]), "alias": ""}
    return {**node, "column_names": [_DOUBLED, name]}
