"""The page at ``/``: a query box, examples, tables, and a result with a diagram."""

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stellarwh import __version__
from stellarwh.serve.examples import EXAMPLES
from stellarwh.serve.formats import FORMATS
from stellarwh.serve.simulated import Simulated, told_of
from stellarwh.serve.state import base_of, state_of

__all__ = ["ROUTES"]

_STATIC = files("stellarwh") / "serve" / "static"
_TYPES = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_WORDS = {
    Simulated.ALL: "SIMULATED DATA.",
    Simulated.SOME: "PARTLY SIMULATED DATA.",
}


async def _page(request: Request) -> Response:
    state = state_of(request)
    opening = await run_in_threadpool(state.openings.current)
    banner = ""
    if told := told_of(opening.simulated):
        banner = (
            '<div class="banner" role="note"><div class="wrap">'
            f"<strong>{_WORDS[opening.simulated]}</strong> {escape(told)}</div></div>"
        )
    note = ""
    if opening.stale:
        note = f"The last build is of other data: {'; '.join(opening.stale)}."
    text = Template(_read("index.html")).substitute(
        title=escape(f"{state.openings.path.stem} – stellarwh"),
        banner=banner,
        base=escape(base_of(request)),
        options="".join(
            f'<option data-query="{escape(known.query)}">{escape(known.title)}</option>'
            for known in EXAMPLES
        ),
        formats="".join(f"<option>{escape(known.name)}</option>" for known in FORMATS),
        rows=state.limits.rows,
        rows_shown=f"{state.limits.rows:,}",
        version=escape(__version__),
        note=escape(note),
    )
    return Response(text, media_type="text/html")


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name == "report.css":
        return Response(_report_css(), media_type="text/css")
    if name not in _TYPES:
        return Response("There is no such page.\n", 404, media_type="text/plain")
    return Response(_read(name), media_type=_TYPES[name])


@cache
def _read(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


@cache
def _report_css() -> str:
    """Return the style sheet of the report, whose look the page has."""
    report = files("stellarwh") / "report" / "templates" / "report.css"
    return report.read_text(encoding="utf-8")


async def _to_page(_: Request) -> Response:
    """Send on who opens the address for programs in a browser."""
    return RedirectResponse("/", 303)


ROUTES = [
    Route("/", _page),
    Route("/tap", _to_page, methods=["GET"]),
    Route("/page/{name}", _static),
]
