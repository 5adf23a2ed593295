"""Prediction uses what training stored, and nothing that was changed since."""

import numpy as np
import polars as pl
import pytest
from views import make_view, toy, toy_classes

from stellarwh.errors import TaskError
from stellarwh.learning import predict, train
from stellarwh.learning.estimators.registry import ESTIMATORS
from stellarwh.learning.runs.applying import StoredRun
from stellarwh.learning.tasks.meaning import means_the_same
from stellarwh.warehouse.seals import seal_run


@pytest.fixture
def trained(connection):
    """Return a connection with a task of 450 stars, 200 of them labelled."""
    columns = toy(450)
    labels = pl.Series(columns["label_y"])
    columns["label_y"] = labels.scatter(range(200, 450), [None] * 250)
    make_view(connection, "mine", columns)
    train(connection, "mine", folds=3)
    return connection


def test_every_star_with_features_is_predicted(trained):
    assert predict(trained, "mine") == 450
    counts = trained.execute(
        "select count(*), count(value), bool_and(lower_90 < lower_68 and "
        "lower_68 < value and value < upper_68 and upper_68 < upper_90) "
        "from ml.predictions"
    ).fetchall()
    assert counts == [(450, 450, True)]


def test_training_stars_keep_their_held_out_values(trained):
    predict(trained, "mine")
    differing = trained.execute(
        "select count(*), count(*) filter (p.value <> o.value or not is_out_of_fold) "
        "from ml.predictions as p join ml.out_of_fold as o using (star_id, target)"
    ).fetchall()
    assert differing == [(200, 0)]


@pytest.mark.usefixtures("few_trees")
def test_each_target_has_a_row_of_each_star_and_its_own_held_out_stars(connection):
    columns = toy(300)
    columns["label_kind"] = toy_classes(300)["label_kind"].tolist()
    columns["label_y"] = [
        v if i % 3 else None for i, v in enumerate(columns["label_y"])
    ]
    columns["label_kind"][200:] = [None] * 100
    make_view(connection, "mine", columns)
    train(connection, "mine", folds=2)
    assert predict(connection, "mine") == 600
    rows = connection.execute(
        "select target, count(*), count(*) filter (is_out_of_fold), "
        "bool_and(is_out_of_fold = (v.star_id is not null)) "
        "from ml.predictions left join ml.out_of_fold as v using (star_id, target) "
        "group by target order by target"
    ).fetchall()
    assert rows == [("kind", 300, 200, True), ("y", 300, 200, True)]
    stored = "select kind, rows_labelled, targets from ml.runs"
    assert connection.execute(stored).fetchall() == [("mixed", 267, ["y", "kind"])]
    judged = connection.execute(
        "select target, feature, method from ml.feature_importance order by all"
    ).fetchall()
    assert judged == [
        (target, feature, "permutation") for target in ("kind", "y") for feature in "ab"
    ]


@pytest.mark.usefixtures("on_terminal")
def test_changed_labels_end_the_use_of_held_out_values(trained, capsys):
    trained.execute("update raw.mine set label_y = label_y + 1 where star_id = 11")
    assert predict(trained, "mine") == 450
    assert "have changed since run" in capsys.readouterr().err.replace("\n", " ")
    used = trained.execute("select bool_or(is_out_of_fold) from ml.predictions")
    assert used.fetchall() == [(False,)]


def test_predicting_twice_replaces_the_rows(trained):
    predict(trained, "mine")
    before = trained.execute("from ml.predictions order by star_id").fetchall()
    predict(trained, "mine")
    assert trained.execute("from ml.predictions order by star_id").fetchall() == before


def test_batches_do_not_change_a_prediction(trained, monkeypatch):
    predict(trained, "mine")
    before = trained.execute("from ml.predictions order by star_id").fetchall()
    monkeypatch.setattr("stellarwh.learning.prediction.BATCH_ROWS", 7)
    predict(trained, "mine")
    assert trained.execute("from ml.predictions order by star_id").fetchall() == before


def test_progress_is_told_in_stars(trained, monkeypatch):
    monkeypatch.setattr("stellarwh.learning.prediction.BATCH_ROWS", 100)
    told = []
    predict(trained, "mine", progress=lambda *stars: told.append(stars))
    # Unlabelled stars first, then those that were trained on.
    stored = [0, 100, 200, 250, 350, 450]
    assert told == [*((n, None) for n in stored), (450, 450)]


@pytest.mark.parametrize("stars", [0, 100])
def test_an_interrupt_leaves_what_was_predicted_before(trained, monkeypatch, stars):
    monkeypatch.setattr("stellarwh.learning.prediction.BATCH_ROWS", 100)
    predict(trained, "mine")
    before = trained.execute("from ml.predictions order by star_id").fetchall()
    trained.execute("update raw.mine set a = a + 0.1 where label_y is null")

    def interrupt(done, total):
        if done == stars:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict(trained, "mine", progress=interrupt)
    assert trained.execute("from ml.predictions order by star_id").fetchall() == before
    predict(trained, "mine")
    after = trained.execute("from ml.predictions order by star_id").fetchall()
    assert len(after) == 450
    assert after != before


def test_star_outside_the_training_range_is_marked(trained):
    trained.execute("insert into raw.mine values (1, 25.0, 0.0, null, 3)")
    trained.execute("insert into raw.mine values (2, null, 0.0, null, 3)")
    predict(trained, "mine")
    marked = trained.execute(
        "select star_id, in_domain from ml.predictions where star_id < 3 order by all"
    ).fetchall()
    assert marked == [(1, False), (2, False)]
    share = trained.execute("select avg(in_domain::int) from ml.predictions")
    assert share.fetchall()[0][0] > 0.95


def test_star_of_a_kind_that_never_has_labels_is_marked(connection):
    columns = toy(2000)
    labels = np.asarray(columns["label_y"])
    # No star of b above 0.6 was ever labelled, and of the others every second one.
    kept = (np.asarray(columns["b"]) < 0.6) & (np.arange(2000) % 2 == 0)
    columns["label_y"] = pl.Series(np.where(kept, labels, np.nan)).fill_nan(None)
    # A few labelled strays hold the range of b open, as outliers do.
    columns["b"] = np.where(np.arange(2000) < 4, 0.95, columns["b"])
    make_view(connection, "mine", columns)
    train(connection, "mine", folds=3)
    predict(connection, "mine")
    known, unknown = connection.execute(
        "select avg(in_domain::int) filter (v.b < 0.55), "
        "avg(in_domain::int) filter (v.b > 0.65) "
        "from ml.predictions join features.mine as v using (star_id)"
    ).fetchall()[0]
    assert known > 0.95
    assert unknown < 0.1


def test_task_that_was_never_trained_says_so(connection):
    make_view(connection, "mine", toy())
    with pytest.raises(TaskError, match=r"never trained.*stellarwh train mine"):
        predict(connection, "mine")


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ("select * exclude (b) from raw.mine", "gone: b"),
        ("select *, a + 1 as c from raw.mine", "new: c"),
        ("select * replace (a::float as a) from raw.mine", "a was DOUBLE and is FLOAT"),
    ],
)
def test_view_that_no_longer_fits_says_what_changed(trained, view, message):
    trained.execute(f"create or replace view features.mine as {view}")
    with pytest.raises(TaskError, match=message):
        predict(trained, "mine")


def test_view_of_other_values_in_the_same_columns_says_what_changed(trained):
    trained.execute(
        "create or replace view features.mine as "
        "select star_id, 2 * a as a, b, label_y, healpix_group from raw.mine"
    )
    with pytest.raises(TaskError, match=r"gives other values: .* became .*2 \* a"):
        predict(trained, "mine")
    assert trained.execute("from ml.predictions").fetchall() == []


@pytest.mark.usefixtures("on_terminal")
def test_a_view_that_is_only_spelt_otherwise_is_the_same_view(trained, capsys):
    trained.execute(
        "update ml.runs set view_sql = "
        "'create view \"features\".mine as   from raw.mine'"
    )
    ((run_id,),) = trained.execute("select run_id from ml.runs").fetchall()
    seal_run(trained, run_id)
    trained.execute("update raw.mine set label_y = label_y + 1")
    assert predict(trained, "mine") > 0
    assert "labelled rows of features.mine have changed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("select (a + b) * c as x", "select ((a+b)*c)  AS x", True),
        ("select (a + b) * c as x", "select a + b * c as x", False),
        ("select a from t where (a > 1)", "SELECT a FROM t WHERE a > 1 -- so", True),
        ("select a from t where b = 'x  y'", "select a from t where b = 'x y'", False),
        ("select a from t", "select a from u", False),
        ("select a as x from t", "select a as y from t", False),
    ],
)
def test_views_are_compared_by_what_they_mean(connection, one, other, same):
    before, now = f"CREATE VIEW v AS {one};", f'create view "v" as\n{other}'
    assert means_the_same(connection, before, now) is same
    assert not means_the_same(connection, before, now.replace('"v"', '"v" (z)'))


def test_stars_without_an_id_are_refused_and_nothing_is_written(trained):
    predict(trained, "mine")
    before = trained.execute("from ml.predictions order by star_id").fetchall()
    trained.execute("insert into raw.mine values (null, 0.1, 0.0, null, 3)")
    with pytest.raises(TaskError, match="1 rows without star_id"):
        predict(trained, "mine")
    assert trained.execute("from ml.predictions order by star_id").fetchall() == before


def test_the_view_is_read_once(trained):
    trained.execute("create sequence looks")
    trained.execute(
        "create or replace view features.mine as select * from raw.mine "
        "where nextval('looks') > 0"
    )
    trained.execute(
        "update ml.runs set view_sql = (select sql from duckdb_views() "
        "where schema_name = 'features' and view_name = 'mine')"
    )
    ((run_id,),) = trained.execute("select run_id from ml.runs").fetchall()
    seal_run(trained, run_id)
    assert predict(trained, "mine") == 450
    assert trained.execute("select nextval('looks')").fetchall() == [(451,)]


def test_a_value_that_fails_late_is_an_error_of_the_view(trained):
    trained.execute(
        "insert into raw.mine select 100_000 + i, 0.1, 0, null, 3 "
        "from range(300_000) as t (i)"
    )
    trained.execute(
        "create or replace view features.mine as select * replace ("
        "case when star_id = 390_000 then error('no luck') else b end as b)"
        " from raw.mine"
    )
    with pytest.raises(TaskError, match=r"features.mine cannot be read: .*no luck"):
        predict(trained, "mine")
    assert trained.execute("from ml.predictions").fetchall() == []


def test_complete_stars_are_predicted_as_among_others(trained):
    predict(trained, "mine")
    before = trained.execute("from ml.predictions order by star_id").fetchall()
    trained.execute(
        "insert into raw.mine values (1, null, 0.5, null, 3), "
        "(700, 0.5, null, null, 3), (2000, null, null, null, 3)"
    )
    predict(trained, "mine")
    after = trained.execute(
        "from ml.predictions where star_id not in (1, 700, 2000) order by star_id"
    ).fetchall()
    assert after == before


def test_reordered_features_are_matched_by_name(trained):
    predict(trained, "mine")
    before = trained.execute("from ml.predictions order by star_id").fetchall()
    trained.execute(
        "create or replace view features.mine as "
        "select label_y, b, healpix_group, a, star_id from raw.mine"
    )
    predict(trained, "mine")
    assert trained.execute("from ml.predictions order by star_id").fetchall() == before


@pytest.mark.parametrize(
    "part", ["value", "spread", "calibration", "domain", "support"]
)
def test_tampered_artefact_is_refused(trained, part):
    trained.execute(
        "update ml.models set artefact = artefact || '\\x20'::blob where part = ?",
        [part],
    )
    with pytest.raises(TaskError, match="SHA-256"):
        predict(trained, "mine")


def test_artefact_swapped_with_its_hash_is_refused(trained):
    make_view(trained, "other", toy(200, seed=5))
    train(trained, "other", folds=3)
    trained.execute(
        "update ml.models as mine set artefact = theirs.artefact, "
        "sha256 = theirs.sha256 from ml.models as theirs "
        "where mine.part = 'value' and theirs.part = 'value' "
        "and mine.run_id like 'mine-%' and theirs.run_id like 'other-%'"
    )
    with pytest.raises(TaskError, match="set of parts"):
        predict(trained, "mine")


def test_missing_artefact_is_refused(trained):
    trained.execute("delete from ml.models where part = 'spread'")
    with pytest.raises(TaskError, match="set of parts"):
        predict(trained, "mine")


def test_doubled_star_ids_are_refused_and_nothing_is_written(trained):
    trained.execute("insert into raw.mine values (1358, 0.1, 0.0, null, 3)")
    with pytest.raises(TaskError, match="1 rows whose star_id stands in another"):
        predict(trained, "mine")
    assert trained.execute("from ml.predictions").fetchall() == []


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "columns", [toy(300), toy_classes(300)], ids=["number", "class"]
)
def test_stored_estimator_predicts_new_stars(connection, estimator, columns):
    make_view(connection, "mine", columns)
    train(connection, "mine", estimator=estimator, folds=3)
    # Other stars, in the same place as those trained on: ids moved by one million.
    connection.execute("update raw.mine set star_id = star_id + 1000000")
    predict(connection, "mine")
    if "label_y" in columns:
        error = connection.execute(
            "select avg(abs(value - label_y)) from ml.predictions "
            "join features.mine using (star_id)"
        ).fetchall()[0][0]
        assert error < 0.15
    else:
        right, in_set = connection.execute(
            "select avg((class = label_kind)::int), "
            "avg(list_contains(prediction_set, label_kind)::int) "
            "from ml.predictions join features.mine using (star_id)"
        ).fetchall()[0]
        assert right > 0.9
        assert in_set > 0.85


def test_latest_run_of_each_task_is_what_main_shows(sky):
    make_view(sky, "mine", toy(200))
    first = train(sky, "mine", folds=3).run_id
    predict(sky, "mine")
    second = train(sky, "mine", folds=3, seed=1).run_id
    shown = "select distinct run_id from main.predictions where task = 'mine'"
    assert sky.execute(shown).fetchall() == [(first,)]
    predict(sky, "mine")
    assert sky.execute(shown).fetchall() == [(second,)]
    sky.execute("drop view features.mine")


def test_a_run_of_another_version_is_refused_with_what_to_do():
    old = {
        ("y", "calibration"): {"factors": {"68": 1.0}, "pattern_keys": []},
        ("", "domain"): {"limits": {}, "least_chance": 0.0},
    }
    with pytest.raises(
        TaskError, match=r"Run mine-1 .*another version.*Train the task"
    ):
        StoredRun.from_parts("mine-1", ("a",), old)
