"""Files of values on one scale say which calibration brought them there."""

import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table

import stellarwh
from stellarwh.warehouse.database import open_warehouse

FORMATS = ["fits", "vot", "ecsv", "parquet"]
RUN = {"SCALERUN": "scale-late", "SCALEREF": "galah"}
NO_RUN = {"SCALERUN": "constant zero points", "SCALEREF": "apogee"}


@pytest.fixture(scope="module")
def constants(built_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse of two surveys that was never calibrated."""
    path = Path(shutil.copy(built_path, tmp_path_factory.mktemp("said")))
    with open_warehouse(path) as connection:
        connection.execute(
            "insert into matching.surveys by name "
            "select unnest(['apogee', 'galah']) as survey, 5 as n_stars"
        )
    return path


@pytest.fixture(scope="module")
def fitted(constants: Path) -> Path:
    """Return the same, calibrated twice."""
    path = Path(shutil.copy(constants, constants.with_name("fitted.duckdb")))
    with duckdb.connect(path) as connection:  # noqa: TID251 - set up already
        connection.execute(
            "insert into scale.runs by name select *, ['apogee', 'galah'] as surveys, "
            "0 as seed, 1 as seconds, 5 as n_stars, '' as data_fingerprint, "
            "'{}' as parameters, '{}' as versions from (values "
            "('scale-late', 'galah', timestamp '2026-11-02'), "
            "('scale-early', 'apogee', timestamp '2026-11-01')) "
            "as of_runs(run_id, reference, created_at)"
        )
    return path


def _read(path: Path) -> dict[str, str]:
    """Return what others read of a file: its keywords of the scale."""
    if path.suffix == ".vot":
        found = {i.name: i.value for i in parse(path).resources[0].infos}
    elif path.suffix == ".parquet":
        metadata = pq.read_schema(path).metadata
        found = {key.decode(): text.decode() for key, text in metadata.items()}
        # As astropy has it.
        assert _of_scale(Table.read(path).meta) == _of_scale(found)
    elif path.suffix == ".fits":
        found = dict(fits.getheader(path, 1))
    else:
        found = Table.read(path).meta
    return _of_scale(found)


def _of_scale(found: dict[str, str]) -> dict[str, str]:
    return {key: text for key, text in found.items() if key.startswith("SCALE")}


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_says_the_run_and_its_reference(
    fitted: Path, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    with stellarwh.open(fitted) as wh:
        wh.export("select star_id, teff from main.parameters", out)
    assert _read(out) == RUN


@pytest.mark.parametrize(
    "table", ["parameters", "best_parameters", "calibrated", "kinematics"]
)
def test_every_table_of_calibrated_values_says_it(
    fitted: Path, tmp_path: Path, table: str
) -> None:
    out = tmp_path / "out.fits"
    with stellarwh.open(fitted) as wh:
        wh.export(table, out)
    assert _read(out) == RUN


def test_a_file_says_the_run_that_is_in_use_and_not_the_latest(
    fitted: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(fitted, tmp_path))
    with duckdb.connect(path) as connection:  # noqa: TID251 - set up already
        connection.execute(
            "insert into scale.uses values ('scale-early', timestamp '2026-11-03')"
        )
    with stellarwh.open(path) as wh:
        wh.export("main.parameters", tmp_path / "out.fits")
    found = _read(tmp_path / "out.fits")
    assert found == {"SCALERUN": "scale-early", "SCALEREF": "apogee"}


@pytest.mark.parametrize("ending", FORMATS)
def test_without_a_calibration_a_file_says_that_there_is_none(
    constants: Path, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    with stellarwh.open(constants) as wh:
        wh.export("select star_id, teff from main.parameters", out)
    assert _read(out) == NO_RUN


@pytest.mark.parametrize("asked", ["main.stars", "main.measurements", "scale.runs"])
def test_what_is_not_calibrated_says_nothing(
    fitted: Path, tmp_path: Path, asked: str
) -> None:
    out = tmp_path / "out.fits"
    with stellarwh.open(fitted) as wh:
        wh.export(asked, out)
        assert wh.table(asked).to_astropy().meta == {}
    assert _of_scale(dict(fits.getheader(out, 1))) == {}


@pytest.mark.usefixtures("on_terminal")
def test_csv_has_no_place_for_it_and_the_user_hears_so(
    fitted: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with stellarwh.open(fitted) as wh:
        wh.export("main.stars", tmp_path / "stars.csv")
        assert "SCALE" not in capfd.readouterr().err
        wh.export("main.parameters", tmp_path / "out.csv")
    assert "SCALERUN scale-late, SCALEREF galah" in capfd.readouterr().err


@pytest.mark.parametrize("keep", ["to_arrow", "__repr__"])
def test_a_result_that_is_kept_says_it_when_the_warehouse_is_closed(
    fitted: Path, keep: str
) -> None:
    with stellarwh.open(fitted) as wh:
        result = wh.sql("select teff from main.parameters")
        getattr(result, keep)()
    assert result.to_astropy().meta == RUN


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("from main.parameters", []),
        ("select teff from main.parameters where teff > ?", [5000]),
        ("select teff from main.parameters where teff > $least", {"least": 5000}),
    ],
)
def test_tables_of_astropy_say_it_too(fitted: Path, sql: str, values: object) -> None:
    with stellarwh.open(fitted) as wh:
        assert wh.sql(sql, values).to_astropy().meta == RUN
