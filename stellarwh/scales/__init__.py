"""One scale for all surveys: trends of their differences, and errors that hold."""

from stellarwh.scales.calibration import Calibration, ScaleFact, calibrate

__all__ = ["Calibration", "ScaleFact", "calibrate"]
