"""Statements pasted into the released shell, and whether it gives what Python does."""

import json
import subprocess

import pytest


def shown_by(shell, path, statements):
    """Return what the shell prints of each statement, as rows."""
    mark = "----"
    pasted = "\n".join(f"{sql}\n.print {mark}" for sql in statements)
    done = subprocess.run(
        [shell, "-readonly", "-bail", "-json", str(path)],
        input=pasted + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    answers = done.stdout.split(mark)[:-1]
    return [json.loads(answer.strip() or "[]") for answer in answers]


def alike(printed, row):
    """Say whether a cell that the shell prints is that of a step."""
    if isinstance(row, float):
        return float(printed) == pytest.approx(row, rel=1e-9)
    if isinstance(row, dict):
        printed = {str(key): one for key, one in dict(printed).items()}
        return all(alike(printed[key], one) for key, one in row.items())
    if isinstance(row, list):
        return len(printed) == len(row) and all(map(alike, printed, row))
    return printed == row or str(printed) == str(row)
