"""What a terminal shows while work goes on."""

import io
import re

import pytest
from rich.console import Console

from stellarwh import console


@pytest.fixture
def screen(monkeypatch) -> io.StringIO:
    """Return what a terminal 120 characters wide is sent."""
    sent = io.StringIO()
    terminal = Console(file=sent, force_terminal=True, width=120, color_system=None)
    monkeypatch.setattr(console, "_error_console", terminal)
    return sent


def test_bytes_show_their_amount_their_rate_and_the_time_left(screen):
    with console.progress("ingest apogee", 4e9, in_bytes=True) as bar:
        bar.advance(1e9)
        bar.advance(1e9)
    last = screen.getvalue()
    assert re.search(r"2\.0/4\.0 GB +[\d.,]+ .?B/s +\d:\d\d:\d\d +\d:\d\d:\d\d", last)


def test_a_total_may_become_known_on_the_way(screen):
    with console.progress("download galah", None, in_bytes=True) as bar:
        bar.expect(873_000_000)
        bar.advance(100_000_000)
        bar.advance(-50_000_000)  # a server that begins again
    assert re.search(r"50\.0/873\.0 MB", screen.getvalue())


def test_a_pipe_gets_no_bar(capsys):
    with console.progress("ingest apogee", 4e9, in_bytes=True) as bar:
        bar.advance(1e9)
        bar.expect(5e9)
    assert capsys.readouterr() == ("", "")
