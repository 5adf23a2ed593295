"""One scale for all surveys: trends of their differences, and errors that hold."""

from stellarwh.scales.calibration import calibrate, use_calibration
from stellarwh.scales.summary import Calibration, ScaleFact

__all__ = ["Calibration", "ScaleFact", "calibrate", "use_calibration"]
