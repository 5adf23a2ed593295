"""Stored parts that were altered together with their hashes are refused in one line."""

import json

import pytest
from views import make_view, toy

from stellarwh.errors import TaskError
from stellarwh.learning import predict, train
from stellarwh.learning.runs.artefacts import Artefact, seal
from stellarwh.warehouse.seals import seal_run


@pytest.mark.parametrize("part", ["baseline", "calibration", "domain", "scaling"])
@pytest.mark.parametrize("damage", ["{}", "[1, 2]", "nonsense", "missing", "texts"])
def test_altered_json_with_matching_hashes_is_refused(
    connection, few_trees, part, damage
):
    make_view(connection, "mine", toy(200))
    train(connection, "mine", folds=2)
    rows = connection.execute(
        "select target, part, format, artefact from ml.models"
    ).fetchall()
    kept = []
    for target, name, kind, data in rows:
        new = bytes(data)
        if name == part and damage == "missing":
            connection.execute("delete from ml.models where part = ?", [name])
            continue
        if name == part:
            texts = json.dumps(dict.fromkeys(json.loads(new), "x"))
            new = (texts if damage == "texts" else damage).encode()
        artefact = Artefact(target, name, kind, new)
        kept.append(artefact)
        connection.execute(
            "update ml.models set artefact = ?, sha256 = ? "
            "where target = ? and part = ?",
            [new, artefact.sha256, target, name],
        )
    connection.execute("update ml.runs set artefacts_sha256 = ?", [seal(kept)])
    ((run_id,),) = connection.execute("select run_id from ml.runs").fetchall()
    seal_run(connection, run_id)  # as if training itself had written it
    with pytest.raises(TaskError, match="rain the task again") as raised:
        predict(connection, "mine")
    assert "\n" not in str(raised.value)
