"""Programs that astronomers use: STILTS (TOPCAT's library), pyvo, astroquery."""

import re
import subprocess
import warnings

import numpy as np
import pytest
import pyvo
from astropy.table import Table

from tests.serve.conftest import GROUP

# pyvo and astroquery leave connections open.
pytestmark = [
    GROUP,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
QUERY = "SELECT TOP 7 star_id, ra, dec FROM main.stars ORDER BY star_id"


@pytest.fixture
def tap(service):
    return pyvo.dal.TAPService(f"{service.url}/tap")


@pytest.fixture
def mine():
    return Table({"word": ["a", "b"], "n": [1, 2]})


def tapquery(stilts, service, tmp_path, **more):
    out = tmp_path / "out.csv"
    given = {"tapurl": f"{service.url}/tap", "out": out, "ofmt": "csv", **more}
    line = [stilts, "tapquery", *(f"{key}={value}" for key, value in given.items())]
    subprocess.run(line, check=True, timeout=120, capture_output=True)
    return Table.read(out, format="csv")


def test_taplint_finds_nothing_wrong(stilts, service, tmp_path):
    line = [stilts, "taplint", f"tapurl={service.url}/tap", "maxtable=20"]
    run = subprocess.run(line, timeout=400, capture_output=True, text=True)
    wrong = re.findall(r"^[EW]-.*$", run.stdout, re.MULTILINE)
    assert wrong == []
    assert "Totals: Errors: 0; Warnings: 0;" in run.stdout


@pytest.mark.parametrize("sync", ["true", "false"])
def test_stilts_asks(stilts, service, tmp_path, sync):
    found = tapquery(stilts, service, tmp_path, adql=QUERY, sync=sync)
    assert found.colnames == ["star_id", "ra", "dec"]
    assert len(found) == 7


@pytest.mark.parametrize("sync", ["true", "false"])
def test_stilts_uploads(stilts, service, tmp_path, mine, sync):
    path = tmp_path / "mine.csv"
    mine.write(path, format="csv")
    query = "SELECT n, word FROM TAP_UPLOAD.t AS t ORDER BY n"
    more = {"nupload": 1, "upload1": path, "ufmt1": "csv", "upname1": "t"}
    found = tapquery(stilts, service, tmp_path, adql=query, sync=sync, **more)
    assert list(found["word"]) == ["a", "b"]


def test_pyvo_asks_at_once_and_by_a_job(tap):
    at_once = tap.search(QUERY)
    assert at_once.to_table()["ra"].unit == "deg"
    by_a_job = tap.run_async(QUERY, delete=True)
    assert list(at_once["star_id"]) == list(by_a_job["star_id"])
    assert len(at_once) == 7
    with pytest.raises(pyvo.dal.DALQueryError, match=r"nothing"):
        tap.run_async("SELECT nothing FROM main.stars")


def test_pyvo_uploads(tap, mine):
    query = "SELECT n, word FROM TAP_UPLOAD.t AS t ORDER BY n"
    for ask in (tap.search, tap.run_async):
        found = ask(query, uploads={"t": mine})
        assert list(found["n"]) == [1, 2]


def test_pyvo_knows_tables_examples_and_limits(tap):
    assert tap.hardlimit == 50_000
    assert "main.stars" in list(tap.tables.keys())
    columns = {column.name: column for column in tap.tables["main.stars"].columns}
    assert columns["ra"].unit == "deg"
    assert len(tap.examples) == 5
    assert tap.get_tap_capability().get_adql().get_udf("ivo_healpix_index")


def test_pyvo_says_that_a_result_is_cut_off(tap):
    # 400 × 400 rows, if there were no limit.
    query = "SELECT a.star_id FROM main.stars AS a, main.stars AS b"
    with pytest.warns(pyvo.dal.DALOverflowWarning):
        found = tap.search(query)
    assert len(found) == 50_000


def test_pyvo_searches_a_cone(service, tap):
    star = tap.search(QUERY)[0]
    cone = pyvo.dal.SCSService(f"{service.url}/scs")
    found = cone.search((float(star["ra"]), float(star["dec"])), radius=0.001)
    assert str(star["star_id"]) in list(found["star_id"])


def test_astroquery_asks_and_uploads(service, mine, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from astroquery.utils.tap.core import TapPlus  # noqa: PLC0415

        tap = TapPlus(url=f"{service.url}/tap")
        # All of them it reads of ESA's services alone.
        found = tap.load_tables(only_names=True)
        assert "main.stars" in [table.name for table in found]
        at_once = tap.launch_job(QUERY).get_results()
        by_a_job = tap.launch_job_async(QUERY).get_results()
        assert np.array_equal(at_once["star_id"], by_a_job["star_id"])
        path = tmp_path / "mine.vot"
        mine.write(path, format="votable")
        found = tap.launch_job(
            "SELECT n, word FROM tap_upload.t AS t ORDER BY n",
            upload_resource=str(path),
            upload_table_name="t",
        ).get_results()
        assert list(found["n"]) == [1, 2]
