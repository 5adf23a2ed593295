"""What a VOTable says before its rows are read: by events of parsed XML, never bytes.

A search for bytes misses what XML can spell in other ways: prefixes, entities, defaults
of attributes, encodings.
"""

import math
import re
from xml.parsers import expat

from stellarwh.errors import FILE, ITS_NAME, InputFileError


def _declared(arraysize: str) -> int:
    """Return how many numbers or characters a field has by its declaration."""
    return math.prod(
        int(size) for size in re.findall(r"[0-9]{1,18}(?![*0-9])", arraysize)
    )


def scan_votable(
    content: bytes | memoryview, most: int | None = None
) -> tuple[tuple[str, ...], bool]:
    """Refuse a VOTable that refers elsewhere or reports an error.

    Parameters
    ----------
    content : bytes
        It.
    most : int, optional
        Numbers and characters that its rows may have by the declarations of their
        fields, however few of them are written: memory is taken for all.

    Returns
    -------
    tuple of str
        Warnings, in which `stellarwh.errors.ITS_NAME` is the file.
    bool
        Whether it says that its rows are simulated.

    Raises
    ------
    InputFileError
        If it has a document type, names an address for its rows, declares too much, or
        its server says that the query failed.
    """
    notes: list[str] = []
    status: list[str] = []
    simulated: list[bool] = []
    width = held = 0

    def doctype(*_: object) -> None:
        raise InputFileError(
            f"{FILE} has a document type declaration (DTD), which may change what it "
            "says; remove it, for example with STILTS."
        )

    def start(name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2].upper()
        local = {k.rpartition(":")[2].lower(): v for k, v in attributes.items()}
        if tag == "STREAM" and "href" in local:
            raise InputFileError(
                f"{FILE} refers to another file for its rows ({local['href'][:200]}); "
                "nothing is fetched: ingest that one, or write both to one file, for "
                "example with STILTS."
            )
        nonlocal width, held
        if tag == "TABLE":
            width = 0
        elif tag in ("FIELD", "PARAM"):
            width += _declared(local.get("arraysize", "1"))
            held = max(held, width)
        elif tag == "TR":
            held += width
        if most is not None and held > most:
            raise InputFileError(
                f"{FILE} declares more than {most:,} numbers and characters in its "
                "rows; write shorter fields, or those that vary with arraysize='*'."
            )
        if tag == "INFO" and local.get("name") == "SIMULATE":
            simulated.append(local.get("value") == "T")
        if tag == "INFO" and local.get("name", "").upper() == "QUERY_STATUS":
            status[:] = [local.get("value", "").strip().upper()]

    def text(data: str) -> None:
        if status:
            status.append(data)

    def end(name: str) -> None:
        if not status or name.rpartition(":")[2].upper() != "INFO":
            return
        said = " ".join("".join(status[1:]).split())[:300]
        if status[0] == "ERROR":
            raise InputFileError(
                f"{FILE} is the answer to a query that failed; the server says: "
                f"{said or 'nothing more'}."
            )
        if status[0] == "OVERFLOW":
            notes.append(
                f"{ITS_NAME} is cut off: the server had more rows than it sent "
                f"(QUERY_STATUS=OVERFLOW){f': {said}' if said else ''}."
            )
        status.clear()

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    try:
        parser.Parse(bytes(content), True)
    # The last two are of an encoding that it names and nobody, or expat, can read.
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise InputFileError(f"{FILE} is a damaged VOTable: {error}.") from None
    return tuple(notes), any(simulated)
