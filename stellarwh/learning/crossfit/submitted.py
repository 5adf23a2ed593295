"""Fits of all stars and without each fold, in the order in which they are submitted."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from stellarwh.learning.crossfit.fits import ALL, Fits, fold_words, random_words
from stellarwh.learning.estimators.targets import TargetRows

Fitted = TypeVar("Fitted")
Held = TypeVar("Held")


@dataclass(frozen=True)
class Work(Generic[Fitted, Held]):
    """What is to be fitted of one target; nothing of it runs yet.

    Attributes
    ----------
    rows : TargetRows
        The stars of the target.
    of_all : callable
        Fits all of them.
    without_fold : callable
        Returns what the stars of a blocked fold get without it.
    without_random : callable
        Returns the same for a random fold.
    """

    rows: TargetRows
    of_all: Callable[[], Fitted]
    without_fold: Callable[[int], Held]
    without_random: Callable[[int], Held]


@dataclass(frozen=True)
class Submitted(Generic[Fitted, Held]):
    """The fits of one target, some of them done.

    Attributes
    ----------
    of_all : Future
        What was fitted to all stars.
    blocked, random : mapping of int to Future
        By fold, what its stars get.
    """

    of_all: Future[Fitted]
    blocked: Mapping[int, Future[Held]]
    random: Mapping[int, Future[Held]]


def submit_folds(
    fits: Fits, works: Sequence[Work[Fitted, Held]]
) -> list[Submitted[Fitted, Held]]:
    """Submit the fits of all targets, those of one fold together.

    One matrix serves all targets of a fold, and makes way for the next one.
    """
    of_all = [fits.submit(w.rows.target.name, ALL, w.of_all) for w in works]
    blocked: list[dict[int, Future[Held]]] = [{} for _ in works]
    random: list[dict[int, Future[Held]]] = [{} for _ in works]
    for k in sorted({k for work in works for k in work.rows.folds}):
        for work, own in zip(works, blocked, strict=True):
            if k in work.rows.folds:
                own[k] = fits.submit(
                    work.rows.target.name, fold_words(work.rows, k),
                    work.without_fold, k,
                )  # fmt: skip
    for k in sorted({k for work in works for k in work.rows.random_folds}):
        for work, own in zip(works, random, strict=True):
            if k in work.rows.random_folds:
                own[k] = fits.submit(
                    work.rows.target.name, random_words(k), work.without_random, k
                )
    return [Submitted(*each) for each in zip(of_all, blocked, random, strict=True)]
