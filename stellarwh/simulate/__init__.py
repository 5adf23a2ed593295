"""A believable sky, seen by three surveys, written as their release files.

`simulate` is the only public name. Nothing else in the package may read what
``truth.parquet`` holds.
"""

from stellarwh.simulate.run import simulate

__all__ = ["simulate"]
