"""Names that published tables have, and values whose digits come late."""

import numpy as np
import polars as pl
import pytest
from views import labelled_rows, make_view, toy

from stellarwh.api.tasks import of_each_task
from stellarwh.errors import StellarwhWarning, TaskError
from stellarwh.learning import predict, train
from stellarwh.learning.estimators.registry import ESTIMATORS
from stellarwh.learning.runs.applying import StoredRun
from stellarwh.learning.runs.artefacts import read_artefacts, rebuild
from stellarwh.learning.tasks.scaling import fit_scaling
from stellarwh.learning.tasks.task import read_task
from stellarwh.learning.uncertainty.conformal import normal_quantile
from stellarwh.learning.uncertainty.groups import calibrate

PUBLISHED = ("*", "^x$", "[Fe/H]", "log(g)", "a<b")


def published() -> dict[str, object]:
    columns = toy(240)
    a, b = np.asarray(columns.pop("a")), np.asarray(columns.pop("b"))
    values = (a, b, a * b, a + b, a - b)
    return dict(zip(PUBLISHED, values, strict=True)) | columns


@pytest.mark.usefixtures("few_trees")
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_published_names_train_predict_and_are_shown(connection, estimator):
    make_view(connection, "mine", published())
    run = train(connection, "mine", estimator=estimator, folds=3)
    connection.execute("update raw.mine set star_id = star_id + 1000000")
    assert predict(connection, "mine") == 240
    shown = connection.execute(
        "select feature from ml.feature_importance where run_id = ? order by all",
        [run.run_id],
    ).fetchall()
    assert [name for (name,) in shown] == sorted(PUBLISHED)
    assert connection.execute("select distinct features from ml.runs").fetchall() == [
        (list(PUBLISHED),)
    ]


def test_what_stands_out_is_told_under_the_published_name(connection):
    columns = published()
    columns["^x$"] = list(np.asarray(columns["*"]))
    columns["*"] = [1e6, *np.asarray(columns["*"])[1:]]
    make_view(connection, "mine", columns)
    run = train(connection, "mine", folds=3)
    assert "*, ^x$" in " ".join(run.notes)
    far = connection.execute(
        "select distinct feature from ml.outliers "
        "where feature <> 'label_y - predicted'"
    ).fetchall()
    assert far == [("*",)]


def test_labels_are_labels_in_upper_case(connection):
    columns = toy() | {"LABEL_Y2": toy()["label_y"], "LABEL_Y2_ERR": [0.1] * 400}
    make_view(connection, "mine", columns)
    task = read_task(connection, "mine")
    assert task.features == ("a", "b")
    found = [(t.name, t.kind, t.error_column) for t in task.targets]
    assert found == [("y", "number", None), ("Y2", "number", "label_Y2_err")]
    train(connection, "mine", folds=3)


def test_columns_of_the_contract_may_be_in_upper_case(connection):
    columns = {name.upper(): values for name, values in toy().items()}
    make_view(connection, "mine", columns)
    assert read_task(connection, "mine").features == ("A", "B")
    train(connection, "mine", folds=3)


def test_a_label_without_a_target_is_refused(connection):
    make_view(connection, "mine", toy() | {"label_": [1.0] * 400})
    with pytest.raises(TaskError, match="names no target"):
        train(connection, "mine")


def test_a_column_renamed_to_its_own_name_in_lower_case_trains(connection):
    make_view(connection, "mine", toy())
    connection.execute(
        "create table raw.upper as select star_id, a as Teff, label_y, healpix_group "
        "from raw.mine; create or replace view features.mine as select star_id, "
        "Teff as teff, label_y, healpix_group from raw.upper"
    )
    train(connection, "mine", folds=3)
    assert predict(connection, "mine") == 400


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("interval (a::integer) day", "INTERVAL"),
        ("{'x': a::integer}", "STRUCT"),
        ("map {'x': a::integer}", "MAP"),
        ("'POINT'::enum('POINT', 'EXTENDED')", "ENUM"),
        ("[1, 2]", "INTEGER"),
    ],
)
def test_types_with_int_in_their_name_are_no_numbers(connection, expression, named):
    make_view(connection, "mine", toy())
    connection.execute(
        f"create or replace view features.mine as select *, {expression} as c "
        "from raw.mine"
    )
    with pytest.raises(TaskError, match=f"Feature c of features.mine is {named}"):
        train(connection, "mine")


def test_numbers_of_every_type_are_read(connection):
    make_view(connection, "mine", toy())
    connection.execute(
        "create or replace view features.mine as select *, a > 0 as c, "
        "(1e20 * a)::hugeint as d, (1e15 * abs(b))::ubigint as e, "
        "a::decimal(38, 10) as f from raw.mine"
    )
    a, b = (np.asarray(toy()[name]) for name in "ab")
    read = labelled_rows(connection, "mine").features
    assert read["c"].to_list() == (a > 0).astype(float).tolist()
    assert read["d"].to_numpy() == pytest.approx(1e20 * a, rel=1e-12)
    assert read["e"].to_numpy() == pytest.approx(np.round(1e15 * np.abs(b)), rel=1e-12)
    assert read["f"].to_numpy() == pytest.approx(np.round(a, 10), abs=1e-15)
    train(connection, "mine", folds=3)
    assert predict(connection, "mine") == 400


def test_one_broken_view_is_named_and_the_others_are_served(connection):
    make_view(connection, "mine", toy())
    make_view(connection, "broken", toy())
    connection.execute("drop table raw.broken")
    served = []
    with pytest.warns(
        StellarwhWarning, match=r"features\.broken cannot be read"
    ) as said:
        of_each_task(
            connection, (), lambda name: served.append(read_task(connection, name).name)
        )
    assert served == ["mine"]
    assert len(said) == 1


@pytest.mark.parametrize("estimator", ["xgboost", "histogram-boosting"])
def test_julian_dates_teach_what_the_same_days_from_zero_do(connection, estimator):
    columns = toy()
    run_ids = []
    for offset in (0.0, 2457000.5):
        days = np.asarray(columns["a"]) * 0.001 + offset
        make_view(connection, "mine", columns | {"a": days})
        run_ids.append(train(connection, "mine", estimator=estimator).run_id)
    near, far = (
        connection.execute(
            "select value from ml.metrics where metric = 'mae' and folds = 'blocked' "
            "and stratum = 'all' and run_id = ?",
            [run_id],
        ).fetchall()[0][0]
        for run_id in run_ids
    )
    assert far < 1.1 * near  # 0.6 without centring, 0.1 with it


def test_stored_runs_scale_julian_dates_as_training_did(connection):
    columns = toy()
    columns["a"] = 2457000.5 + 0.001 * np.asarray(columns["a"])
    make_view(connection, "mine", columns)
    train(connection, "mine")
    connection.execute("update raw.mine set star_id = star_id + 1000000")
    predict(connection, "mine")
    error = connection.execute(
        "select avg(abs(value - label_y)) from ml.predictions "
        "inner join raw.mine using (star_id)"
    ).fetchall()[0][0]
    assert error < 0.15
    run_id, sealed = connection.execute(
        "select run_id, artefacts_sha256 from ml.runs"
    ).fetchall()[0]
    parts = rebuild(read_artefacts(connection, run_id, sealed), 2)
    run = StoredRun.from_parts(run_id, ("a", "b"), parts)
    assert run.scaling.offset[0] == pytest.approx(2457000.5)
    assert run.scaling.offset[1] == 0.0


def test_values_of_any_size_keep_their_digits():
    values = np.linspace(-1, 1, 101)
    frame = pl.DataFrame(
        {"usual": 5000 + 300 * values, "tiny": 1e-50 * values, "large": 1e30 * values,
         "late": 1e12 + values, "constant": np.full(101, 2457000.5)}
    )  # fmt: skip
    inputs = fit_scaling(frame).of(frame)
    assert inputs.columns == [f"f{i}" for i in range(5)]
    assert inputs["f0"].to_list() == frame["usual"].to_list()
    for name in ("f1", "f2", "f3"):
        single = inputs[name].cast(pl.Float32)
        assert single.n_unique() == 101
        assert 1 < single.max() < 2
    assert inputs["f4"].unique().to_list() == [0.0]


@pytest.mark.parametrize("column", ["a", "label_y"])
def test_values_beyond_single_precision_are_refused_by_name(connection, column):
    columns = toy()
    make_view(connection, "mine", columns | {column: 1e39 * np.asarray(columns["a"])})
    with pytest.raises(TaskError, match=rf"Column {column} of .* beyond 3\.4e\+38"):
        train(connection, "mine")


def test_values_beyond_single_precision_are_refused_by_predict(connection):
    make_view(connection, "mine", toy())
    train(connection, "mine", folds=3)
    connection.execute("insert into raw.mine values (1, 1e39, 0, null, 3)")
    with pytest.raises(TaskError, match=r"Column a of .* beyond 3\.4e\+38"):
        predict(connection, "mine")


def test_a_negative_label_error_is_unknown(connection):
    errors = [-9999.0, 0.2, 0.3, 0.4] * 100
    make_view(connection, "mine", toy() | {"label_y_err": errors})
    train(connection, "mine", folds=3)
    stored = connection.execute(
        "select distinct label_err from ml.out_of_fold order by all"
    ).fetchall()
    assert [e for (e,) in stored] == [0.2, 0.3, 0.4]


def test_the_wider_interval_holds_the_narrower_one(connection):
    # Labels that err by one fixed amount: both levels are just covered at that amount.
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    columns = {
        "star_id": np.arange(1000),
        "x": x,
        "label_y": 10 * x + rng.choice([-1.0, 1.0], 1000),
        "label_y_err": np.full(1000, 0.5),
        "healpix_group": np.arange(1000) % 50,
    }
    make_view(connection, "mine", columns)
    train(connection, "mine")
    narrower = connection.execute(
        "select count(*) from ml.out_of_fold "
        "where not (lower_90 <= lower_68 and upper_90 >= upper_68)"
    ).fetchall()
    assert narrower == [(0,)]


def test_factors_of_any_scores_give_nested_intervals():
    rng = np.random.default_rng(1)
    scores = {68: rng.uniform(2, 3, 900), 90: rng.uniform(0.1, 0.2, 900)}
    code = np.arange(900) % 2
    factors = calibrate(scores, [code])
    for found in (factors.shared, *factors.own[0].values()):
        assert found[90] * normal_quantile(90) == pytest.approx(
            found[68] * normal_quantile(68)
        )
