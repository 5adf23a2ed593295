"""``/tap/async``: jobs, as the Universal Worker Service pattern (UWS 1.1) has them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from stellarwh.catalogues.votable.write import xml_text
from stellarwh.serve.jobs import Job, Phase
from stellarwh.serve.parameters import Parameters, read_parameters
from stellarwh.serve.problems import Problem
from stellarwh.serve.state import base_of, state_of
from stellarwh.serve.uploads import save, wanted
from stellarwh.serve.vosi import element, xml_response
from stellarwh.serve.votable import error_document

__all__ = ["ROUTES", "result_at"]

_NAMESPACES = (
    'xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_VERSION = f'version="1.1" {_NAMESPACES}'
_MOST_WAIT = 600
_OF_JOBS = {"PHASE", "UPLOAD", "ACTION", "EXECUTIONDURATION", "DESTRUCTION", "WAIT"}


async def _list(request: Request) -> Response:
    state = state_of(request)
    parameters = await read_parameters(request)
    phases = {phase.upper() for phase in parameters.texts.get("PHASE", [])}
    after = _time(parameters.get("AFTER"), "AFTER")
    last = parameters.whole("LAST")
    # Where others reach the service, a job is its owner's who knows its number.
    jobs = state.jobs.all if state.lists_jobs else []
    found = [
        job
        for job in jobs
        if (not phases or job.phase in phases)
        and (after is None or job.created > after)
    ]
    found = found[:last] if last is not None else found[::-1]
    inside = "".join(
        f"<uws:jobref id={quoteattr(job.id)} "
        f"xlink:href={quoteattr(_address(request, job))}>\n"
        f"{element('uws:phase', job.phase)}{_run_id(job)}"
        '<uws:ownerId xsi:nil="true"/>\n'
        f"{element('uws:creationTime', _shown(job.created))}</uws:jobref>\n"
        for job in found
    )
    return xml_response(f"<uws:jobs {_VERSION}>\n{inside}</uws:jobs>\n")


async def _create(request: Request) -> Response:
    state = state_of(request)
    parameters = await read_parameters(request)
    action = _phase_asked(parameters)
    uploads = wanted(parameters.texts.get("UPLOAD", []))
    job = state.jobs.create(_kept(parameters))
    try:
        _settings(request, job, parameters)
        job.uploads = await run_in_threadpool(
            save, uploads, parameters.uploads, job.folder, result_at(request)
        )
        if action == "RUN":
            state.jobs.run(job)
    except BaseException:
        state.jobs.delete(job)
        raise
    return _to(_address(request, job))


def _kept(parameters: Parameters) -> dict[str, list[str]]:
    return {k: v for k, v in parameters.texts.items() if k not in _OF_JOBS}


def _settings(request: Request, job: Job, parameters: Parameters) -> None:
    """Take how long a job may run and be kept, where that is said."""
    jobs = state_of(request).jobs
    seconds = parameters.whole("EXECUTIONDURATION")
    if seconds is not None:
        jobs.give(job, seconds)
    at = _time(parameters.get("DESTRUCTION"), "DESTRUCTION")
    if at is not None:
        jobs.keep_until(job, at)


def _phase_asked(parameters: Parameters) -> str:
    asked = parameters.get("PHASE").upper()
    if asked not in ("", "RUN", "ABORT"):
        raise Problem(f"PHASE={asked[:80]} is not known; known are: RUN, ABORT.")
    return asked


async def _show(request: Request) -> Response:
    job = _job(request)
    await _wait(request, job)
    return xml_response(_job_xml(request, job))


async def _wait(request: Request, job: Job) -> None:
    """Wait as long as a client asks for another phase."""
    parameters = await read_parameters(request)
    text = parameters.get("WAIT")
    if not text:
        return
    if text.startswith("-"):  # as long as may be
        seconds = float(_MOST_WAIT)
    else:
        seconds = float(parameters.whole("WAIT") or 0)
    phase = parameters.get("PHASE").upper()
    await state_of(request).jobs.settled(job, min(seconds, _MOST_WAIT), phase)


async def _change(request: Request) -> Response:
    job = _job(request)
    parameters = await read_parameters(request)
    if parameters.get("ACTION").upper() == "DELETE":
        return await _delete(request)
    if parameters.get("ACTION"):
        raise Problem("ACTION is DELETE, or left out.")
    return await _update(request, job, parameters)


async def _delete(request: Request) -> Response:
    state_of(request).jobs.delete(_job(request))
    return _to(f"{base_of(request)}/tap/async")


async def _phase(request: Request) -> Response:
    job = _job(request)
    if request.method == "POST":
        return await _update(request, job, await read_parameters(request))
    await _wait(request, job)
    return PlainTextResponse(job.phase)


async def _post_setting(request: Request) -> Response:
    job = _job(request)
    return await _update(request, job, await read_parameters(request))


async def _update(request: Request, job: Job, parameters: Parameters) -> Response:
    jobs = state_of(request).jobs
    asked = _phase_asked(parameters)
    _settings(request, job, parameters)
    if asked == "RUN":
        jobs.run(job)
    elif asked == "ABORT":
        jobs.abort(job)
    return _to(_address(request, job))


async def _setting(request: Request) -> Response:
    job = _job(request)
    shown = {
        "executionduration": f"{job.seconds:.0f}",
        "destruction": _shown(job.destruction),
        "quote": "",
        "owner": "",
    }
    asked = request.path_params["setting"]
    if asked not in shown:
        raise Problem(f"A job has no {asked[:80]}.", 404)
    return PlainTextResponse(shown[asked])


async def _parameters(request: Request) -> Response:
    job = _job(request)
    if request.method == "POST":
        parameters = await read_parameters(request)
        if job.phase is not Phase.PENDING:
            raise Problem(f"The job is {job.phase}: its parameters stay.", 403)
        uploads = wanted(parameters.texts.get("UPLOAD", []))
        if uploads:
            job.uploads = await run_in_threadpool(
                save, uploads, parameters.uploads, job.folder, result_at(request)
            )
        job.texts.update(_kept(parameters))
        return _to(_address(request, job))
    return xml_response(_parameters_xml(job, f" {_NAMESPACES}"))


async def _results(request: Request) -> Response:
    return xml_response(_results_xml(request, _job(request), f" {_NAMESPACES}"))


async def _result(request: Request) -> Response:
    job = _job(request)
    if job.phase is not Phase.COMPLETED:
        raise Problem(f"The job is {job.phase}: it has no result.", 404)
    return FileResponse(job.result, media_type=job.media_type)


async def _error(request: Request) -> Response:
    job = _job(request)
    if job.error is None:
        raise Problem("The job has no error.", 404)
    return Response(
        error_document(str(job.error)), media_type="application/x-votable+xml"
    )


def _job(request: Request) -> Job:
    return state_of(request).jobs.find(request.path_params["job"])


def _address(request: Request, job: Job) -> str:
    return f"{base_of(request)}/tap/async/{quote(job.id)}"


def result_at(request: Request) -> Callable[[str], Path | None]:
    """Return what tells the file of the result of a job from its address."""
    start, end = f"{base_of(request)}/tap/async/", "/results/result"
    jobs = state_of(request).jobs

    def found(address: str) -> Path | None:
        if not (address.startswith(start) and address.endswith(end)):
            return None
        job = jobs.find(address.removeprefix(start).removesuffix(end))
        return job.result if job.phase is Phase.COMPLETED else None

    return found


def _to(address: str) -> Response:
    return RedirectResponse(address, 303)


def _time(text: str, name: str) -> datetime | None:
    """Return a time that a client wrote, in UTC unless it says otherwise."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(f"{name}={text[:80]} is no time in ISO 8601.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _shown(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _run_id(job: Job) -> str:
    return element("uws:runId", "".join(job.texts.get("RUNID", [])[-1:]))


def _job_xml(request: Request, job: Job) -> str:
    def nullable(name: str, at: datetime | None) -> str:
        return element(name, _shown(at)) if at else f'<{name} xsi:nil="true"/>\n'

    error = ""
    if job.error is not None:
        error = (
            '<uws:errorSummary type="fatal" hasDetail="true">\n'
            f"{element('uws:message', str(job.error))}</uws:errorSummary>\n"
        )
    return (
        f"<uws:job {_VERSION}>\n{element('uws:jobId', job.id)}{_run_id(job)}"
        f'<uws:ownerId xsi:nil="true"/>\n{element("uws:phase", job.phase)}'
        '<uws:quote xsi:nil="true"/>\n'
        f"{element('uws:creationTime', _shown(job.created))}"
        f"{nullable('uws:startTime', job.started)}{nullable('uws:endTime', job.ended)}"
        f"{element('uws:executionDuration', f'{job.seconds:.0f}')}"
        f"{element('uws:destruction', _shown(job.destruction))}"
        f"{_parameters_xml(job)}{_results_xml(request, job)}{error}</uws:job>\n"
    )


def _parameters_xml(job: Job, namespaces: str = "") -> str:
    inside = "".join(
        f"<uws:parameter id={quoteattr(name)}>{escape(xml_text(value))}"
        "</uws:parameter>\n"
        for name, values in job.texts.items()
        for value in values[-1:]
    )
    return f"<uws:parameters{namespaces}>\n{inside}</uws:parameters>\n"


def _results_xml(request: Request, job: Job, namespaces: str = "") -> str:
    inside = ""
    if job.phase is Phase.COMPLETED:
        address = f"{_address(request, job)}/results/result"
        inside = (
            f'<uws:result id="result" xlink:type="simple" '
            f"xlink:href={quoteattr(address)} size={quoteattr(str(job.size))} "
            f"mime-type={quoteattr(job.media_type)}/>\n"
        )
    return f"<uws:results{namespaces}>\n{inside}</uws:results>\n"


_JOB = "/tap/async/{job}"
ROUTES = [
    Route("/tap/async", _list),
    Route("/tap/async", _create, methods=["POST"]),
    Route(_JOB, _show),
    Route(_JOB, _change, methods=["POST"]),
    Route(_JOB, _delete, methods=["DELETE"]),
    Route(f"{_JOB}/phase", _phase, methods=["GET", "POST"]),
    Route(f"{_JOB}/parameters", _parameters, methods=["GET", "POST"]),
    Route(f"{_JOB}/results", _results),
    Route(f"{_JOB}/results/result", _result),
    Route(f"{_JOB}/error", _error),
    *(
        Route(f"{_JOB}/{{setting}}", handler, methods=[method])
        for method, handler in (("GET", _setting), ("POST", _post_setting))
    ),
]
