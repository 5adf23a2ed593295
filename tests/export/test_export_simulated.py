"""Rows of simulated catalogues stay simulated, wherever they are written and read."""

import sys
from pathlib import Path

import pytest
from astropy.table import Table

import stellarwh
from stellarwh.cli import main
from stellarwh.export.export import export_table
from stellarwh.ingest import ingest_survey
from stellarwh.warehouse.database import open_warehouse

FORMATS = ["fits", "vot", "ecsv", "parquet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    (folder / "mine.csv").write_text("id,ra,dec\n1,10,20\n2,11,21\n")
    with open_warehouse(folder / "w.duckdb") as connection:
        for name in ("sim", "real"):
            ingest_survey(connection, name, folder / "mine.csv", ra="ra", dec="dec")
        connection.execute(
            "update meta.ingests set is_simulated = true where survey = 'sim'"
        )
    return folder


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize(
    ("asked", "is_simulated"),
    [
        ("raw.sim", True),
        ("raw.real", False),
        ("select a.* from raw.real as a inner join raw.sim as b using (id)", True),
    ],
)
def test_what_is_exported_and_read_again_is_as_simulated_as_before(
    folder: Path, tmp_path: Path, ending: str, asked: str, is_simulated: bool
) -> None:
    out = tmp_path / f"out.{ending}"
    with open_warehouse(folder / "w.duckdb", read_only=True) as connection:
        export_table(connection, asked, out)
    with open_warehouse(tmp_path / "back.duckdb") as connection:
        result = ingest_survey(connection, "back", out, ra="ra", dec="dec")
    assert result.is_simulated is is_simulated
    assert result.rows == 2


@pytest.mark.parametrize("ending", ["fits", "ecsv"])
def test_a_table_of_astropy_says_so_and_its_files_do(
    folder: Path, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    with stellarwh.open(folder / "w.duckdb") as wh:
        made = wh.table("raw.sim").to_astropy()
        assert wh.table("raw.real").to_astropy().meta == {}
    assert made.meta == {"SIMULATE": True}
    made["id", "ra", "dec"].write(out)
    with open_warehouse(tmp_path / "back.duckdb") as connection:
        result = ingest_survey(connection, "back", out, ra="ra", dec="dec")
    assert result.is_simulated


@pytest.mark.parametrize(("table", "warns"), [("raw.sim", True), ("raw.real", False)])
def test_csv_cannot_say_so_and_the_command_does(
    folder: Path,
    table: str,
    warns: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    line = ["stellarwh", "--warehouse", str(folder / "w.duckdb"), "export", table, "-"]
    monkeypatch.setattr(sys, "argv", line)
    with pytest.raises(SystemExit):
        main()
    assert ("which CSV has no place to say" in capfd.readouterr().err) is warns


@pytest.mark.parametrize("ending", FORMATS)
def test_what_astropy_reads_of_a_file_says_so(
    folder: Path, tmp_path: Path, ending: str
) -> None:
    for table, is_simulated in (("raw.sim", True), ("raw.real", False)):
        out = tmp_path / f"{table}.{ending}"
        with open_warehouse(folder / "w.duckdb", read_only=True) as connection:
            export_table(connection, table, out)
        meta = Table.read(out).meta
        if ending == "vot":  # of whose elements astropy gives the description
            said = meta.get("description", "").startswith("SIMULATE = T: ")
        else:
            said = meta.get("SIMULATE") is True
        assert said is is_simulated, meta
