"""Learning: labels of one survey, or one method, from the measurements of another.

A task is a view in schema ``features``; everything learned is stored in schema ``ml``.
"""

from stellarwh.learning.feasible import check_task
from stellarwh.learning.prediction import predict
from stellarwh.learning.task import task_names
from stellarwh.learning.training import TrainResult, train

__all__ = ["TrainResult", "check_task", "predict", "task_names", "train"]
