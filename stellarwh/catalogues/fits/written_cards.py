"""Cards of FITS headers, written as the FITS standard 4.0 has them in section 4."""

BLOCK = 2880
_CARD = 80
# Characters of a text that fit one card, between its quotes.
CARD_TEXT = 68


def card(keyword: str, value: str | int | float | bool, comment: str = "") -> str:
    """Return a keyword's card; texts of more than 68 characters take several.

    Parameters
    ----------
    keyword : str
        At most eight characters.
    value : str, int, float or bool
        Text is printable ASCII; a float is finite.
    comment : str
        Cut off where the card ends.
    """
    if isinstance(value, bool):
        shown = f"{'T' if value else 'F':>20}"
    elif isinstance(value, int):
        shown = f"{value:>20}"
    elif isinstance(value, float):
        shown = f"{value!r:>20}".upper()
    else:
        first, *more = _pieces(value)
        if more:
            lines = [f"{keyword:<8}= '{first}&'"]
            lines += [f"CONTINUE  '{piece}&'" for piece in more[:-1]]
            lines += [f"CONTINUE  '{more[-1]}'"]
            return "".join(line.ljust(_CARD) for line in lines)
        shown = f"'{first:<8}'"
    text = f"{keyword:<8}= {shown}"
    return f"{text} / {comment}"[:_CARD].ljust(_CARD) if comment else text.ljust(_CARD)


def _pieces(text: str) -> list[str]:
    """Return a text as it stands between quotes, in pieces that fit a card each."""
    quoted = text.replace("'", "''")
    if len(quoted) <= CARD_TEXT:
        return [quoted]
    pieces, piece = [], ""
    for character in text:
        written = character.replace("'", "''")
        # One place is the sign that the text goes on.
        if len(piece) + len(written) >= CARD_TEXT:
            pieces.append(piece)
            piece = ""
        piece += written
    return [*pieces, piece]


def header_block(cards: list[str]) -> bytes:
    """Return a whole header unit: the cards, END, and blanks up to a full block."""
    text = "".join([*cards, "END".ljust(_CARD)])
    return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode("ascii")
