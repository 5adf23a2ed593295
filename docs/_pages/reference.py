"""The generated pages of the reference."""

import shutil
from pathlib import Path

from _pages import acknowledgements, commands, lists, objects, python, surveys
from _pages.sources import fingerprint

_PARTS = (commands, objects, lists, surveys, acknowledgements, python)


def write(docs: Path) -> None:
    """Write them, unless they are of the same code and SQL already."""
    folder = docs / "reference" / "generated"
    seal = folder / ".made_of"
    made_of = fingerprint(docs.parent, "docs/_pages/*.py")
    if seal.is_file() and seal.read_text(encoding="utf-8") == made_of:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for part in _PARTS:
        for name, text in part.pages().items():
            ending = "" if "." in name else ".md"
            (folder / f"{name}{ending}").write_text(text, encoding="utf-8")
    seal.write_text(made_of, encoding="utf-8")
