"""Which skies there are: as the surveys see them with few faults, as usual, or hard."""

from dataclasses import dataclass

from stellarwh.errors import UsageError

IDEAL, DEFAULT, HARD = SKIES = ("ideal", "default", "hard")


@dataclass(frozen=True)
class Sky:
    """Which sky it is: files of one cross-match, those of two do not.

    Attributes
    ----------
    seed : int
        What it was drawn with.
    kind : str
        One of `SKIES`: which faults the surveys have.
    """

    seed: int
    kind: str = DEFAULT

    def __str__(self) -> str:
        named = "" if self.kind == DEFAULT else f" --sky {self.kind}"
        return f"--seed {self.seed}{named}"


def kind_of_sky(sky: str | None, *, ideal: bool) -> str:
    """Return the sky that is meant by its name, or by the older word for the ideal one.

    Parameters
    ----------
    sky : str or None
        One of `SKIES`, in any case; None where it is not named.
    ideal : bool
        The ideal sky is asked for.

    Raises
    ------
    UsageError
        If there is no such sky, or two are asked for.
    """
    if sky is None:
        return IDEAL if ideal else DEFAULT
    kind = sky.strip().lower()
    if kind not in SKIES:
        message = f"The sky is '{sky}'; give {IDEAL}, {DEFAULT} or {HARD}."
        raise UsageError(message)
    if ideal and kind != IDEAL:
        message = f"sky={kind!r} and ideal=True are two skies; give one of them."
        raise UsageError(message)
    return kind
