"""Which survey's scale it is, and over which surveys the others come to it."""

from collections.abc import Sequence

from stellarwh.errors import UsageError, did_you_mean
from stellarwh.scales.sample import Sample

_USUAL = "apogee"
# With fewer common stars a chain over another survey is better, if there is one.
LEAST_DIRECT = 100
LEAST = 20


def choose_reference(
    sample: Sample, surveys: Sequence[str], wanted: str | None
) -> tuple[str, str]:
    """Return the survey whose scale it is to be, and why.

    Parameters
    ----------
    sample : Sample
        The stars that surveys share.
    surveys : sequence of str
        All that the warehouse has, in order of rank.
    wanted : str or None
        What was asked for.

    Returns
    -------
    reference : str
    why : str
        ``asked for``, ``usual`` or ``most shared stars``.

    Raises
    ------
    UsageError
        If a survey was asked for that has no stars here.
    """
    if wanted is not None:
        if wanted not in surveys:
            hint = did_you_mean(wanted, surveys)
            raise UsageError(f"There are no stars of a survey '{wanted}'. {hint}")
        return wanted, "asked for"
    if _USUAL in surveys:
        return _USUAL, "usual"
    return max(surveys, key=lambda name: _shared(sample, name)), "most shared stars"


def _shared(sample: Sample, survey: str) -> int:
    """Return how many stars a survey shares with others, by its Teff."""
    return sum(
        int(sample.shared(survey, other, "teff").sum())
        for other in sample.surveys
        if other != survey
    )


def references_of(sample: Sample, quantity: str, reference: str) -> str | None:
    """Return whose scale a quantity is on: of the surveys that measure it.

    That is the reference, if it does, else the survey that shares most stars.
    """
    having = [s for s in sample.surveys if (s, quantity) in sample.values]
    if reference in having or not having:
        return reference if having else None
    counts = {
        survey: sum(
            int(sample.shared(survey, other, quantity).sum())
            for other in having
            if other != survey
        )
        for survey in having
    }
    return max(having, key=lambda name: counts[name])


def chains(sample: Sample, quantity: str, reference: str) -> list[tuple[str, str]]:
    """Return the steps of a calibration: a survey, and the one that it is fitted to.

    Each is fitted to the reference where they share enough stars, else to the survey
    on the scale already with which it shares the most.

    Parameters
    ----------
    sample : Sample
        The stars that surveys share.
    quantity : str
        What of them.
    reference : str
        The survey whose scale it is.
    """
    waiting = [
        survey
        for survey in sample.surveys
        if survey != reference and (survey, quantity) in sample.values
    ]
    standing, steps = [reference], []
    while waiting:
        counted = [
            (int(sample.shared(survey, to, quantity).sum()), survey, to)
            for survey in waiting
            for to in standing
        ]
        direct = [c for c in counted if c[2] == reference and c[0] >= LEAST_DIRECT]
        n, survey, to = max(direct or counted)
        if n < LEAST:
            break
        steps.append((survey, to))
        standing.append(survey)
        waiting.remove(survey)
    return steps
