"""Learning: labels of one survey, or one method, from the measurements of another.

A task is a view in schema ``features``; everything learned is stored in schema ``ml``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stellarwh.learning.prediction import predict
    from stellarwh.learning.runs.trained import check_trained
    from stellarwh.learning.tasks.feasible import check_task
    from stellarwh.learning.tasks.task import task_names
    from stellarwh.learning.training import TrainResult, train

# Of scikit-learn's estimators; others take more.
MOST_SEED = 2**32 - 1

__all__ = [
    "MOST_SEED",
    "TrainResult",
    "check_task",
    "check_trained",
    "predict",
    "task_names",
    "train",
]

_MODULES = {
    "TrainResult": "training",
    "check_task": "tasks.feasible",
    "check_trained": "runs.trained",
    "predict": "prediction",
    "task_names": "tasks.task",
    "train": "training",
}


def __getattr__(name: str) -> Any:
    """Load what learns only when it is asked for: XGBoost alone takes a second."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
