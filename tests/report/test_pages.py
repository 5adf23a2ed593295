import re
from pathlib import Path

import duckdb
import numpy as np
import pytest

from stellarwh.errors import SqlError, UnfitError, UsageError
from stellarwh.report import write_report
from stellarwh.report.pages.page import file_name
from stellarwh.report.pages.run import run_file
from stellarwh.report.provenance import read_provenance
from stellarwh.report.reader import Reader
from stellarwh.warehouse.database import open_warehouse
from tests.report.conftest import one_survey, record_ingest, standin, write_pages
from tests.report.html_checks import Page, check_page, pages

# One worker makes the folder's slow fixtures once (``--dist loadgroup``).
pytestmark = pytest.mark.xdist_group("report")

FULL = {
    "index.html",
    "checks.html",
    "cookbook.html",
    "lineage.html",
    "scale.html",
    "benchmarks.html",
    "apogee.html",
    "galah.html",
    "lamost.html",
    "overlap-apogee-galah.html",
    "overlap-apogee-lamost.html",
    "overlap-galah-lamost.html",
    "run-apogee-from-photometry.html",
    "run-evolutionary-stage.html",
}
EARLIER = run_file({"is_latest": False, "run_id": "apogee_from_photometry-1"})


def test_writes_a_page_per_survey_overlap_and_run(full_report: Path) -> None:
    assert {path.name for path in full_report.iterdir()} == FULL | {EARLIER}


def test_benchmark_stars_and_clusters_have_a_page_where_there_are_any(
    full_report: Path, tmp_path: Path
) -> None:
    page = Page(full_report / "benchmarks.html")
    assert "18 Gaia FGK benchmark stars" in page.text
    assert "3 clusters among the rows" in page.text
    assert "main.parameters" in page.text
    assert "A book" in page.text
    assert "−0.045 ± 0.011" in page.text
    with standin(tmp_path / "none.duckdb") as connection:
        connection.execute("delete from main.benchmark_stars")
        write_pages(connection, tmp_path / "members", "benchmarks.html")
        connection.execute("delete from main.cluster_members")
        files = write_pages(connection, tmp_path / "none", "index.html", "scale.html")
        assert "benchmarks.html" not in files
        assert "enchmark" not in Page(tmp_path / "none" / "index.html").text
        scale = Page(tmp_path / "none" / "scale.html")
        assert "clusters do, but there are none in these data." in scale.text
        assert "benchmarks.html" not in {str(a["href"]) for a in scale.of("a")}


def test_the_scale_in_use_has_a_page_where_there_are_two_surveys(
    full_report: Path, one_survey_report: Path, tmp_path: Path
) -> None:
    text = Page(full_report / "scale.html").text
    for told in (
        "Surveys on the scale of APOGEE: fitted to 1,234 stars",
        "scale-1",
        "2026-01-03 04:05 UTC",
        "GALAH (replaced or removed)",
        "+25.5 ± 1.3",  # its zero point
        "GALAH over LAMOST",
        "+21.0 ± 0.8",  # its step for giants
        "60 and more",
        "4.25 ± 0.13",  # factor
        "1.75",  # of repeats
        "−8 ± 78",  # published
    ):
        assert told in text
    assert "not calibrated" not in text
    assert "can show: benchmark stars and clusters do." in text
    assert not (one_survey_report / "scale.html").exists()
    with standin(tmp_path / "none.duckdb") as connection:
        connection.execute(
            "delete from scale.runs; delete from scale.outdated; "
            "update scale.in_use set run_id = null, method = 'constant offsets'"
        )
        write_pages(connection, tmp_path / "none", "scale.html")
    text = Page(tmp_path / "none" / "scale.html").text
    assert "The surveys are not calibrated" in text
    assert "stellarwh calibrate" in text
    assert "Stale" not in text
    assert "Terms" not in text


def test_an_earlier_run_is_reached_from_its_task_and_written_once(
    full_report: Path, tmp_path: Path
) -> None:
    latest = Page(full_report / "run-apogee-from-photometry.html")
    assert EARLIER in {str(a["href"]) for a in latest.of("a")}
    earlier = Page(full_report / EARLIER)
    assert "apogee_from_photometry-1" in earlier.text
    assert "earlier run of" in earlier.title
    with standin(tmp_path / "stellar.duckdb") as connection:
        # Without rows there are few other pages to draw.
        connection.execute("delete from main.measurements; delete from main.overlaps")
        write_report(connection, tmp_path)
        marked = (tmp_path / EARLIER).read_text() + "<!-- of the first report -->"
        (tmp_path / EARLIER).write_text(marked)
        write_report(connection, tmp_path)
        assert (tmp_path / EARLIER).read_text() == marked
        # Whether its data have been replaced may change, even of an earlier run.
        connection.execute("update meta.ingests set ingest_id = ingest_id + 1")
        write_report(connection, tmp_path)
    assert "STALE." in Page(tmp_path / EARLIER).text


def test_runs_of_replaced_data_are_stale_and_stay_simulated(tmp_path: Path) -> None:
    """Real files took the place of the simulated ones that the runs learned from."""
    with standin(tmp_path / "stellar.duckdb") as connection:
        connection.execute(
            "update meta.ingests set is_simulated = false, "
            "ingest_id = ingest_id + 1, sha256 = repeat('cd', 32)"
        )
        write_pages(
            connection, tmp_path,
            "index.html", "run-evolutionary-stage.html", "apogee.html",
        )  # fmt: skip
    index = Page(tmp_path / "index.html")
    assert "PARTLY SIMULATED DATA" in index.title
    assert "all of them real" in index.text
    assert "no longer in this warehouse (apogee, galah, lamost)" in index.text
    assert index.text.count("simulated, STALE: since replaced") == 2
    run = Page(tmp_path / "run-evolutionary-stage.html")
    assert "STALE – SIMULATED DATA" in run.title
    assert "STALE." in run.text
    assert "removed since: apogee, galah, lamost" in run.text
    assert Page(tmp_path / "apogee.html").title == "APOGEE – real data – stellarwh"


def test_a_run_that_recorded_no_files_is_of_unknown_origin(tmp_path: Path) -> None:
    with standin(tmp_path / "stellar.duckdb") as connection:
        connection.execute("update ml.runs set sources = null")
        connection.execute("update meta.ingests set is_simulated = false")
        write_pages(connection, tmp_path, "run-evolutionary-stage.html")
    page = Page(tmp_path / "run-evolutionary-stage.html")
    assert "DATA OF UNKNOWN ORIGIN." in page.text


def test_every_page_is_whole_linked_and_self_contained(report: Path) -> None:
    for page in pages(report):
        check_page(page)


def test_every_page_is_reached_from_every_page(full_report: Path) -> None:
    for page in pages(full_report):
        assert {str(a["href"]).partition("#")[0] for a in page.of("a")} >= FULL
        current = [a["href"] for a in page.of("a") if "aria-current" in a]
        assert current == ([] if page.path.name == EARLIER else [page.path.name])


def test_every_page_says_that_the_data_are_simulated(full_report: Path) -> None:
    for page in pages(full_report):
        assert "SIMULATED DATA" in page.title
        assert "SIMULATED DATA." in page.text


def test_full_pages_have_their_charts(full_report: Path) -> None:
    n_charts = {
        p.path.name: len([a for a in p.of("svg") if a.get("class") != "bars"])
        for p in pages(full_report)
    }
    assert n_charts["index.html"] == 3
    assert n_charts["apogee.html"] == 10
    assert n_charts["galah.html"] == 8  # nothing was observed twice
    assert n_charts["overlap-apogee-galah.html"] == 8
    assert n_charts["run-apogee-from-photometry.html"] == 8
    assert n_charts["run-evolutionary-stage.html"] == 3


def test_the_overview_says_first_what_is_to_be_known(full_report: Path) -> None:
    page = Page(full_report / "index.html")
    start = page.html.index('class="verdicts"')
    strip = page.html[start : page.html.index("</ul>", start)]
    assert re.search(r"Files</span> <strong>Simulated</strong>.*?3 of 3", strip)
    assert re.search(r"Tasks</span> <strong>Current</strong>", strip)
    checks = Page(full_report / "checks.html")
    passed, of = re.findall(r'href="checks.html">(\d+) of (\d+) passed', strip)[0]
    assert int(passed) <= int(of)
    assert f"{passed} checks passed" in checks.text.replace("\u00a0", " ")
    # Nothing is linked that is not there.
    for file in re.findall('href="([^"]+)"', strip):
        assert (full_report / file).exists()


def test_the_overview_has_a_line_of_each_survey_and_task(full_report: Path) -> None:
    page = Page(full_report / "index.html")
    start = page.html.index('<table class="glance" data-sortable>')
    table = page.html[start : page.html.index("</table>", start)]
    links = re.findall(r'<th scope="row" class="word"><a href="([^"]+)">', table)
    assert links == [
        "apogee.html", "galah.html", "lamost.html",
        "run-apogee-from-photometry.html", "run-evolutionary-stage.html",
    ]  # fmt: skip
    assert table.count('<svg class="bars"') >= 3
    # Sorted by numbers, not by how they are written.
    assert re.search(r'<td data-value="\d{4}">\d,\d{3}</td>', table)


def test_survey_page_describes_its_columns(full_report: Path, tmp_path: Path) -> None:
    with standin(tmp_path / "w.duckdb") as connection:
        found = connection.execute(
            "select teff, logg_err from main.measurements where survey = 'apogee'"
        ).fetchnumpy()
    table = Page(full_report / "apogee.html").html.split('<table class="columns')[1]
    lines = {
        re.split("<", line, maxsplit=1)[0]: re.findall("<td>(.*?)</td>", line)
        for line in table.split("</table>")[0].split('<th scope="row">')[1:]
    }
    n, missing = len(found["teff"]), np.ma.getmaskarray(found["logg_err"]).sum()
    assert missing > 0
    assert lines["logg_err"][1].startswith(f"{missing} ({100 * missing / n:.1f}")
    unit, missing, low, median, high, bars = lines["teff"]
    teff = np.asarray(found["teff"])
    ends = np.quantile(teff, [0.005, 0.5, 0.995])
    assert (unit, missing) == ("K", "0")
    assert "effective temperature <code>phys.temperature.effective</code>" in table
    assert [low, median, high] == [f"{value:.6g}" for value in ends]
    counts, _ = np.histogram(teff, 24, (ends[0], ends[2]))
    steps = re.findall(r"V(\d+)h(\d+)", bars)
    tops = [int(top) for top, width in steps for _ in range(int(width) // 2)]
    assert tops == pytest.approx(10 - 10 * counts / counts.max(), abs=1)


def test_overlap_page_shows_offsets_with_errors_in_order(full_report: Path) -> None:
    page = Page(full_report / "overlap-apogee-galah.html")
    assert "−25.3 ± 1.3" in page.text  # Teff, to a tenth of a kelvin
    assert "−25.340 ± 1.260" in page.text
    order = [page.html.index(f">{q}</th>") for q in ("Teff [K]", "log g [dex]")]
    assert order == sorted(order)


def test_run_page_is_of_the_latest_run_and_shows_its_view(full_report: Path) -> None:
    page = Page(full_report / "run-apogee-from-photometry.html")
    assert "apogee_from_photometry-2" in page.text
    assert "apogee_from_photometry-1" not in page.text
    assert "One row per star, to learn <something>." in page.text
    assert "same:" not in page.text  # what only the training reads of a comment
    assert "create view features.x" in page.text
    assert "61.2" in page.text
    assert "do not say of which stars" not in page.text


def test_a_run_page_begins_with_its_figures_and_verdicts(full_report: Path) -> None:
    html = Page(full_report / "run-apogee-from-photometry.html").html
    places = [
        html.index(mark)
        for mark in (
            'id="predictions"',
            "<svg",
            '<table class="summary">',
            'id="bias"',
            'id="coverage"',
            'id="importance"',
            'id="predicted"',
            'id="metrics"',
            'id="run"',
            "create view features.x",
        )
    ]
    assert places == sorted(places)
    line = html.split('<table class="summary">', 1)[1].split("</table>", 1)[0]
    assert "Teff [K]</th>" in line
    assert "61.2" in line
    assert "2 of 5 bins are off" in line
    assert ">look</span>" in line or ">bad</span>" in line
    classes = Page(full_report / "run-evolutionary-stage.html").html
    line = classes.split('<table class="summary">', 1)[1].split("</table>", 1)[0]
    assert "accuracy" in line
    assert "always one class" in line


def test_a_run_page_compares_runs_and_tells_its_worst_stars(full_report: Path) -> None:
    html = Page(full_report / "run-apogee-from-photometry.html").html
    compared = html.split('id="compared"', 1)[1].split('id="metrics"', 1)[0]
    assert compared.count(f'href="{EARLIER}"') == 2  # of each target
    assert compared.count("(this page)") == 2
    worst = html.split('id="worst"', 1)[1].split('id="predicted"', 1)[0]
    assert worst.count("<section data-tab=") == 2
    assert worst.count("ml.out_of_fold") == 2
    assert "apogee apogee." in worst
    assert 'id="compared"' not in Page(full_report / EARLIER).html


def test_collinear_features_are_grouped(tmp_path: Path) -> None:
    groups = (
        '{"collinear": [{"features": ["g_ks_0", "ebv"], "correlation": 0.987}, '
        '"no group", {"features": 3}]}'
    )
    with standin(tmp_path / "groups.duckdb", ["apogee"]) as connection:
        connection.execute("update ml.runs set parameters = ?", [groups])
        write_pages(connection, tmp_path, "run-apogee-from-photometry.html")
    page = Page(tmp_path / "run-apogee-from-photometry.html")
    row = page.html.split(">g_ks_0, ebv</th>", 1)[1].split("</tr>", 1)[0]
    assert "0.987" in row
    assert row.count("100.0") == 2  # 0.8 and 0.2 of all importance, for both targets


def test_bins_that_are_off_are_marked(full_report: Path) -> None:
    page = Page(full_report / "run-apogee-from-photometry.html")
    # 6 of 50 and 5.1 of 50 are more than a tenth; 30 of 50 is of too few stars, and 6
    # of 50 in 900 is less than three errors of their median, 3 sqrt(pi / 1800) of 50.
    assert "2 of 5 bins of the prediction or S/N" in page.text
    rows = page.html.split("The bins of Teff", 1)[1].split("</table>", 1)[0]
    marked = [row for row in rows.split("<tr")[1:] if row.startswith(' class="marked"')]
    assert len(marked) == 2
    assert "Teff 5,000 to 5,500" in marked[0]
    assert "S/N 200 and more" in marked[1]
    metrics = page.html.split('id="metrics"', 1)[1].split('id="run"', 1)[0]
    assert "4500 to 5000" not in metrics


def test_prediction_sets_are_counted(full_report: Path) -> None:
    # Every tenth star of the stand-in could be either.
    html = Page(full_report / "run-evolutionary-stage.html").html
    cells = html.split(">RGB, dwarf</th>", 1)[1].split("</tr>", 1)[0]
    share = float(cells.split("%")[0].split(">")[-1].strip("\N{NARROW NO-BREAK SPACE}"))
    assert share == pytest.approx(10, abs=0.5)
    assert cells.count("100.0") == 1


def test_recall_is_per_true_class(full_report: Path) -> None:
    # The stand-in calls every fiftieth dwarf a giant and misses no giant.
    text = Page(full_report / "run-evolutionary-stage.html").text
    recall = {
        name: float(text.split(f"\n{name}\n", 1)[1].split()[2])
        for name in ("dwarf", "RGB")
    }
    assert recall["RGB"] == 100.0
    assert recall["dwarf"] == pytest.approx(98, abs=0.5)


def test_a_class_and_a_group_of_one_name_are_told_apart(full_report: Path) -> None:
    # In the stand-in 91 % of the group of dwarfs are held, and 87 % of the class.
    html = Page(full_report / "run-evolutionary-stage.html").html
    classes, metrics = html.split(">In 90 % prediction set<", 1)[1].split(
        'id="metrics"', 1
    )
    (group,) = metrics.split(">dwarfs</th>")[1:]
    assert "91.0" in group.split("</tr>", 1)[0]
    row = classes.split(">dwarf</th>", 1)[1].split("</tr>", 1)[0]
    assert "87.0" in row
    assert "91.0" not in row


UNKNOWN = "do not say of which stars they are"


def test_figures_that_do_not_say_of_which_stars_are_not_shown(tmp_path: Path) -> None:
    """As in runs that an earlier version stored."""
    with standin(tmp_path / "stellar.duckdb") as connection:
        connection.execute(
            "update ml.metrics set stratum_kind = null, stage_group = null, "
            "axis = null, by_label = null, axis_low = null, axis_high = null"
        )
        # Where a class is called so as well, neither is known to be of all stars.
        connection.execute(
            "insert into ml.metrics by name "
            "select * exclude (share) replace ('all' as stratum, share as value) "
            "from ml.metrics "
            "cross join (values (0.99), (0.93)) as planted (share) "
            "where metric = 'coverage_90' and value = 0.91 and target = 'stage'"
        )
        write_pages(
            connection, tmp_path,
            "index.html",
            "run-apogee-from-photometry.html", "run-evolutionary-stage.html",
        )  # fmt: skip
    page = Page(tmp_path / "run-apogee-from-photometry.html")
    assert UNKNOWN in page.text
    assert "61.2" in page.text  # of all stars
    assert ">giants</th>" not in page.html
    assert "This run stored no bins of Teff; train the task again." in page.text
    stages = Page(tmp_path / "run-evolutionary-stage.html")
    assert UNKNOWN in stages.text
    assert ">dwarfs</th>" not in stages.html
    assert not any(value in stages.html for value in ("99.0", "93.0", "91.0", "87.0"))
    assert "accuracy 98.0" in Page(tmp_path / "index.html").text.replace("\u00a0", " ")


def test_one_survey_report_says_what_comes_next(one_survey_report: Path) -> None:
    names = {path.name for path in one_survey_report.iterdir()}
    assert names == {
        "index.html",
        "apogee.html",
        "checks.html",
        "cookbook.html",
        "lineage.html",
    }
    text = Page(one_survey_report / "index.html").text
    assert "stellarwh ingest galah FILE" in text
    assert "stellarwh train" in text


def test_empty_report_says_what_comes_next(empty_report: Path) -> None:
    page = Page(empty_report / "index.html")
    assert "stellarwh demo" in page.text
    assert "no data yet" in page.title
    assert "SIMULATED" not in page.text


def test_unbuilt_warehouse_asks_for_a_build(warehouse_path: Path) -> None:
    with open_warehouse(warehouse_path) as connection:
        record_ingest(connection, "apogee", is_simulated=False)
        index = write_report(connection, warehouse_path.parent / "reports")
    page = Page(index)
    check_page(page)
    assert "stellarwh build" in page.text
    assert "real data" in page.title


def test_tells_real_from_simulated_page_by_page(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for survey in ("apogee", "lamost"):
        record_ingest(connection, survey)
    record_ingest(connection, "galah", is_simulated=False)
    provenance = read_provenance(Reader(connection))
    assert provenance.mark == "PARTLY SIMULATED DATA"
    assert provenance.simulated_surveys == ["apogee", "lamost"]
    assert provenance.seen_for("galah").mark == "real data"
    assert provenance.seen_for("apogee").mark == "SIMULATED DATA"
    assert provenance.seen_for("apogee", "galah").mark == "PARTLY SIMULATED DATA"
    assert provenance.seen_for("apogee", "lamost").mark == "SIMULATED DATA"


def test_a_page_of_mixed_data_names_the_simulated(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    record_ingest(connection, "lamost")
    record_ingest(connection, "galah", is_simulated=False)
    page = Page(write_report(connection, tmp_path))
    assert "PARTLY SIMULATED DATA" in page.title
    assert "Written by stellarwh simulate: lamost." in page.text


def test_a_page_of_lent_photometry_names_who_lent_it(tmp_path: Path) -> None:
    with standin(tmp_path / "stellar.duckdb") as connection:
        connection.execute(
            "update meta.ingests set is_simulated = false where survey = 'galah'"
        )
        write_pages(connection, tmp_path, "galah.html")
        page = Page(tmp_path / "galah.html")
        assert "PARTLY SIMULATED DATA" in page.title
        assert "Written by stellarwh simulate: apogee." in page.text
        assert "Rows of: APOGEE (simulated)." in page.text
        connection.execute("update main.star_photometry set survey = 'galah'")
        write_pages(connection, tmp_path, "galah.html")
    page = Page(tmp_path / "galah.html")
    assert "real data" in page.title
    assert "Rows of: GALAH." in page.text
    assert "SIMULATED" not in page.text


def test_a_calibration_of_mixed_files_says_which_are_simulated(tmp_path: Path) -> None:
    with standin(tmp_path / "stellar.duckdb") as connection:
        connection.execute(
            "update meta.ingests set is_simulated = false where survey = 'galah'"
        )
        connection.execute(
            "update scale.runs set is_simulated = true, sources = ("
            "select list({'survey': survey, 'file': file, 'sha256': sha256, "
            "'release': release, 'is_simulated': is_simulated, 'ingest_id': ingest_id} "
            "order by survey) from meta.ingests)"
        )
        write_pages(connection, tmp_path, "scale.html")
    text = Page(tmp_path / "scale.html").text
    assert (
        "partly simulated: apogee, lamost by stellarwh simulate, galah not, or of "
        "unknown origin" in text
    )
    assert "APOGEE from apogee.fits, simulated (SHA-256" in text
    assert "GALAH from galah.fits (SHA-256" in text


def test_a_catalogue_of_ones_own_passes_no_cuts(tmp_path: Path) -> None:
    with standin(tmp_path / "stellar.duckdb") as connection:
        connection.execute(
            "update main.measurements set survey = 'mine' where survey = 'galah'"
        )
        write_pages(connection, tmp_path, "survey-mine.html", "apogee.html")
    page = Page(tmp_path / "survey-mine.html")
    assert "recommended cut." not in page.text
    assert "A catalogue of your own has no recommended cuts" in page.text
    assert "pass every recommended cut." in Page(tmp_path / "apogee.html").text


def test_text_from_a_catalogue_stays_text(warehouse_path: Path) -> None:
    with open_warehouse(warehouse_path) as connection:
        record_ingest(connection, "mine", file="dir/<script>alert(1)<.fits")
        page = Page(write_report(connection, warehouse_path.parent / "reports"))
    assert page.html.count("<script>") == 1  # ours
    assert "<script>alert(1)<.fits" in page.text
    assert "dir/" not in page.text


def test_works_on_a_read_only_warehouse(warehouse_path: Path) -> None:
    with one_survey(warehouse_path):
        pass
    with open_warehouse(warehouse_path, read_only=True) as connection:
        first = write_report(connection, warehouse_path.parent / "a").parent
        second = write_report(connection, warehouse_path.parent / "b").parent
    names = {path.name for path in first.iterdir()}
    assert names == {
        "index.html",
        "apogee.html",
        "checks.html",
        "cookbook.html",
        "lineage.html",
    }
    # The same warehouse gives the same pages, byte for byte.
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_removes_its_own_stale_pages_and_no_others(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    index = write_report(connection, tmp_path)
    (tmp_path / "overlap-old.html").write_text(index.read_text())
    (tmp_path / "mine.html").write_text("<p>my own page</p>")
    write_report(connection, tmp_path)
    names = {path.name for path in tmp_path.glob("*.html")}
    assert names == {"index.html", "mine.html"}


def test_refuses_a_file_as_folder(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "reports").write_text("taken")
    with pytest.raises(UsageError, match="--out"):
        write_report(connection, tmp_path / "reports")


def test_view_that_no_longer_fits_is_one_clear_error(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for name in ("measurements", "star_photometry", "stars", "overlaps"):
        connection.execute(f"create table main.{name} (survey varchar)")
    with pytest.raises(SqlError, match="run 'stellarwh build'"):
        write_report(connection, tmp_path)


def test_a_warehouse_without_columns_of_strata_is_told_to_build(
    tmp_path: Path,
) -> None:
    """As an earlier version leaves it."""
    path = tmp_path / "stellar.duckdb"
    with standin(path) as connection:
        connection.execute("alter table ml.metrics drop column stratum_kind")
    with (
        open_warehouse(path, read_only=True) as connection,
        pytest.raises(UnfitError, match="run 'stellarwh build'") as raised,
    ):
        write_report(connection, tmp_path)
    assert "\n" not in str(raised.value)
    with open_warehouse(path) as connection:  # as a build does
        write_pages(connection, tmp_path, "run-apogee-from-photometry.html")
    assert UNKNOWN in Page(tmp_path / "run-apogee-from-photometry.html").text


def test_size_of_the_warehouse_counts_what_is_not_merged_yet(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("checkpoint")
    before = read_provenance(Reader(connection)).bytes
    assert (
        before == Path(Reader(connection).rows("warehouse")[0]["path"]).stat().st_size
    )
    connection.execute("create table more as select random() from range(100)")
    assert read_provenance(Reader(connection)).bytes > before


HOSTILE = [
    "x" * 3000,
    "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd" * 200,
    "<b>$_bold$</b> & \"'\u0007$x^$",
]


@pytest.mark.parametrize("name", HOSTILE, ids=["long", "right to left", "markup"])
def test_any_name_is_shown_cut_and_whole_in_a_title(name: str, tmp_path: Path) -> None:
    with standin(tmp_path / "stellar.duckdb") as connection:
        # One page of each kind that has the name, and few others.
        connection.execute(
            "delete from main.measurements where survey = 'galah'; "
            "delete from main.overlaps where 'galah' in (survey_left, survey_right); "
            "delete from ml.runs where task <> 'evolutionary_stage'"
        )
        for table in ("ml.runs", "ml.metrics", "ml.out_of_fold", "ml.predictions"):
            if table == "ml.runs":
                connection.execute(
                    "update ml.runs set task = ?, targets = [?], features = [?, 'ebv'] "
                    "where task = 'evolutionary_stage'",
                    [name, name, name],
                )
            else:
                connection.execute(
                    f"update {table} set target = ? where target = 'stage'", [name]
                )
        connection.execute(
            "update ml.out_of_fold set class = ? where class = 'RGB'", [name]
        )
        connection.execute(
            "update ml.feature_importance set feature = ? where feature = 'ebv'", [name]
        )
        connection.execute(
            "update main.measurements set survey = ? where survey = 'lamost'", [name]
        )
        connection.execute(
            "update main.overlaps set survey_right = ? where survey_right = 'lamost'",
            [name],
        )
        connection.execute(
            "update main.stars set surveys = list_transform(surveys, "
            "lambda s: case when s = 'lamost' then ? else s end)",
            [name],
        )
        write_report(connection, tmp_path / "reports")
    for page in pages(tmp_path / "reports"):
        check_page(page)
        assert len(page.path.name) < 255
        assert not page.of("b")
        assert len(page.title) < 200
    titles = {b.get("title") for p in pages(tmp_path / "reports") for b in p.of("bdi")}
    assert len(name) < 160 or any(name in str(title) for title in titles)


def test_names_that_differ_in_signs_only_have_pages_of_their_own() -> None:
    names = ["a_b", "a-b", "a b", "A_b", "a.b", "a__b", "\u00e4_b", "x" * 99, "x" * 98]
    assert len({file_name("run", name) for name in names}) == len(names)
    assert file_name("overlap", "a", "b_c") != file_name("overlap", "a_b", "c")
    assert file_name("run", "apogee_from_any") == "run-apogee-from-any.html"
