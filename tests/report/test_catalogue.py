"""Pages of the user's own catalogues: where they come from, sky, columns, matches."""

import statistics
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stellarwh.ingest import ingest_survey
from stellarwh.report import columns as report_columns
from stellarwh.report import write_report
from stellarwh.report.column_summary import BINS
from stellarwh.report.columns import count_nulls, summarise_table
from stellarwh.report.pages import catalogue
from stellarwh.warehouse.database import open_warehouse
from tests.report.conftest import standin, write_pages
from tests.report.html_checks import Page, check_page, pages

ROWS = 900


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a warehouse with own catalogues only."""
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(5)
    ra, dec = rng.uniform(0, 360, ROWS), rng.uniform(-60, 60, ROWS)
    teff = rng.normal(5000, 300, ROWS)
    teff[:40] = -9999
    schema = pa.schema(
        [
            pa.field("ra", pa.float64(), metadata={"unit": "deg", "ucd": "pos.eq.ra"}),
            pa.field("dec", pa.float64()),
            pa.field("teff", pa.float64(), metadata={"unit": "K"}),
            pa.field("class", pa.string()),
            pa.field("id", pa.int64()),
            pa.field("seen", pa.bool_()),
            pa.field("day", pa.date32()),
            pa.field("list", pa.list_(pa.float32())),
            pa.field("nothing", pa.float64()),
        ]
    )
    arrays = [
        ra,
        dec,
        teff,
        ["giant"] * 500 + ["dwarf"] * 300 + [None] * 100,
        2**60 + np.arange(ROWS),
        np.arange(ROWS) % 3 == 0,
        pa.array(range(ROWS), pa.int32()).cast(pa.date32()),
        [[1.0]] * ROWS,
        pa.nulls(ROWS, pa.float64()),
    ]
    pq.write_table(
        pa.table([pa.array(a, f.type) for a, f in zip(arrays, schema, strict=True)],
                 schema=schema),
        folder / "mine.parquet",
    )  # fmt: skip
    # Every third row, moved by 0.5 arcsec in declination, and a stranger.
    near = [f"{a},{d + 0.5 / 3600}" for a, d in zip(ra[::3], dec[::3], strict=True)]
    (folder / "near.csv").write_text("\n".join(["ra,dec", *near, "1,80"]) + "\n")
    (folder / "none.csv").write_text("ra,dec,x\n")
    (folder / "ids.csv").write_text("id,[Fe/H]\n1,0.5\n2,\n")
    names = [f"c{i}" for i in range(1000)]
    wide = [",".join(["ra", "dec", *names]), ",".join(["1", "2", *names])]
    (folder / "wide.csv").write_text("\n".join(wide) + "\n")
    with open_warehouse(folder / "own.duckdb") as connection:
        for name in ("near.csv", "none.csv", "mine.parquet", "wide.csv"):
            ingest_survey(
                connection, name.split(".")[0], folder / name,
                ra="ra", dec="dec", epoch=2016.5,
            )  # fmt: skip
        ingest_survey(connection, "ids", folder / "ids.csv", no_position=True)
        write_report(connection, folder / "reports")
    return folder / "reports"


def cells(page: Page, column: str) -> str:
    """Return the words of a column's row."""
    table = page.html.split('<table class="columns', 1)[1]
    row = table.split(f'<th scope="row">{column}', 1)[1].split("</tr>", 1)[0]
    parts = row.replace("<td", "|<td").split("|")
    return "|".join(part.split(">", 1)[-1].split("<", 1)[0].strip() for part in parts)


def test_pages_are_whole_and_linked(own: Path) -> None:
    found = pages(own)
    assert [page.path.name for page in found] == [
        "catalogue-ids.html", "catalogue-mine.html", "catalogue-near.html",
        "catalogue-none.html", "catalogue-wide.html", "index.html",
    ]  # fmt: skip
    for page in found:
        check_page(page)
        # How rows are called, which a match may ask, is nothing to who counts them.
        assert "--left-id" not in page.text
        for other in found:
            assert f'href="{other.path.name}"' in page.html


def test_the_overview_of_own_catalogues_asks_for_nothing_else(own: Path) -> None:
    page = Page(own / "index.html")
    assert "1,204" in page.text  # 900 + 301 + 0 + 2 + 1 rows
    for unwanted in (
        "Physical stars", "Clean rows", "not built", "Kiel", "No star", "trained",
    ):  # fmt: skip
        assert unwanted not in page.text
    assert "2016.5" in page.text


def test_columns_are_described_and_counted(own: Path) -> None:
    page = Page(own / "catalogue-mine.html")
    assert "900 rows and 9 columns" in page.text
    assert "pos.eq.ra" in page.text
    # type, unit, missing, fillers, smallest, median, largest
    _, kind, unit, missing, fillers, low, median, *_ = cells(page, "teff").split("|")
    assert (kind, unit, missing, fillers) == ("DOUBLE", "K", "0", "40")
    rng = np.random.default_rng(5)
    rng.uniform(0, 360, ROWS), rng.uniform(-60, 60, ROWS)
    known = rng.normal(5000, 300, ROWS)[40:]
    assert (low, median) == (f"{known.min():.6g}", f"{np.median(known):.6g}")
    assert f"{2**60}" in cells(page, "id")
    assert "100 (11.1" in cells(page, "class")
    assert "giant (500), dwarf (300)" in cells(page, "class")
    assert "false (600), true (300)" in cells(page, "seen")
    assert "1970-01-01" in cells(page, "day")
    assert "900 (100.0" in cells(page, "nothing")
    assert "FLOAT[]" in cells(page, "list")


def test_rows_near_others_are_counted_in_both_directions(own: Path) -> None:
    mine, near = Page(own / "catalogue-mine.html"), Page(own / "catalogue-near.html")
    assert "raw.near 300 33.3" in " ".join(mine.text.split())
    assert "raw.mine 300 99.7" in " ".join(near.text.split())
    assert "raw.none" not in mine.text
    assert "raw.ids" not in mine.text


def test_no_positions_no_rows_and_a_thousand_columns_are_normal(own: Path) -> None:
    assert "was read without positions" in Page(own / "catalogue-ids.html").text
    assert "[Fe/H]" in Page(own / "catalogue-ids.html").text
    assert "No row has a position" in Page(own / "catalogue-none.html").text
    wide = Page(own / "catalogue-wide.html")
    assert 'data-shown="60"' in wide.html
    assert "1,002 columns" in wide.text
    assert wide.text.count("c999") == 2  # its name, and its only value


def test_summaries_agree_with_numpy(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_t(3, 5000).astype(np.float32)
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        frame = pa.table({"x": x, "i": np.arange(5000) % 7, "h": x.astype(str)})
        connection.register("frame", frame)
        connection.execute(
            "create table raw.t as select *, case when i = 0 then 'nan'::double "
            "when i = 1 then 'inf'::double when i = 2 then null else x end as odd, "
            f"{10**37}::hugeint + i as huge, 7 as same from frame"
        )
        found = {c.name: c for c in summarise_table(connection, "raw.t").columns}
    assert found["x"].median == pytest.approx(statistics.median(x.tolist()))
    low, high = np.quantile(x.astype(float), [0.005, 0.995])
    assert found["x"].bounds == pytest.approx((low, high))
    counts, _ = np.histogram(x[(x >= low) & (x <= high)], BINS, (low, high))
    assert np.abs(np.array(found["x"].histogram) - counts).sum() <= 4
    assert sum(found["x"].histogram) == counts.sum()
    odd = np.arange(5000) % 7
    assert found["odd"].n_missing == (odd == 0).sum() + (odd == 2).sum()
    assert found["odd"].n_fillers == (odd == 1).sum()
    assert found["odd"].high == pytest.approx(x[odd > 2].max())
    assert found["huge"].high == 10**37 + 6
    assert sum(found["same"].histogram) == 5000
    assert found["h"].n_different == len(set(x.astype(str)))


def test_a_large_table_tells_that_its_medians_are_of_some_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_columns, "EXACT_VALUES", 1000)
    monkeypatch.setattr(report_columns, "_SAMPLED_ROWS", 5000)
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        connection.execute("create table raw.t as select range as x from range(50000)")
        found = summarise_table(connection, "raw.t")
    assert found.rows == 50000
    assert found.sampled_rows == pytest.approx(5000, abs=400)
    (x,) = found.columns
    assert (x.low, x.high) == (0, 49999)
    # Five standard errors of the median of 5,000 uniform values.
    assert x.median == pytest.approx(25000, abs=5 * 50000 / (2 * 5000**0.5))


def test_of_a_large_table_some_rows_are_looked_at(tmp_path: Path) -> None:
    values = np.random.default_rng(3).normal(size=60_000)
    unknown = np.arange(60_000) % 7 == 0
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        frame = pa.table({"x": pa.array(values, mask=unknown), "i": np.arange(60_000)})
        connection.register("frame", frame)
        connection.execute("create table raw.large as from frame")
        summary = summarise_table(
            connection, "raw.large", where="i >= 30000", at_most=1500
        )
        nulls = count_nulls(connection, "raw.large", ["x", "i"], where="i >= 30000")
    # 30,000 rows are 20 times as many: every fourth row of every fifth block.
    rows = np.arange(60_000)
    chosen = (rows // 2048 % 5 == 0) & (rows % 4 == 0) & (rows >= 30_000)
    assert (summary.rows, summary.sampled_rows) == (30_000, chosen.sum())
    x = summary.columns[0]
    known = values[chosen & ~unknown]
    assert x.median == pytest.approx(np.median(known))
    assert x.bounds == pytest.approx(np.quantile(known, [0.005, 0.995]))
    counts, _ = np.histogram(known, BINS, x.bounds)
    assert x.histogram == tuple(counts)
    assert nulls == {"x": unknown[30_000:].sum(), "i": 0}


def test_numbers_of_simulated_surveys_bring_the_banner(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("ra,dec\n10,20\n")
    with standin(tmp_path / "w.duckdb", ["apogee"]) as connection:
        connection.execute(
            "create table raw.apogee as select ra, dec, star_id as id "
            "from main.stars limit 100"
        )
        connection.execute(
            "update meta.ingests set ra_column = 'ra', dec_column = 'dec'"
        )
        ingest_survey(
            connection, "mine", tmp_path / "mine.csv", ra="ra", dec="dec", epoch=2000
        )
        write_pages(connection, tmp_path / "reports", "catalogue-mine.html")
    page = Page(tmp_path / "reports/catalogue-mine.html")
    assert "raw.apogee" in page.text
    assert "PARTLY SIMULATED DATA." in page.text
    assert "PARTLY SIMULATED DATA" in page.title


def test_every_file_of_a_catalogue_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("ra,dec\n10,20\n")
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        ingest_survey(connection, "mine", tmp_path / "mine.csv", ra="ra", dec="dec")
        connection.execute(
            "insert into meta.ingests by name select * replace ('second.csv' as file, "
            "7 as rows, ingest_id + 1 as ingest_id, 'table 3' as file_table) "
            "from meta.ingests"
        )
        write_report(connection, tmp_path / "reports")
    page = Page(tmp_path / "reports/catalogue-mine.html")
    assert "File 2 of 2" in page.text
    assert "second.csv" in page.text
    assert page.text.count("table 3") == 1
    assert "1 catalogue," in " ".join(
        Page(tmp_path / "reports/index.html").text.split()
    )


def test_a_position_that_is_gone_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("ra,dec\n10,20\n")
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        ingest_survey(connection, "mine", tmp_path / "mine.csv", ra="ra", dec="dec")
        connection.execute("alter table raw.mine rename column ra to alpha")
        write_report(connection, tmp_path / "reports")
    page = Page(tmp_path / "reports/catalogue-mine.html")
    check_page(page)
    assert "alpha" in page.text


def test_what_is_not_compared_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "_MOST_COMPARED", 1)
    (tmp_path / "mine.csv").write_text("ra,dec\n10,20\n")
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        for name in ("a", "b", "c"):
            ingest_survey(connection, name, tmp_path / "mine.csv", ra="ra", dec="dec")
        write_report(connection, tmp_path / "reports")
    page = Page(tmp_path / "reports/catalogue-a.html")
    assert "raw.b" in page.text
    assert "raw.c" not in page.text
    assert "Not compared here: c." in page.text
