"""The faults that are known to change no result, each with its reason."""

import tomllib
from functools import cache
from pathlib import Path

from tests.mutation.mutants import Mutant

LIST = Path(__file__).parent / "equivalent.toml"


@cache
def known() -> dict[tuple[str, str, str], str]:
    """Return why each is none, by file, line of code and what that becomes."""
    content = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return {
        (of["file"], of["line"], of["becomes"]): of["why"] for of in content["fault"]
    }


def is_equivalent(file: Path, mutant: Mutant) -> bool:
    """Say whether a fault of a file is known to be none."""
    return (file.as_posix(), mutant.code, mutant.becomes) in known()
