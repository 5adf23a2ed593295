"""What a line of progress says, in the width that there is."""

import time
from dataclasses import dataclass, field

from stellarwh.runtime.plain_text import one_line

# Cells of a bar, and of the words before it where there are few.
_SHORTEST, _LONGEST = 10, 40
_WORDS = 28
_SIGNS = "━╸…"
_IN_ASCII = "=>~"
_BYTES = ("bytes", "kB", "MB", "GB", "TB")


@dataclass
class Count:
    """Work that is being done, and how much of it.

    Parameters
    ----------
    text : str
        What it is.
    total : float or None
        Of how much; None where nobody knows.
    unit : str
        What is counted: ``bytes``, ``rows``, …; empty where only shares tell.
    """

    text: str
    total: float | None = None
    unit: str = ""
    done: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def stage(self, text: str, total: float | None) -> None:
        """Begin something else; with a total, count anew."""
        self.text = text
        if total is not None:
            self.total, self.done, self.began = total, 0.0, time.monotonic()

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to 1; None where nobody knows."""
        if not self.total:
            return None
        return min(max(self.done / self.total, 0.0), 1.0)

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self.began


def bar_line(count: Count, width: int, encoding: str | None = "utf-8") -> str:
    """Return a line of progress for a terminal, narrower than that is.

    Examples
    --------
    >>> count = Count("export stars", 4000, "rows", 1000, time.monotonic() - 60)
    >>> bar_line(count, 50)
    'export stars  ━━━━╸                25%  3:00 left'
    >>> bar_line(count, 36)
    'export stars  ━━━╸              25%'
    """
    # Wide characters take two cells; their table is loaded only where a bar is shown.
    from rich.cells import cell_len, set_cell_size

    width = max(width - 1, 1)
    text, signs = one_line(count.text), _SIGNS
    if not _writes(_SIGNS, encoding):
        text, signs = text.encode("ascii", "replace").decode("ascii"), _IN_ASCII
    least = min(cell_len(text), _WORDS)
    variants = _variants(count)
    for facts, bar in [(f, _SHORTEST + 2) for f in variants] + [
        (f, 0) for f in variants
    ]:
        free = width - len(facts) - 2
        if free < least + bar:
            continue
        if bar:
            bar = min(free - cell_len(text) - 2, _LONGEST)
            bar = max(bar, _SHORTEST)
            free -= bar + 2
            facts = f"{_bar(count, bar, signs)}  {facts}"
        if cell_len(text) > free:
            text = set_cell_size(text, free - 1) + signs[2]
        return f"{text}  {facts}"
    return set_cell_size(text, width).rstrip()


def plain_line(count: Count) -> str:
    """Return a line of progress for what is no terminal.

    Examples
    --------
    >>> plain_line(Count("export stars", 4000, "rows", 1000, time.monotonic() - 60))
    'export stars … 25% (1,000/4,000 rows, 1:00)'
    >>> plain_line(Count("match apogee", began=time.monotonic() - 5))
    'match apogee … (0:05)'
    """
    share = "" if count.share is None else f"{count.share:.0%} "
    amount = _amount(count)
    facts = [*([amount] if amount else []), _time(count.seconds)]
    return f"{one_line(count.text)} … {share}({', '.join(facts)})"


def _variants(count: Count) -> list[str]:
    """Return what there is to tell in figures, all of it first, then less."""
    passed, share = count.seconds, count.share
    percent = [] if share is None else [f"{share:4.0%}"]
    amount = [a] if (a := _amount(count)) else []
    rate = [f"{_size(count, count.done / passed)}/s"] if amount and passed else []
    left = []
    if share:
        left = [f"{_time(passed / share - passed)} left"]
    return [
        "  ".join(facts)
        for facts in (
            [*percent, *amount, *rate, _time(passed), *left],
            [*percent, *amount, *(left or [_time(passed)])],
            [*percent, *(left or [_time(passed)])],
            percent or [_time(passed)],
        )
    ]


def _amount(count: Count) -> str:
    """Return how many of how many, with their unit; empty where nothing is counted."""
    if not count.unit or not (count.done or count.total):
        return ""
    if count.unit != "bytes":
        of = "" if count.total is None else f"/{count.total:,.0f}"
        return f"{count.done:,.0f}{of} {count.unit}"
    return _bytes(count.done, count.total)


def _size(count: Count, amount: float) -> str:
    return _bytes(amount) if count.unit == "bytes" else f"{amount:,.0f}"


def _bytes(amount: float, total: float | None = None) -> str:
    largest, power = max(amount, total or 0.0), 0
    while largest >= 1000 and power < len(_BYTES) - 1:
        largest, power = largest / 1000, power + 1
    digits = 1 if power else 0
    of = "" if total is None else f"/{total / 1000**power:,.{digits}f}"
    return f"{amount / 1000**power:,.{digits}f}{of} {_BYTES[power]}"


def _time(seconds: float) -> str:
    """Return a time as minutes and seconds, with hours where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _bar(count: Count, cells: int, signs: str) -> str:
    """Return a bar; where nobody knows how long it must be, something that moves."""
    full, end = signs[0], signs[1]
    if count.share is None:
        part = cells // 3
        place = int(count.seconds * 10) % (cells - part + 1)
        return f"{' ' * place}{full * part}".ljust(cells)
    done = count.share * cells
    whole = int(done)
    return f"{full * whole}{end if done - whole >= 0.5 else ''}".ljust(cells)


def _writes(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
