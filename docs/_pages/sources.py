"""What pages and the demo are made of."""

import hashlib
from pathlib import Path

_PATTERNS = ("stellarwh/**/*", "sql/**/*")


def fingerprint(repository: Path, *more: str) -> str:
    """Return what changes with the code, the SQL or the files of more patterns."""
    found = hashlib.sha256()
    for pattern in (*_PATTERNS, *more):
        for path in sorted(repository.glob(pattern)):
            if path.is_file() and path.suffix != ".pyc":
                found.update(path.read_bytes())
    return found.hexdigest()[:12]
