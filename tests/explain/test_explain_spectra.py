"""What `explain` tells of a star that has spectra."""

from pathlib import Path

import pytest

import stellarwh
from tests.explain.conftest import SEED, STARS


@pytest.fixture(scope="module")
def with_spectra(calibrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the warehouse with spectra of a few of LAMOST's stars."""
    folder = tmp_path_factory.mktemp("spectra")
    path = folder / "w.duckdb"
    path.write_bytes(calibrated.read_bytes())
    files = stellarwh.simulate_sky(
        folder, stars=STARS, seed=SEED, survey="lamost", spectra=8
    )
    with stellarwh.open(path, write=True) as wh:
        wh.ingest_spectra("lamost", files["spectra"])
    return path


def test_spectra_and_their_indices_are_told(with_spectra: Path) -> None:
    with stellarwh.open(with_spectra) as wh:
        star, spectrum, snr, velocity = wh.connection.execute(
            "select star_id, spectrum_id, spectra.snr, velocity "
            "from main.star_spectra "
            "inner join raw.spectra as spectra using (survey, spectrum_id) "
            "where star_id is not null order by star_id limit 1"
        ).fetchall()[0]
        measured = dict(
            wh.connection.execute(
                "select index_name, value from raw.spectral_indices "
                "where survey = 'lamost' and spectrum_id = ?",
                [spectrum],
            ).fetchall()
        )
        told = wh.explain(star)
        stage = told.stages[-1]
        assert stage.name == "spectra"
        first, second = stage.steps
        assert first.lines[0].startswith(
            f"lamost {spectrum}: S/N {snr:.4g}, by its id, "
        )
        assert first.lines[0].endswith("SIMULATED")
        assert first.lines[1] == (
            f"  shifted to rest by {velocity:.4g} km/s of the catalogue"
        )
        assert f"hbeta {measured['Hbeta']:.4g} ±" in " ".join(second.lines)
        assert second.rows[0]["mgb"] == measured["Mgb"]
        for step in stage.steps:
            assert len(wh.connection.execute(step.sql).fetchall()) == len(step.rows)
        alone = wh.connection.execute(
            "select star_id from main.stars anti join main.star_spectra using (star_id)"
        ).fetchall()[0][0]
        assert [one.name for one in wh.explain(alone).stages][-1] == "doubts"
