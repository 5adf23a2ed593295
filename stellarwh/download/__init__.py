"""Fetch the published file of a survey: resumable, verified, never half a file."""

from stellarwh.download.fetch import Download, download_file
from stellarwh.download.partial import kept_bytes, size_text
from stellarwh.download.published import choose_file
from stellarwh.download.transfer import Listener, Patience

__all__ = [
    "Download",
    "Listener",
    "Patience",
    "choose_file",
    "download_file",
    "kept_bytes",
    "size_text",
]
