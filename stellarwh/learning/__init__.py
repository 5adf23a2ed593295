"""Learning: labels of one survey, or one method, from the measurements of another.

A task is a view in schema ``features``; everything learned is stored in schema ``ml``.
"""

from stellarwh.learning.predict import predict
from stellarwh.learning.task import task_names
from stellarwh.learning.train import TrainResult, train

__all__ = ["TrainResult", "predict", "task_names", "train"]
