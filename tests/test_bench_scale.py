"""The benchmark at real size: what it says of bars, peers and steps that fail."""

import importlib
import json
import sys
from dataclasses import asdict
from types import ModuleType

import pytest


@pytest.fixture
def scale(repository, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    return importlib.import_module("scale")


def table(scale, fraction: float = 1.0, **steps) -> list[str]:
    found = {step: [asdict(row) for row in rows] for step, rows in steps.items()}
    return scale.table_of(found, fraction).splitlines()


def row(scale, *figures, **more):
    return scale.scale_steps.Row(*figures, **more)


@pytest.mark.parametrize(
    ("processor", "peak", "said"),
    [
        (60.0, 2000.0, "reached"),
        (60.1, 2000.0, "missed: time"),
        (59.0, 2000.5, "missed: memory"),
        (81.0, 5400.0, "missed: time and memory"),
    ],
)
def test_a_bar_is_reached_where_both_figures_keep_to_it(scale, processor, peak, said):
    lines = table(scale, build=[row(scale, "build", processor, 90.0, peak)])
    (line,) = [line for line in lines if line.startswith("| build |")]
    assert line.endswith(f"| {said} |")


def test_bars_are_of_the_real_sizes_alone(scale):
    lines = table(scale, 0.1, build=[row(scale, "build", 8.0, 9.0, 540.0)])
    assert not any("reached" in line or "missed" in line for line in lines)


def test_ratios_are_of_wall_and_processor(scale):
    lines = table(
        scale,
        ingest=[row(scale, "ingest apogee", 4.0, 2.5, 400.0)],
        peer=[
            row(scale, "astropy Table.read → pandas → DuckDB, apogee", 12.0, 11.0, 9e3)
        ],
    )
    assert any("| 4.4 x (3.0 x) | 4 x |" in line for line in lines)


def test_a_query_is_held_to_its_bar(scale):
    name = "one star of main.measurements"
    lines = table(scale, queries=[row(scale, name, 0.011, figure=10.5)])
    assert f"| {name} | 10.5 | 11.0 | 10 | missed |" in lines


def test_a_step_that_fails_ends_nothing_and_can_be_done_again(
    scale, tmp_path, monkeypatch, capsys
):
    def broken(place, within):
        raise OSError("no space")

    def fine(place, within):
        return [row(scale, "status", 0.5, 0.6, 120.0)]

    monkeypatch.setitem(scale.STEPS, "check", broken)
    monkeypatch.setitem(scale.STEPS, "status", fine)
    line = ["scale.py", "--folder", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", [*line, "--only", "check,status"])
    with pytest.raises(SystemExit) as ended:
        scale.main()
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "| check | | | | | | failed: OSError: no space |" in said
    assert "| status | 0.5 | 0.8 | 120 | 200 | 0.6 | reached |" in said
    monkeypatch.setitem(
        scale.STEPS, "check", lambda *_: [row(scale, "check", 20.0, 9.0, 900.0)]
    )
    monkeypatch.setattr(sys, "argv", [*line, "--only", "check"])
    scale.main()
    said = capsys.readouterr().out
    assert "failed" not in said
    assert "| status | 0.5 |" in said
    assert json.loads((tmp_path / "scale.json").read_text())["fraction"] == 1


def test_a_command_that_fails_is_told_with_its_last_line(scale):
    line = [sys.executable, "-c", "import sys; sys.exit('one\\nError: two')"]
    found, _ = scale.scale_steps.command("it", line, 60)
    assert found.failed == "Error: two"
    assert found.processor > 0


def test_a_command_that_takes_too_long_is_ended(scale):
    line = [sys.executable, "-c", "import time; time.sleep(600)"]
    found, _ = scale.scale_steps.command("it", line, 0.5)
    assert found.failed == "ended after 0.5 s"


def test_steps_that_there_are_not_are_named(scale, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["scale.py", "--only", "chekc"])
    with pytest.raises(SystemExit, match="There is no step chekc; there are simulate"):
        scale.main()
