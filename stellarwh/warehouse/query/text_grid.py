"""Rows of text as a table for a terminal, or one value a line."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from stellarwh.runtime.plain_text import one_line

Row = Sequence[str | None]
# As DuckDB shows it, and as it is written in SQL.
_NULL = "NULL"
# Columns of text are cut to this much before any is left out.
_NARROW = 12


def grid_lines(
    names: Sequence[str],
    types: Sequence[str],
    rows: Sequence[Row],
    right: Sequence[bool],
    width: int,
) -> tuple[list[str], int]:
    """Return a table, line by line, that is no wider than ``width``.

    Parameters
    ----------
    names, types : sequence of str
        Name and type of each column.
    rows : sequence of sequence of str or None
        The values of each row.
    right : sequence of bool
        Whether a column is aligned to the right, as numbers are.
    width : int
        Characters that a line may have.

    Returns
    -------
    list of str
        The lines.
    int
        Columns that are shown; others, in the middle, are left out.
    """
    columns = [
        [one_line(name), one_line(kind), *map(_shown, values)]
        for name, kind, values in zip(
            names, types, zip(*rows, strict=True) if rows else [()] * len(names),
            strict=True,
        )
    ]  # fmt: skip
    wanted = [max(map(cell_len, column)) for column in columns]
    widths = _fitting(wanted, right, width)
    kept = [index for index, size in enumerate(widths) if size]
    gap = next((i for i, index in enumerate(kept) if i != index), None)
    if gap is None and len(kept) < len(names):
        gap = len(kept)
    shown = [(columns[i], widths[i], right[i]) for i in kept]
    if gap is not None:
        dots = ["…"] * (len(rows) + 2)
        shown.insert(gap, (dots, 1, False))
    bars = ["─" * (size + 2) for _, size, _ in shown]
    lines = [f"┌{'┬'.join(bars)}┐"]
    for at in range(len(rows) + 2):
        cells = [
            _cell(column[at], size, at > 1 and left) for column, size, left in shown
        ]
        lines.append(f"│{'│'.join(cells)}│")
        if at == 1:
            lines.append(f"├{'┼'.join(bars)}┤")
    lines.append(f"└{'┴'.join(bars)}┘")
    return lines, len(kept)


def _fitting(wanted: list[int], right: Sequence[bool], width: int) -> list[int]:
    """Return widths of columns that fit; 0 for a column that is left out.

    Numbers stay whole, text is cut first, then columns in the middle are left out.
    """
    least = [
        size if whole else min(size, _NARROW)
        for size, whole in zip(wanted, right, strict=True)
    ]
    order = sorted(range(len(least)), key=lambda i: abs(2 * i - len(least) + 1))
    left_out = 0
    while _taken(least) > width and left_out < len(order) - 1:
        least[order[left_out]] = 0
        left_out += 1
    over = _taken(least) - width
    if over > 0:
        return [max(1, size - over) if size else 0 for size in least]
    limit = max(wanted, default=0)
    while True:
        widths = [
            max(size, min(limit, whole)) if size else 0
            for size, whole in zip(least, wanted, strict=True)
        ]
        if _taken(widths) <= width:
            return widths
        limit -= 1


def _taken(widths: list[int]) -> int:
    """Return how long a line is: each column has two blanks and a bar."""
    there = [size for size in widths if size]
    dots = 4 if len(there) < len(widths) else 0
    return sum(there) + 3 * len(there) + 1 + dots


def _cell(text: str, size: int, right: bool) -> str:
    length = cell_len(text)
    if length > size:
        text = set_cell_size(text, size - 1) + "…"
        length = size
    blanks = " " * (size - length)
    return f" {blanks}{text} " if right else f" {text}{blanks} "


def vertical_lines(names: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Return the rows one value a line, with a headline for each row."""
    shown = [one_line(name) for name in names]
    size = max(map(cell_len, shown), default=0)
    padded = [set_cell_size(name, size) for name in shown]
    lines = []
    for number, row in enumerate(rows, 1):
        lines.append(f"── row {number:,} {'─' * max(2, size - 6)}")
        lines += [f"{n}  {_shown(v)}" for n, v in zip(padded, row, strict=True)]
    return lines


def counted(
    shown: int, rows: int, columns_shown: int | None = None, columns: int | None = None
) -> str:
    """Return how many rows there are, and how many of them are shown.

    Examples
    --------
    >>> counted(40, 12345)
    '(showing 40 of 12,345 rows)'
    >>> counted(1, 1, 5, 90)
    '(1 row; showing 5 of 90 columns)'
    """
    if shown < rows:
        text = f"showing {shown:,} of {rows:,} rows"
    else:
        text = f"{rows:,} row{'' if rows == 1 else 's'}"
    if columns_shown != columns:
        text += ", " if shown < rows else "; showing "
        text += f"{columns_shown} of {columns} columns"
    return f"({text})"


def _shown(value: str | None) -> str:
    return _NULL if value is None else one_line(value)
