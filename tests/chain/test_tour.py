"""What a user does after the demo: status, export, match."""

import polars as pl
from astropy.table import Table
from typer.testing import CliRunner

from stellarwh.cli import app
from stellarwh.warehouse.database import open_warehouse
from tests.chain.conftest import Chain
from tests.docs.blocks import blocks

# One worker makes the folder's slow fixtures once (``--dist loadgroup``).


def run(chain: Chain, *arguments: object) -> str:
    line = ["--warehouse", str(chain.warehouse), *(str(a) for a in arguments)]
    result = CliRunner().invoke(app, line, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_demo_says_that_its_data_are_simulated_and_where_to_look(chain):
    assert "SIMULATED" in chain.output
    assert str(chain.reports / "index.html") in chain.output
    assert str(chain.warehouse) in chain.output
    assert "0 failed" in chain.output
    assert (
        "300 files read as those of lamost: 300 spectra, 61 indices each"
        in chain.output
    )
    assert "ingest-spectra" not in chain.output  # no task is without what it reads


def test_status_names_releases_rows_and_runs(chain):
    said = run(chain, "status")
    for text in ("raw.apogee", "DR17", "SIMULATED", "main.stars", "task spectral_type"):
        assert text in said
    assert "run 'stellarwh build'" not in said


def test_stars_go_out_as_fits_csv_and_parquet(chain, tmp_path):
    for ending in ("fits", "csv", "parquet"):
        run(chain, "export", "stars", tmp_path / f"stars.{ending}")
    from_fits = Table.read(tmp_path / "stars.fits")
    from_csv = pl.read_csv(tmp_path / "stars.csv")
    from_parquet = pl.read_parquet(tmp_path / "stars.parquet")
    assert from_fits["ra"].unit == "deg"
    assert from_fits["star_id"].tolist() == from_parquet["star_id"].to_list()
    assert from_csv["star_id"].to_list() == from_parquet["star_id"].to_list()


def test_the_table_for_a_paper_goes_out_as_it_stands(chain, repository, tmp_path):
    page = blocks(repository, repository / "docs/howto/export.md")
    sql = [block.text for block in page if block.language == "sql"][-1]
    run(chain, "export", sql, tmp_path / "paper.parquet")
    paper = pl.read_parquet(tmp_path / "paper.parquet")
    assert len(paper) > 100
    assert paper["star_id"].is_unique().all()
    assert set(paper["teff_kind"]) == {"measured", "learned"}
    disagreeing = set(paper["disagreeing"].explode().drop_nulls())
    assert disagreeing
    assert not disagreeing & {"teff", "fe_h"}
    assert paper["v_phi"].is_not_null().any()


def test_match_writes_pairs_of_two_tables(chain, tmp_path):
    out = tmp_path / "pairs.csv"
    said = run(
        chain, "match", "raw.apogee", "raw.lamost", "--mode", "mutual", "--out", out
    )
    pairs = pl.read_csv(out)
    assert pairs.columns[:3] == ["left_id", "right_id", "separation"]
    assert f"{len(pairs):,} pairs" in said
    assert pairs["separation"].max() <= 1.0


def test_a_second_demo_of_the_same_seed_gives_the_same_predictions(chain, tmp_path):
    """Same seed, same data: retraining one task repeats its numbers bit for bit."""
    query = (
        "select star_id, value, lower_90, upper_90 from ml.out_of_fold "
        "where run_id = ? and target = 'teff' order by star_id"
    )
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(chain.warehouse.read_bytes())
    line = ["--warehouse", str(copy), "train", "apogee_from_galah", "--seed", "0"]
    assert CliRunner().invoke(app, line, catch_exceptions=False).exit_code == 0
    with open_warehouse(copy, read_only=True) as connection:
        runs = connection.execute(
            "select run_id from ml.runs where task = 'apogee_from_galah'"
        ).fetchall()
        assert len(runs) == 2
        first, second = (connection.execute(query, list(r)).fetchall() for r in runs)
    assert first == second
