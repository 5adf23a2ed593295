"""What a run's page says of the run itself."""

import json
from typing import Any

from stellarwh.report.formats import count, number

Row = dict[str, Any]


def run_facts(run: Row) -> list[tuple[str, str]]:
    """Return what a run is, as names and values."""
    return [
        ("Task", run["task"]),
        ("Kind", run["kind"]),
        ("Estimator", f"{run['estimator']} on {run['device']}"),
        ("Labelled stars", count(run["rows_labelled"])),
        ("Features", count(len(run["features"]))),
        ("Folds", f"{run['folds']}, blocked by sky cell"),
        ("Seed", str(run["seed"])),
        ("Trained", moment(run)),
        ("Time", f"{number(run['seconds'], 1)} s"),
        ("Run", run["run_id"]),
        ("Seal", run["origin"]),
        ("Data fingerprint (SHA-256)", run["data_fingerprint"]),
    ]


def moment(run: Row) -> str:
    """Return when a run was trained."""
    return f"{run['created_at']:%Y-%m-%d %H:%M:%S} UTC"


def pretty(text: str) -> str:
    """Return JSON indented, any other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except json.JSONDecodeError:
        return text


def recorded(text: str) -> Row:
    """Return the parameters as facts; none where another program wrote the run."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def flat(text: str) -> str:
    """Return an object of JSON in one line, any other text as it is."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return text
    if not isinstance(found, dict):
        return text
    return ", ".join(f"{name} {value}" for name, value in sorted(found.items()))
