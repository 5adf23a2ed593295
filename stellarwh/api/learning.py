"""What is learned in a warehouse."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from stellarwh.api.arguments import (
    check_callback,
    check_text,
    check_whole,
)
from stellarwh.api.handle import Handle
from stellarwh.api.tasks import of_each_task
from stellarwh.runtime.listening import progress

if TYPE_CHECKING:
    from stellarwh.api.predictions import Prediction
    from stellarwh.learning import TrainResult


class Learning(Handle):
    """A warehouse whose tasks are trained and applied."""

    def train(
        self,
        *tasks: str,
        estimator: str = "xgboost",
        seed: int = 0,
        folds: int = 5,
        device: str = "cpu",
        tune: int = 0,
        each: "Callable[[TrainResult], None] | None" = None,
    ) -> "list[TrainResult]":
        """Train, evaluate on blocked sky and store one run a task.

        When this returns or fails others see the runs that were made, and everything
        that was written before: no error later in a ``with`` block undoes them. An
        interrupt while it works undoes what `each` was not called with.

        Parameters
        ----------
        tasks : str
            Views of the schema ``features``. Without any, all for which there are
            data; the others are told in a warning each.
        estimator : str
            ``xgboost``, ``random-forest``, ``histogram-boosting`` or ``ridge``.
        seed, folds, tune : int
            Seed; sky-blocked folds; other settings to try for each target.
        device : str
            ``cpu`` or ``cuda``.
        each : callable, optional
            Called with the result of each task once others can see its run: where that
            would cost much beside the work, as the warehouse is copied, with a later
            one, at the latest when all are done.

        Raises
        ------
        TaskError
            If a task that was asked for fails, or no task is possible.

        Examples
        --------
        A few stars are not enough, and nothing has changed:

        >>> import stellarwh
        >>> with stellarwh.open(copy, write=True) as wh:
        ...     try:
        ...         wh.train("apogee_from_galah", estimator="ridge")
        ...     except stellarwh.StellarwhError as error:
        ...         print(error)  # doctest: +ELLIPSIS
        label_teff of features.apogee_from_galah has ... labels; at least 50 are ...
        """
        from stellarwh.learning import MOST_SEED, check_task

        check_text(estimator, "estimator")
        check_text(device, "device")
        check_whole(seed, "seed", 0, MOST_SEED)
        check_whole(folds, "folds", 2)
        check_whole(tune, "tune", 0)
        check_callback(each, "each")

        def work(task: str) -> "TrainResult":
            from stellarwh.learning import train

            with progress(f"train {task}") as bar:

                def tell(target: str, what: str, done: int, of: int) -> None:
                    words = ", ".join(filter(None, [target, what]))
                    bar.reach(done, of, f"train {task}: {words}")

                result = train(
                    self.connection,
                    task,
                    estimator=estimator,
                    seed=seed,
                    folds=folds,
                    device=device,
                    tune=tune,
                    progress=tell,
                )
            self._stored.add(self.connection, partial(each or _nobody, result))
            return result

        with (
            self._working("train"),
            progress("train"),
            self._stored.kept(self.connection),
        ):
            return of_each_task(
                self.connection, tasks, work, lambda t: check_task(self.connection, t)
            )

    def predict(
        self,
        *tasks: str,
        trust_runs: bool = False,
        each: "Callable[[Prediction], None] | None" = None,
    ) -> "list[Prediction]":
        """Write predictions with intervals for every star that has the features.

        They are stored, with everything that was written before, as the runs of
        `train` are.

        Parameters
        ----------
        tasks : str
            As for `train`.
        trust_runs : bool
            Apply runs that somebody else trained, too.
        each : callable, optional
            Called with what each task gave, as of `train`.

        Examples
        --------
        A task is trained before, which takes more stars than a few:

        >>> import stellarwh
        >>> with stellarwh.open(copy, write=True) as wh:
        ...     try:
        ...         wh.predict("apogee_from_galah")
        ...     except stellarwh.StellarwhError as error:
        ...         print(error)  # doctest: +ELLIPSIS
        label_teff of features.apogee_from_galah has ... labels; at least 50 are ...
        """
        from stellarwh.api.predictions import Prediction, who_trained
        from stellarwh.learning import check_trained

        check_callback(each, "each")

        def work(task: str) -> Prediction:
            from stellarwh.learning import predict

            with progress(f"predict {task}", unit="stars") as bar:
                rows = predict(
                    self.connection, task, trust_runs=trust_runs, progress=bar.reach
                )
            result = Prediction(task, rows, who_trained(self.connection, task))
            self._stored.add(self.connection, partial(each or _nobody, result))
            return result

        with (
            self._working("predict"),
            progress("predict"),
            self._stored.kept(self.connection),
        ):
            return of_each_task(
                self.connection,
                tasks,
                work,
                lambda task: check_trained(self.connection, task),
            )


def _nobody(_: object) -> None:
    """Hear nothing."""
