"""A stored run, applied to some stars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from stellarwh.errors import TaskError
from stellarwh.learning.estimators.matrix import Matrix
from stellarwh.learning.runs.artefacts import SHARED, Artefact, rebuild
from stellarwh.learning.runs.parts import NumberParts, Stars, TargetParts, kind_of
from stellarwh.learning.tasks.names import plain_name
from stellarwh.learning.tasks.rows import Booleans, Floats
from stellarwh.learning.tasks.scaling import Scaling
from stellarwh.learning.tasks.task import Kind
from stellarwh.learning.uncertainty.domain import Domain, assess

# What parts raise that were altered.
_DAMAGED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Predicted:
    """What a run says of n stars.

    Attributes
    ----------
    in_domain : ndarray of shape (n,)
        Whether the training stars stand for the star.
    distance : ndarray of shape (n,)
        Its distance from them.
    columns : dict of str to polars.DataFrame
        Per target, columns of ``ml.predictions`` for the stars that were asked for.
    """

    in_domain: Booleans
    distance: Floats
    columns: dict[str, pl.DataFrame]


@dataclass(frozen=True)
class StoredRun:
    """A stored run, ready to predict.

    Attributes
    ----------
    run_id : str
        The run.
    features : tuple of str
        Its features, in the order in which its estimators know them.
    scaling : Scaling
        What turns features into what the estimators see.
    domain : Domain
        What the training stars stand for.
    targets : dict of str to NumberParts or ClassParts
        What predicts each target.
    """

    run_id: str
    features: tuple[str, ...]
    scaling: Scaling
    domain: Domain
    targets: dict[str, TargetParts]

    @classmethod
    def from_parts(
        cls, run_id: str, features: tuple[str, ...], parts: dict[tuple[str, str], Any]
    ) -> "StoredRun":
        """Return the run of what training stored, by target and part.

        Raises
        ------
        TaskError
            If another version of stellarwh stored it.
        """
        by_target: dict[str, dict[str, Any]] = {}
        for (target, part), content in parts.items():
            by_target.setdefault(target, {})[part] = content
        shared = by_target.pop(SHARED, {})
        own = {t: kept for t, kept in by_target.items() if "calibration" in kept}
        known = all(kind_of(kept).knows(kept) for kept in own.values())
        if not known or "scaling" not in shared:
            raise TaskError(
                f"Run {run_id} was stored by another version of stellarwh, whose "
                "calibration this one does not read. Train the task again."
            )
        return cls(
            run_id,
            features,
            Scaling(**shared["scaling"]),
            Domain.from_json(shared["domain"], shared.get("support")),
            {target: kind_of(kept).rebuilt(kept) for target, kept in own.items()},
        )

    @classmethod
    def tried(
        cls,
        run_id: str,
        features: tuple[str, ...],
        targets: Sequence[str],
        artefacts: Sequence[Artefact],
    ) -> "StoredRun":
        """Return the run of what is stored, after a trial of all its parts.

        Raises
        ------
        TaskError
            If a part cannot be read, or they do not fit together.
        """
        # Whoever can write the file can write the hashes too.
        try:
            run = cls.from_parts(run_id, features, rebuild(artefacts, len(features)))
            if set(run.targets) != set(targets):
                raise ValueError
            run.try_out()
        except (*_DAMAGED, pl.exceptions.PolarsError):
            raise TaskError(
                f"What is stored for run {run_id} does not fit together; it is not "
                "used. Train the task again."
            ) from None
        return run

    @property
    def kinds(self) -> dict[str, Kind]:
        """``number`` or ``class`` of each target."""
        return {target: parts.kind for target, parts in self.targets.items()}

    def apply(
        self, features: pl.DataFrame, wanted: Mapping[str, Booleans]
    ) -> Predicted:
        """Predict stars.

        Parameters
        ----------
        features : polars.DataFrame
            n rows of the run's features.
        wanted : mapping of str to ndarray of shape (n,)
            Per target, the stars to be predicted.
        """
        inputs = self.scaling.of(features)
        matrix = Matrix(inputs)
        inside, distance = assess(inputs, matrix, self.domain)
        some = np.any(list(wanted.values()), axis=0)
        if not some.any():
            return Predicted(inside, distance, {})
        if not some.all():
            features, inputs = features.filter(some), inputs.filter(some)
            matrix = Matrix(inputs)
        stars = Stars(features, inputs, matrix)
        # Whoever asks for one: groups of stars are told by all of them.
        values = {
            target: parts.predict(stars)
            for target, parts in self.targets.items()
            if isinstance(parts, NumberParts)
        }
        columns = {}
        for target, of_all in wanted.items():
            own = of_all[some]
            if not own.any():
                continue
            parts = self.targets[target]
            found = (
                parts.columns(stars, target, values)
                if isinstance(parts, NumberParts)
                else parts.columns(stars)
            )
            columns[target] = found if own.all() else found.filter(own)
        return Predicted(inside, distance, columns)

    def try_out(self) -> None:
        """Predict a star without features and one whose features are all zero.

        What does not fit together raises here, before anything is written.
        """
        columns = {plain_name(name): [None, 0.0] for name in self.features}
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64))
        both = np.ones(2, dtype=np.bool_)
        self.apply(frame, dict.fromkeys(self.targets, both))
