"""Parameters of a request as DALI has them: texts, by names in whichever case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from stellarwh.serve.problems import Problem

__all__ = ["Parameters", "read_parameters"]

# Longer than any query that a person or a client writes; uploads are files.
_LONGEST = 1 << 20
_FIELDS = 100


@dataclass(frozen=True)
class Parameters:
    """What a request says.

    Parameters
    ----------
    texts : mapping
        Values by name in capitals.
    uploads : mapping
        Files that came with it, by the name of their part.
    """

    texts: Mapping[str, list[str]]
    uploads: Mapping[str, UploadFile] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """Return the value of a parameter; the last one where it is given twice."""
        values = self.texts.get(name)
        return values[-1].strip() if values else default

    def whole(self, name: str) -> int | None:
        """Return the whole number, not below 0, that a parameter is; None without it.

        Raises
        ------
        Problem
            If it is something else.
        """
        text = self.get(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise Problem(f"{name}={text[:80]} is no whole number of 0 or more.")
        return int(text)


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return values by name in capitals."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name.upper(), []).append(value)
    return found


async def read_parameters(request: Request) -> Parameters:
    """Return what a request says, by its address and its form.

    Raises
    ------
    Problem
        If the form is damaged or too large.
    """
    pairs = list(request.query_params.multi_items())
    uploads: dict[str, UploadFile] = {}
    if request.method == "POST":
        try:
            form = await request.form(
                max_files=_FIELDS, max_fields=_FIELDS, max_part_size=_LONGEST
            )
        except MultiPartException as error:
            raise Problem(f"The form cannot be read: {error.message}") from None
        request.state.form = form  # its files are closed when all is answered
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                uploads[name] = value
            else:
                pairs.append((name, value))
    return Parameters(gathered(pairs), uploads)
