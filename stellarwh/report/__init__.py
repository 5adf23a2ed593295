"""HTML report of a warehouse: what is in it, how good it is, where it came from."""

from stellarwh.report.site import write_report

__all__ = ["write_report"]
