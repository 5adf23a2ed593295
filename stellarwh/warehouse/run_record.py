"""What every stored run says of itself: its id, and by which software it was made."""

import hashlib
import json
import platform
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version

from stellarwh import __version__


def run_id_of(name: str, created: datetime, recipe: Sequence[object]) -> str:
    """Return an id: of what, when, and the first digits of what it was made of.

    Parameters
    ----------
    name : str
        What was run.
    created : datetime
        When, to the microsecond.
    recipe : sequence
        All that decides what comes out, of types that JSON has.
    """
    short = hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:8]
    return f"{name}-{created:%Y%m%dT%H%M%S%f}-{short}"


def versions_of(libraries: Sequence[str]) -> dict[str, str]:
    """Return the versions of libraries, of stellarwh and of Python."""
    found = {name: version(name) for name in libraries}
    return found | {"stellarwh": __version__, "python": platform.python_version()}
