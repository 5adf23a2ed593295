"""What the service says of itself: availability, capabilities and tables (VOSI)."""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from stellarwh.adql.tables import Column, Table, Tables
from stellarwh.catalogues.votable.write import xml_text
from stellarwh.serve.answers import error_response
from stellarwh.serve.plain import plain_type
from stellarwh.serve.problems import Problem
from stellarwh.serve.state import state_of
from stellarwh.serve.tap_schema import (
    Key,
    full_name,
    is_indexed,
    is_principal,
    keys_of,
    schemas_of,
    spelled,
)

__all__ = ["availability", "element", "one_table", "tables", "xml_response"]

_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_TABLES = (
    'xmlns:vtm="http://www.ivoa.net/xml/VOSITables/v1.0" '
    f'xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" {_XSI}'
)


def element(name: str, text: str) -> str:
    """Return an element of XML with a text, nothing where there is none."""
    return f"<{name}>{escape(xml_text(text))}</{name}>\n" if text else ""


def xml_response(text: str) -> Response:
    """Return a document of XML."""
    content = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    return Response(content, media_type="text/xml")


async def availability(request: Request) -> Response:
    """Tell that the service is up, and since when."""
    since = state_of(request).since
    return xml_response(
        '<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">'
        "\n<vosi:available>true</vosi:available>\n"
        f"<vosi:upSince>{since}</vosi:upSince>\n</vosi:availability>\n"
    )


async def tables(request: Request) -> Response:
    """Tell of all tables; with ``detail=min`` not of their columns.

    astroquery says ``only_tables=true``, and reads columns of ESA's services alone.
    """
    asked = {name.lower(): word for name, word in request.query_params.items()}
    is_least = "min" in asked.get("detail", "") or asked.get("only_tables") == "true"
    found = await _tables(request)
    inside = "".join(
        _schema(name, about, tables, None if is_least else keys_of(found))
        for name, (about, tables) in schemas_of(found).items()
    )
    return xml_response(f"<vtm:tableset {_TABLES}>\n{inside}</vtm:tableset>\n")


async def one_table(request: Request) -> Response:
    """Tell of one table."""
    found = await _tables(request)
    asked = request.path_params["name"]
    for table in found.tables:
        if asked.lower() == full_name(table).lower():
            text = _table(table, keys_of(found), f"vtm:table {_TABLES}", "vtm:table")
            return xml_response(text)
    return error_response(Problem(f"There is no table {asked[:200]}.", 404))


async def _tables(request: Request) -> Tables:
    openings = state_of(request).openings
    return (await run_in_threadpool(openings.current)).tables


def _schema(
    name: str, about: str, tables: Iterable[Table], keys: list[Key] | None
) -> str:
    inside = "".join(_table(table, keys, "table", "table") for table in tables)
    return (
        f"<schema>\n{element('name', name)}{element('description', about)}"
        f"{inside}</schema>\n"
    )


def _table(table: Table, keys: list[Key] | None, opening: str, closing: str) -> str:
    """Return the element of a table; without keys, nothing but its names."""
    name = full_name(table)
    text = f"{element('name', name)}{element('description', table.description)}"
    if keys is not None:
        text += "".join(_column(table, column) for column in table.columns)
        text += "".join(_key(key) for key in keys if key.from_table == name)
    return f"<{opening}>\n{text}</{closing}>\n"


def _column(table: Table, column: Column) -> str:
    plain = plain_type(column.type)
    size = f" arraysize={quoteattr(plain.arraysize)}" if plain.arraysize else ""
    xtype = column.xtype or plain.xtype
    extended = f" extendedType={quoteattr(xtype)}" if xtype else ""
    flags = [
        name
        for name, holds in (
            ("indexed", is_indexed(table, column)),
            ("principal", is_principal(table, column)),
        )
        if holds
    ]
    return (
        f"<column>\n{element('name', spelled(column.name))}"
        f"{element('description', column.description)}"
        f"{element('unit', column.unit)}{element('ucd', column.ucd)}"
        f'<dataType xsi:type="vs:VOTableType"{size}{extended}>'
        f"{plain.datatype}</dataType>\n"
        f"{''.join(element('flag', flag) for flag in flags)}</column>\n"
    )


def _key(key: Key) -> str:
    return (
        f"<foreignKey>\n{element('targetTable', key.target_table)}<fkColumn>\n"
        f"{element('fromColumn', key.from_column)}"
        f"{element('targetColumn', key.target_column)}</fkColumn>\n"
        f"{element('description', key.description)}</foreignKey>\n"
    )
