"""What a terminal shows while work goes on, and what a pipe is told."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from rich.cells import cell_len

from stellarwh.cli import bars, console
from stellarwh.cli.lines import Count, bar_line, plain_line


class Terminal:
    """A pseudo-terminal, and what it was sent."""

    def __init__(self, columns: int) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.stream = os.fdopen(slave, "w", encoding="utf-8")
        self.sent = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                self.sent += os.read(self._master, 65536).decode()
            except OSError:  # the other end is closed
                return

    def wait_for(self, text: str) -> None:
        """Wait until something has been painted."""
        for _ in range(600):
            if text in self.sent:
                return
            time.sleep(0.02)
        raise AssertionError(f"{text!r} was never painted, but {self.sent!r}")

    def close(self) -> None:
        """Hear nothing any more, once all has been read."""
        if not self.stream.closed:
            self.stream.close()
            self._reader.join(10)
            os.close(self._master)

    @property
    def painted(self) -> list[str]:
        """Every line that was painted over."""
        return re.findall(r"\r\x1b\[K([^\r\n\x1b]+)\r", self.sent)

    @property
    def left(self) -> list[str]:
        """The lines that stay on the screen in the end."""
        self.close()
        lines = self.sent.replace("\r\n", "\n").split("\n")
        return [re.split(r"\r\x1b\[K", line)[-1] for line in lines]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(bars, "_PATIENCE", 0.0)
    monkeypatch.delenv("STELLARWH_QUIET")
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def terminal(monkeypatch) -> Iterator[Callable[[int], Terminal]]:
    made: list[Terminal] = []

    def make(columns: int) -> Terminal:
        made.append(Terminal(columns))
        monkeypatch.setattr(sys, "stderr", made[-1].stream)
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_bytes_show_their_amount_their_rate_and_the_time_left(terminal):
    screen = terminal(120)
    with console.progress("ingest apogee", 4e9, in_bytes=True) as bar:
        bar.advance(1e9)
        bar.advance(1e9)
        screen.wait_for("2.0/4.0 GB")
    assert re.search(
        r"ingest apogee  ━+╸? +50%  2\.0/4\.0 GB  [\d.,]+ .B/s  0:00  \d+:\d\d left",
        screen.painted[-1],
    )


def test_the_bar_is_gone_when_the_work_is_done(terminal):
    screen = terminal(80)
    with console.progress("check", 10) as bar:
        bar.advance(3)
        screen.wait_for("30%")
    console.note("All checked.")
    assert screen.left == ["All checked.", ""]


def test_what_is_printed_meanwhile_stays_above_the_bar(terminal):
    screen = terminal(80)
    with console.progress("train", 10) as bar:
        screen.wait_for("train")
        console.warn("Few stars.")
        bar.advance(5)
        screen.wait_for("50%")
    first, *rest = screen.left
    assert first == "\x1b[33mWarning: Few stars.\x1b[0m"
    assert rest == [""]


def test_no_colour_is_no_colour(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    screen = terminal(80)
    console.warn("Few stars.")
    screen.wait_for("\n")
    assert screen.sent == "Warning: Few stars.\r\n"


def test_a_total_may_become_known_on_the_way(terminal):
    screen = terminal(120)
    with console.progress("download galah", None, in_bytes=True) as bar:
        bar.expect(873_000_000)
        bar.advance(100_000_000)
        bar.advance(-50_000_000)  # a server that begins again
        screen.wait_for("50.0/873.0 MB")


def test_a_stage_changes_the_words_and_counts_anew_where_it_has_a_total(terminal):
    screen = terminal(80)
    with console.progress("train", 4) as bar:
        bar.advance(3)
        bar.stage("train: teff, fold 4")
        screen.wait_for("train: teff, fold 4")
        assert " 75%" in screen.painted[-1]
        bar.stage("train: fe_h", 10)
        bar.advance()
        screen.wait_for(" 10%")


def test_a_bar_within_another_takes_its_place_for_a_while(terminal):
    screen = terminal(80)
    with console.progress("match", 4):
        with console.progress("write pairs.fits", 10) as inner:
            inner.advance(5)
            screen.wait_for("write pairs.fits")
            screen.wait_for("50%")
        screen.sent = ""
        screen.wait_for("match")


@pytest.mark.parametrize("width", [1, 5, 20, 40, 80, 200])
@pytest.mark.parametrize("text", ["export main.stars", "export 星の表 " * 9, "z̈" * 60])
@pytest.mark.parametrize("total", [None, 12_345_678])
def test_a_line_is_narrower_than_the_terminal(width, text, total):
    line = bar_line(
        Count(text, total, "rows", 1_234_567, time.monotonic() - 3700), width
    )
    # The last cell stays free: some terminals begin a line when it is written.
    assert cell_len(line) <= max(width - 1, 1)
    if width >= 40 and text.startswith("export"):
        assert line.startswith("export")
        assert "1:01:40" in line or "10%" in line


def test_a_terminal_without_these_signs_gets_others():
    line = bar_line(Count("星 stars", 4, "", 2), 60, "ascii")
    assert line.isascii()
    assert re.match(r"\? stars  =+>? +50%", line)


def test_controls_in_a_name_are_spelled_out():
    assert "\x1b" not in bar_line(Count("ingest \x1b[2J.csv"), 80)
    assert plain_line(Count("ingest a\nb.csv")).startswith("ingest a\\nb.csv … (0:00)")


def test_a_pipe_is_told_in_plain_lines_and_not_often(capsys):
    with console.progress("export main.stars", 4000, unit="rows") as bar:
        for _ in range(40):
            bar.advance(10)
            bar.stage("export main.stars")
            time.sleep(0.01)
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"export main\.stars … \d+% \([\d,]+/4,000 rows, 0:00\)\n", err)


def test_a_pipe_hears_of_the_next_stage(capsys, monkeypatch):
    monkeypatch.setattr(bars, "_TOLD_EVERY", 0.0)
    with console.progress("build") as bar:
        for text in ("build main.stars", "build main.pairs"):
            bar.stage(text)
            for _ in range(200):
                time.sleep(0.02)
                err = capsys.readouterr().err
                if text in err:
                    break
            else:
                raise AssertionError(f"nobody was told of {text}")


@pytest.mark.parametrize("how", [{"TERM": "dumb"}, {"STELLARWH_QUIET": "1"}])
def test_a_terminal_that_cannot_go_back_or_should_not_has_no_bar(
    terminal, monkeypatch, how
):
    for name, value in how.items():
        monkeypatch.setenv(name, value)
    screen = terminal(80)
    with console.progress("check", 10):
        time.sleep(0.1)
    console.note("Done.")
    screen.wait_for("Done.")
    told = [] if "STELLARWH_QUIET" in how else ["check … 0% (0:00)"]
    assert screen.left == [*told, "Done.", ""]


def test_what_takes_no_time_says_nothing(capsys, monkeypatch):
    monkeypatch.undo()
    monkeypatch.delenv("STELLARWH_QUIET")
    with console.progress("check", 10) as bar:
        bar.advance(10)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("before", [True, False])
def test_quiet_is_an_option_before_and_behind_the_command(tmp_path, before):
    code = (
        "import time\n"
        "from stellarwh import cli\n"
        "from stellarwh.cli import bars, console\n"
        "bars._PATIENCE = 0\n"
        "@cli.app.command()\n"
        "def waits():\n"
        "    with console.progress('wait'): time.sleep(0.2)\n"
        "cli.main()"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stderr
        for arguments in (
            [["--quiet", "waits"], ["waits"]]
            if before
            else [["waits", "--quiet"], ["waits"]]
        )
    }
    assert said == {"", "wait … (0:00)\n"}
