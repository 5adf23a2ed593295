"""A run says which files it learned from, and its predictions what became of those."""

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner
from views import make_view, toy

from stellarwh.cli import app
from stellarwh.ingest import ingest_survey
from stellarwh.learning import predict, train
from stellarwh.warehouse.database import publish
from stellarwh.warehouse.freshness import SOURCE_COLUMNS

TASK = (
    "create view features.clumps as select id as star_id, cell as healpix_group, "
    "x, y, t as label_teff from raw.mine"
)


def write_catalogue(path: Path, shift: float, n: int = 200) -> Path:
    rows = (
        f"{i},{i / 2},{i / 5 - 20},{i % 10},{i % 7},{i % 3},{4000 + i % 7 + shift}"
        for i in range(n)
    )
    path.write_text("\n".join(["id,ra,dec,cell,x,y,t", *rows, ""]))
    return path


@pytest.fixture
def learned(
    built_connection: duckdb.DuckDBPyConnection, tmp_path: Path, few_trees: None
) -> duckdb.DuckDBPyConnection:
    """Return a warehouse with a run and its predictions of a catalogue of one's own."""
    connection = built_connection
    path = write_catalogue(tmp_path / "mine.csv", 0.0)
    ingest_survey(connection, "mine", path, ra="ra", dec="dec")
    connection.execute(TASK)
    train(connection, "clumps", folds=2)
    predict(connection, "clumps")
    return connection


def shown(connection: duckdb.DuckDBPyConnection) -> list[tuple[bool, bool]]:
    return connection.execute(
        "select distinct is_simulated, is_stale from main.predictions"
    ).fetchall()


def test_a_run_records_its_files(
    learned: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    held = learned.execute(
        f"select {', '.join(SOURCE_COLUMNS)} from meta.ingests"
    ).fetchall()
    runs = learned.execute(
        "select is_simulated, unnest(sources, max_depth := 2) from ml.runs"
    ).fetchall()
    assert runs == [(False, *held[0])]
    assert held[0][1] == str(tmp_path / "mine.csv")
    applied = "select unnest(sources, max_depth := 2) from ml.predicted_from"
    assert learned.execute(applied).fetchall() == held
    assert shown(learned) == [(False, False)]


@pytest.mark.usefixtures("on_terminal")
def test_predictions_of_a_replaced_file_are_stale_until_learned_anew(
    learned: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = write_catalogue(tmp_path / "other.csv", 100.0)
    ingest_survey(learned, "mine", other, ra="ra", dec="dec", replace=True)
    assert shown(learned) == [(False, True)]
    # The old run, applied to the new rows, stays of the old file.
    predict(learned, "clumps")
    said = capsys.readouterr().err.replace("\n", " ")
    assert "learned from files that are no longer in the warehouse: mine.csv" in said
    assert shown(learned) == [(False, True)]
    train(learned, "clumps", folds=2)
    predict(learned, "clumps")
    assert shown(learned) == [(False, False)]
    replaced = learned.execute(
        "select list_sort(list(replaced_surveys)) from main.run_provenance"
    ).fetchall()
    assert replaced == [([[], ["mine"]],)]


def test_simulated_labels_stay_simulated_when_real_files_come(
    learned: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    learned.execute("update meta.ingests set is_simulated = true")
    train(learned, "clumps", folds=2)
    predict(learned, "clumps")
    assert shown(learned) == [(True, False)]
    real = write_catalogue(tmp_path / "real.csv", 50.0)
    ingest_survey(learned, "mine", real, ra="ra", dec="dec", replace=True)
    assert shown(learned) == [(True, True)]
    predict(learned, "clumps")
    assert shown(learned) == [(True, True)]


def test_status_and_export_say_so(
    learned: duckdb.DuckDBPyConnection, tmp_path: Path, warehouse_path: Path
) -> None:
    learned.execute("update meta.ingests set ingest_id = 9, is_simulated = true")
    publish(learned)
    run = ["--warehouse", str(warehouse_path)]
    status = CliRunner().invoke(app, [*run, "status"]).output.replace("\n", " ")
    assert "STALE: mine replaced since" in status
    out = str(tmp_path / "out.csv")
    for table in ("main.predictions", "ml.predictions", "ml.out_of_fold"):
        export = [*run, "export", table, out, "--overwrite"]
        result = CliRunner().invoke(app, export)
        assert result.exit_code == 0
        assert "data that the warehouse no longer holds" in result.output.replace(
            "\n", " "
        )
    result = CliRunner().invoke(app, [*run, "export", "raw.mine", out, "--overwrite"])
    assert "no longer holds" not in result.output


def test_a_table_that_no_file_is_known_of_is_named(
    built_connection: duckdb.DuckDBPyConnection, few_trees: None
) -> None:
    connection = built_connection
    make_view(connection, "mine", toy(120))
    train(connection, "mine", folds=2)
    predict(connection, "mine")
    sources = connection.execute(
        "select is_simulated, sources[1].survey, sources[1].file from ml.runs"
    ).fetchall()
    assert sources == [(None, "raw.mine", None)]
    assert shown(connection) == [(None, False)]


def test_a_run_of_an_earlier_version_is_not_called_current(
    learned: duckdb.DuckDBPyConnection,
) -> None:
    learned.execute("update ml.runs set sources = null")
    assert shown(learned) == [(None, None)]


def test_what_is_learned_from_predictions_has_their_sources_too(
    learned: duckdb.DuckDBPyConnection, few_trees: None
) -> None:
    learned.execute(
        "update ml.runs set is_simulated = true, sources = "
        "list_transform(sources, lambda s: {'survey': 'apogee', 'file': 'a.fits', "
        "'sha256': 'ab', 'release': 'DR17', 'is_simulated': true, 'ingest_id': 7})"
    )
    learned.execute(
        "create view features.stacked as select m.id as star_id, m.cell as "
        "healpix_group, p.value as x, m.t as label_teff from raw.mine as m "
        "inner join main.predictions as p on p.star_id = m.id"
    )
    train(learned, "stacked", folds=2)
    found = learned.execute(
        "select is_simulated, list_transform(sources, lambda s: s.survey) from ml.runs "
        "where task = 'stacked'"
    ).fetchall()
    assert found == [(True, ["apogee", "mine"])]
