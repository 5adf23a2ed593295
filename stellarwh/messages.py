"""Messages of DuckDB, as one line that a user can act on."""

import re

_REFUSED = re.compile(
    r'Cannot access (?:file|directory) "(.*?)" - file system operations are disabled '
    "by configuration",
    re.DOTALL,
)


def first_line(message: str) -> str:
    """Return a DuckDB message as one line, without its class and source excerpt."""
    text = message.split("\n\nLINE ")[0].strip() or "unknown error"
    text = _REFUSED.sub(
        lambda found: (
            f"its SQL asks for {found[1]}, which was refused: SQL of a "
            "warehouse reaches no other file"
        ),
        text,
    )
    joined = " ".join(line.strip() for line in text.splitlines() if line.strip())
    return re.sub(r"^[\w ]+ Error: ", "", joined)
