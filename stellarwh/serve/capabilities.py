"""``/tap/capabilities``: what the service can do, as TAPRegExt 1.0 has it."""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from starlette.requests import Request
from starlette.responses import Response

from stellarwh import __version__
from stellarwh.adql.functions import FEATURES, FUNCTIONS, UDF_URI
from stellarwh.serve.formats import FORMATS, Format
from stellarwh.serve.limits import Limits
from stellarwh.serve.state import base_of, state_of
from stellarwh.serve.vosi import element, xml_response

__all__ = ["capabilities"]

_NAMESPACES = (
    'xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" '
    'xmlns:vr="http://www.ivoa.net/xml/VOResource/v1.0" '
    'xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" '
    'xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_STD = "ivo://ivoa.net/std"
_EXT = f"{_STD}/TAPRegExt"
# Of ADQL 2.1, but STILTS 3.4 takes it for an error.
_UNKNOWN_TO_CLIENTS = f"{_EXT}#features-adql-conditional"
_VOSI = {
    f"{_STD}/VOSI#capabilities": "capabilities",
    f"{_STD}/VOSI#availability": "availability",
    f"{_STD}/VOSI#tables-1.1": "tables",
    f"{_STD}/DALI#examples": "examples",
}


async def capabilities(request: Request) -> Response:
    """Tell what the service can do."""
    base = base_of(request)
    inside = "".join(
        _capability(standard, _interface(f"{base}/tap/{path}", "full"))
        for standard, path in _VOSI.items()
    )
    tap = _interface(f"{base}/tap", "base", 'role="std" version="1.1"')
    inside += _capability(
        f"{_STD}/TAP", tap + _tap(state_of(request).limits), 'xsi:type="tr:TableAccess"'
    )
    inside += _capability(
        f"{_STD}/ConeSearch",
        _interface(f"{base}/scs?", "base"),
    )
    return xml_response(
        f"<vosi:capabilities {_NAMESPACES}>\n{inside}</vosi:capabilities>\n"
    )


def _capability(standard: str, inside: str, kind: str = "") -> str:
    known = f"standardID={quoteattr(standard)}" + (f" {kind}" if kind else "")
    return f"<capability {known}>\n{inside}</capability>\n"


def _interface(address: str, use: str, more: str = 'role="std"') -> str:
    return (
        f'<interface xsi:type="vs:ParamHTTP" {more}>\n'
        f'<accessURL use="{use}">{escape(address)}</accessURL>\n</interface>\n'
    )


def _tap(limits: Limits) -> str:
    return "".join(
        [
            _language(),
            *map(_format, FORMATS),
            # The standard demands it: here, addresses of results of jobs.
            f'<uploadMethod ivo-id="{_EXT}#upload-http"/>\n',
            f'<uploadMethod ivo-id="{_EXT}#upload-inline"/>\n',
            _limit("retentionPeriod", limits.kept_seconds, limits.kept_seconds),
            _limit("executionDuration", limits.job_seconds, limits.job_seconds),
            _limit("outputLimit", limits.rows, limits.rows, ' unit="row"'),
            _limit(
                "uploadLimit", limits.upload_bytes, limits.upload_bytes, ' unit="byte"'
            ),
        ]
    )


def _limit(name: str, default: float, hard: float, unit: str = "") -> str:
    return (
        f"<{name}>\n<default{unit}>{default:.0f}</default>\n"
        f"<hard{unit}>{hard:.0f}</hard>\n</{name}>\n"
    )


def _format(known: Format) -> str:
    marked = f' ivo-id="{known.id}"' if known.id else ""
    names = "".join(
        element("alias", alias)
        for alias in (known.name, *known.aliases)
        if "/" not in alias or known.name == alias
    )
    return (
        f"<outputFormat{marked}>\n{element('mime', known.media_type)}{names}"
        "</outputFormat>\n"
    )


def _language() -> str:
    return (
        "<language>\n<name>ADQL</name>\n"
        f'<version ivo-id="{_STD}/ADQL#v2.0">2.0</version>\n'
        f'<version ivo-id="{_STD}/ADQL#v2.1">2.1</version>\n'
        f"{element('description', f'ADQL 2.1, by stellarwh {__version__}.')}"
        f"{''.join(_features(kind, forms) for kind, forms in _forms().items())}"
        "</language>\n"
    )


def _forms() -> dict[str, dict[str, str]]:
    """Return what each kind of feature has, and what it is."""
    found: dict[str, dict[str, str]] = {}
    for function in FUNCTIONS.values():
        if function.feature == UDF_URI:
            forms = dict.fromkeys(function.signatures, function.description)
            found.setdefault(UDF_URI, {}).update(forms)
        elif function.feature:
            kind = found.setdefault(function.feature, {})
            kind[function.name] = function.description
    for feature, words in FEATURES.items():
        if feature == _UNKNOWN_TO_CLIENTS:
            continue
        for word in words:
            found.setdefault(feature, {}).setdefault(word, "")
    return found


def _features(kind: str, forms: Mapping[str, str]) -> str:
    inside = "".join(
        f"<feature>\n{element('form', form)}{element('description', text)}</feature>\n"
        for form, text in forms.items()
    )
    return f"<languageFeatures type={quoteattr(kind)}>\n{inside}</languageFeatures>\n"
