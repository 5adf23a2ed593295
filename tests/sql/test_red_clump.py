"""Evolutionary stages of giants whose state asteroseismology knows (APOKASC-3)."""

import pyarrow as pa
import pytest
from astropy.table import Table

COLUMNS = {
    "TEFF_COR": "teff",
    "LOGG_COR": "logg",
    "FE_H_ADOP_COR": "fe_h",
    "C_M_RAW": "c_fe",
    "N_M_RAW": "n_fe",
}


@pytest.fixture(scope="module")
def seismic(realdata):
    """Return the 10,720 giants with a seismic state, APOGEE's class beside it."""
    table = Table.read(realdata / "reference" / "apokasc_logg_cal.fits")
    columns = {
        ours: table[theirs].astype("float64").filled(float("nan")).tolist()
        if hasattr(table[theirs], "filled")
        else table[theirs].astype("float64").tolist()
        for theirs, ours in COLUMNS.items()
    }
    state = table["CONS_EVSTATES"].astype(str).filled("").tolist()
    columns["state"] = [word.strip() for word in state]
    columns["giant_class"] = [
        {1: "RGB", 2: "RC"}[number] for number in table["ES_SP"].tolist()
    ]
    return pa.table(columns)


def purity_and_completeness(connection, seismic, options):
    connection.register("seismic", seismic)
    found = connection.execute(
        "with staged as (select state = 'RC' as is_clump, coalesce("
        f"evolutionary_stage(teff, logg, fe_h, c_fe, n_fe{options}) = 'red clump', "
        "false) as is_found from seismic where state in ('RC', 'RGB')) "
        "select count(*), count(*) filter (is_clump), "
        "mean(is_clump::int) filter (is_found), mean(is_found::int) filter (is_clump) "
        "from staged"
    ).fetchall()
    connection.unregister("seismic")
    return found[0]


def test_the_ridge_of_dr17_tells_the_clump_of_real_stars(warehouse, seismic):
    n, n_clump, purity, completeness = purity_and_completeness(warehouse, seismic, "")
    assert (n, n_clump) == (10_720, 4_714)
    assert purity == pytest.approx(0.956, abs=0.002)
    assert completeness == pytest.approx(0.956, abs=0.002)


def test_the_ridge_of_dr13_does_not_fit_the_values_of_dr17(warehouse, seismic):
    """Why the ridge is declared for a release: by the old one a third is no clump."""
    _, _, purity, completeness = purity_and_completeness(
        warehouse, seismic, ", release := 'DR13'"
    )
    assert purity == pytest.approx(0.69, abs=0.01)
    assert completeness > 0.97


def test_the_class_of_the_survey_goes_before_the_ridge(warehouse, seismic):
    """Whatever the ridge: 94.7 % and 95.9 % are those of the column itself."""
    for release in ("DR13", "DR17"):
        _, _, purity, completeness = purity_and_completeness(
            warehouse,
            seismic,
            f", giant_class := giant_class, release := '{release}'",
        )
        assert purity == pytest.approx(0.947, abs=0.001)
        assert completeness == pytest.approx(0.959, abs=0.002)


def test_labels_take_the_ridge_of_the_release_in_the_warehouse(warehouse):
    """4600 K at log g 2.5 is clump by the ridge of DR14, branch by that of DR17."""
    warehouse.execute(
        "insert into meta.ingests by name select 1 as ingest_id, 'apogee' as survey, "
        "'f' as file, 0 as size, '' as sha256, 'fits' as format, 'DR14' as release, "
        "false as is_simulated, 1 as rows, 1 as columns, '' as selection, "
        "false as is_clustered, [] as warnings, 0 as seconds, '' as version, "
        "now()::timestamp as ingested_at"
    )
    warehouse.execute(
        "insert into main.stars by name "
        "select 1 as star_id, '1' as apogee_source_id, 1 as healpix"
    )
    for view, row in {
        "main.star_photometry": "1 as star_id, 0.5 as j_h, 0.1 as h_ks",
        "main.measurements": "'apogee' as survey, '1' as source_id, 1 as star_id, "
        "true as is_best, true as is_clean, 4600.0 as teff, 2.5 as logg, 0.0 as fe_h, "
        "-0.3 as c_fe, 0.2 as n_fe",
    }.items():
        warehouse.execute(f"create table rows as from {view} limit 0")
        warehouse.execute(f"drop view {view}")
        warehouse.execute(f"create table {view} as from rows")
        warehouse.execute("drop table rows")
        warehouse.execute(f"insert into {view} by name select {row}")
    label = "select label_evolutionary_stage from features.evolutionary_stage"
    assert warehouse.execute(label).fetchall() == [("red clump",)]
    warehouse.execute("update meta.ingests set release = 'DR17 Lite'")
    assert warehouse.execute(label).fetchall() == [("RGB",)]
    warehouse.execute("update main.measurements set giant_class = 'RC'")
    assert warehouse.execute(label).fetchall() == [("red clump",)]
