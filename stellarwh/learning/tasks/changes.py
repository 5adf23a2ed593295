"""What changed in a feature view since a run."""

from collections.abc import Sequence
from textwrap import shorten


def column_changes(before: dict[str, str], now: dict[str, str]) -> str:
    """Return which features are gone, new or of another type than before."""
    gone = [name for name in before if name not in now]
    new = [name for name in now if name not in before]
    changed = [
        f"{name} was {before[name]} and is {now[name]}"
        for name in before
        if name in now and before[name] != now[name]
    ]
    said = [f"gone: {', '.join(gone)}"] if gone else []
    said += [f"new: {', '.join(new)}"] if new else []
    return "; ".join(said + changed)


def changed_words(before: str, now: str) -> str:
    """Return what stands between the words of the SQL that both begin and end with."""
    old, new = before.split(), now.split()
    first = _alike(old, new)
    last = _alike(old[first:][::-1], new[first:][::-1])
    was, became = (
        shorten(" ".join(words[first : len(words) - last]), 80, placeholder=" …")
        for words in (old, new)
    )
    return f"'{was}' became '{became}'"


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many words both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(old), len(new)))
