"""Find labels that are a function of the features: what no task may have."""

from collections.abc import Sequence

import duckdb
import numpy as np
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from views import labelled_rows

from stellarwh.learning.tasks.rows import LabelledRows
from stellarwh.learning.tasks.task import Target, read_task

HALVES = KFold(2, shuffle=True, random_state=0)
TREE = {"random_state": 0}  # as deep as it goes: a function has no noise
SAME = 0.999  # share of stars that a rule or a feature gives the right class
FEWEST = 50
PREFIXES = ("", "galah_", "lamost_", "spectro_")


def leaks_of(
    connection: duckdb.DuckDBPyConnection, name: str, rules: dict[str, Sequence[str]]
) -> list[str]:
    """Return what gives a label of the task away: a feature alone, or its rule.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse with the view and the macros of the rules.
    name : str
        The task.
    rules : dict of str to sequence of str
        Per target, SQL that made the label, with ``{p}`` before each column: it is
        tried on the features of every survey. That a label is a copy is tried anyway.
    """
    task, rows = read_task(connection, name), labelled_rows(connection, name)
    found = []
    for target in task.targets:
        found += _features_alone(rows, target)
        found += [
            f"{target.name}: {sql}"
            for sql in _applicable([f"{{p}}{target.name}", *rules.get(target.name, ())])
            if _reproduces(connection, name, task.features, target, sql)
        ]
    return found


def _applicable(rules: Sequence[str]) -> list[str]:
    return [rule.replace("{p}", prefix) for rule in rules for prefix in PREFIXES]


def _reproduces(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    features: Sequence[str],
    target: Target,
    sql: str,
) -> bool:
    """Return whether SQL over the features (nothing else) gives the label."""
    columns = ", ".join(f'"{column}"' for column in features)
    same = f"abs(value - {target.column}) <= 1e-6 * abs({target.column})"
    if target.kind == "class":
        same = f"value = {target.column}"
    try:
        (n, share) = connection.execute(
            f"with given as (select {columns}, {target.column} from features.{name}), "
            f"made as (select ({sql}) as value, {target.column} from given) "
            f"select count(*), avg(({same})::int) from made "
            f"where value is not null and {target.column} is not null"
        ).fetchone()
    except duckdb.BinderException:  # the task has no such features
        return False
    return n >= FEWEST and share >= SAME


def _features_alone(rows: LabelledRows, target: Target) -> list[str]:
    """Return the features that alone give the label better than it is known."""
    labels = rows.labels[target.name]
    has_label = labels.is_not_null().to_numpy()
    label = labels.to_numpy()
    own_error = float(np.median(rows.errors[target.name][has_label]))
    found = []
    for column in rows.features.columns:
        x = rows.features[column].to_numpy()
        # Where a feature is missing it cannot give anything away.
        select = has_label & np.isfinite(x)
        if select.sum() < FEWEST:
            continue
        tree = DecisionTreeRegressor if target.kind == "number" else None
        estimator = (tree or DecisionTreeClassifier)(**TREE)
        made = cross_val_predict(
            estimator, x[select].reshape(-1, 1), label[select], cv=HALVES
        )
        if target.kind == "class":
            common = max(np.unique(label[select], return_counts=True)[1])
            is_leak = np.mean(made == label[select]) >= SAME > common / select.sum()
        else:
            numbers = label[select].astype(float)
            spread = 1.4826 * np.median(np.abs(numbers - np.median(numbers)))
            # Nothing that was measured apart knows a label to half its own error.
            limit = 0.5 * own_error if own_error > 0 else 0.02 * spread
            is_leak = 1.4826 * np.median(np.abs(made - numbers)) <= limit
        if is_leak:
            found.append(f"{target.name}: {column}")
    return found
