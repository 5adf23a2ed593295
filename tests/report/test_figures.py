"""Figures: one query with a name each, for pages and for whoever asks."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pytest

import stellarwh
from stellarwh.report import site
from stellarwh.report.drawing import Drawing
from stellarwh.report.figures.figure import Asked
from stellarwh.report.figures.known import FIGURES, ask
from stellarwh.report.figures.statement import pasteable, read_step, statement
from stellarwh.report.pages.page import Page
from stellarwh.report.reader import Reader
from stellarwh.warehouse.database import open_warehouse
from tests.report.conftest import standin

_QUERIES = Path(site.__file__).parent / "figures" / "queries"
# No page asks for the sky of a catalogue where there is none, and bins of S/N alone
# were stored of the stand-in's runs.
_PLANES = ("absolute_infrared_magnitude", "infrared_magnitude", "sky_of_catalogue")
# Against the values of one survey: for print.
_OF_PLOTS = ("pair_residual",)


@pytest.fixture(scope="module")
def drawn(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    folder = tmp_path_factory.mktemp("none")
    with site.pages_to_draw(reader.connection, folder) as (to_draw, _):
        return site.draw_pages(to_draw)


@pytest.fixture(scope="module")
def asked(drawn: list[Page]) -> list[Asked]:
    return [one for page in drawn for one in page.figures]


def hand(reader: Reader, sql: str) -> float:
    return reader.connection.execute(sql).fetchall()[0][0]


def drawings(shown: object) -> int:
    """Return how many drawings a page shows."""
    if isinstance(shown, dict):
        return sum(map(drawings, shown.values()))
    if isinstance(shown, list | tuple):
        return sum(map(drawings, shown))
    return int(isinstance(shown, Drawing))


def test_every_figure_of_a_page_is_had_in_one_line(
    reader: Reader, drawn: list[Page]
) -> None:
    # Offsets before and after are in one drawing; clusters and others are tables.
    parts = {
        "calibrated_offsets": 0,
        "discrepant_stars": 0,
        "cluster_scatter": 0,
        "scale_published": 0,
        "scale_terms": 0,
        "scale_errors": 0,
        "scale_zero_points": 0,
        "worst_stars": 0,
    }
    for page in drawn:
        rows = [reader.figure(one.name, **one.parameters) for one in page.figures]
        assert all(rows), page.file
        drawn_of = sum(parts.get(one.name, 1) for one in page.figures)
        assert drawings(page.content) == drawn_of, page.file


def test_pages_ask_for_every_figure(asked: list[Asked]) -> None:
    names = {one.name for one in asked}
    assert set(FIGURES) - names == {*_PLANES, *_OF_PLOTS}


def test_the_page_says_what_the_figure_holds(reader: Reader, drawn: list[Page]) -> None:
    kiel = next(page for page in drawn if page.file == "apogee.html").content["kiel"]
    clean = hand(
        reader,
        "select count(*) from main.measurements "
        "where survey = 'apogee' and is_clean and is_best",
    )
    assert f"Kiel diagram of {clean:,} stars" in kiel.alt
    data = reader.figure("kiel", survey="apogee")
    assert data is not None
    assert data.first("n_points") == clean
    low, high = data.first("x_low"), data.first("x_high")
    inside = hand(
        reader,
        "select count(*) from main.measurements "
        "where survey = 'apogee' and is_clean and is_best "
        f"and teff::real between {low} and {high} "
        f"and logg::real between {data.first('y_low')} and {data.first('y_high')}",
    )
    assert data.array("n").sum() == inside


def test_cells_are_counted_and_averaged_as_numpy_does(reader: Reader) -> None:
    data = reader.figure("kiel")
    assert data is not None
    stars = reader.connection.execute(
        "select teff::real::double as x, logg::real::double as y, "
        "fe_h::real::double as z from main.measurements where is_clean and is_best"
    ).fetchnumpy()
    x, y, z = (np.asarray(stars[name]) for name in "xyz")
    ends = {}
    for name, values in (("x", x), ("y", y)):
        low, high = np.quantile(values, [0.001, 0.999])
        margin = 0.04 * (high - low)
        ends[name] = low - margin, high + margin
        assert data.first(f"{name}_low") == pytest.approx(low - margin, rel=1e-6)
        assert data.first(f"{name}_high") == pytest.approx(high + margin, rel=1e-6)
    bins = int(np.clip(1.2 * np.sqrt(len(x)), 36, 150))
    assert data.first("x_bins") == data.first("y_bins") == bins
    ends = [(data.first(f"{n}_low"), data.first(f"{n}_high")) for n in "xy"]
    counts, _, _ = np.histogram2d(x, y, bins=bins, range=ends)
    sums, _, _ = np.histogram2d(x, y, bins=bins, range=ends, weights=z)
    place = data.array("x_cell"), data.array("y_cell")
    np.testing.assert_array_equal(data.array("n"), counts[place])
    assert data.array("n").sum() == counts.sum()
    np.testing.assert_allclose(data.array("z"), sums[place] / counts[place], rtol=1e-9)
    middles = (
        np.linspace(*ends[0], bins + 1)[:-1] + (ends[0][1] - ends[0][0]) / bins / 2
    )
    np.testing.assert_allclose(data.array("x"), middles[place[0]])


def test_trends_are_medians_of_bins(reader: Reader) -> None:
    data = reader.figure(
        "pair_residual", left="apogee", right="galah", quantity="teff", against="fe_h"
    )
    assert data is not None
    pairs = reader.connection.execute(
        "select l.fe_h::real::double as x, (l.teff::real - r.teff::real)::double as y "
        "from main.measurements as l join main.measurements as r using (star_id) "
        "where l.survey = 'apogee' and r.survey = 'galah' "
        "and l.is_clean and r.is_clean and l.is_best and r.is_best"
    ).fetchnumpy()
    x, y = np.asarray(pairs["x"]), np.asarray(pairs["y"])
    edges = np.linspace(data.first("x_low"), data.first("x_high"), 15)
    bins = np.digitize(x, edges) - 1
    trend = data.layer("trend")
    assert len(trend) >= 3
    for row in trend.rows():
        inside = y[bins == row["x_cell"]]
        assert len(inside) == row["n"] >= 20
        found = [row["y_16"], row["y_50"], row["y_84"]]
        np.testing.assert_allclose(found, np.quantile(inside, [0.16, 0.5, 0.84]))
    cells = data.layer("cells")
    assert len(cells) + len(trend) == len(data)
    assert cells.array("n").sum() <= data.first("n_points") == len(x)


def test_a_prediction_is_compared_with_its_label(reader: Reader) -> None:
    data = reader.figure("prediction", run_id="apogee_from_photometry-2", target="teff")
    assert data is not None
    stars = reader.connection.execute(
        "select label as x, value as y from ml.out_of_fold "
        "where run_id = 'apogee_from_photometry-2' and target = 'teff'"
    ).fetchnumpy()
    x, y = np.asarray(stars["x"]), np.asarray(stars["y"])
    bins, rows = data.first("x_bins"), data.first("difference_bins")
    square = (data.first("x_low"), data.first("x_high"))
    below = (data.first("difference_low"), data.first("difference_high"))
    for layer, values, ends, n_bins in (
        ("cells", y, square, bins),
        ("differences", y - x, below, rows),
    ):
        counts, _, _ = np.histogram2d(
            x, values, bins=(bins, n_bins), range=(square, ends)
        )
        part = data.layer(layer)
        place = tuple(part.array(f"{axis}_cell").astype(int) for axis in "xy")
        np.testing.assert_array_equal(part.array("n"), counts[place])
        assert part.array("n").sum() == counts.sum() > 0


def test_a_histogram_has_its_empty_bins(reader: Reader) -> None:
    data = reader.figure("separation", left="apogee", right="galah")
    assert data is not None
    found = reader.connection.execute(
        "select separation, matched_by <> 'position' from matching.matches "
        "where survey_left = 'apogee' and survey_right = 'galah'"
    ).fetchall()
    values = np.array([row[0] for row in found])
    by_id = np.array([row[1] for row in found])
    edges = np.append(data.array("x_from"), data.first("x_high"))
    np.testing.assert_allclose(edges, np.linspace(0, 1.5, 46))
    np.testing.assert_allclose(data.array("x_to"), edges[1:])
    counts, _ = np.histogram(values, edges)
    np.testing.assert_array_equal(data.array("n"), counts)
    assert (counts == 0).any()
    counts, _ = np.histogram(values[by_id], edges)
    np.testing.assert_array_equal(data.array("n_selected"), counts)
    assert data.first("n_chance") == 2.5
    # The other way round they are the same pairs.
    turned = reader.figure("separation", left="galah", right="apogee")
    assert turned is not None
    assert turned.rows() == data.rows()


def test_coverage_is_of_all_then_fifths_then_groups(reader: Reader) -> None:
    run = {"run_id": "apogee_from_photometry-2", "target": "teff"}
    data = reader.figure("coverage", **run)
    assert data is not None
    rows = data.rows()
    assert [row["fifth"] for row in rows][:6] == [None, 1, 2, 3, 4, 5]
    share = hand(
        reader,
        "select avg(covered_68::integer) from ml.out_of_fold "
        "where run_id = 'apogee_from_photometry-2' and target = 'teff'",
    )
    assert rows[0]["coverage_68"] == pytest.approx(share)
    assert sum(row["n"] for row in rows[1:6]) == rows[0]["n"]
    assert all(row["stratum"] for row in rows[6:])
    assert not any(" to " in row["stratum"] for row in rows[6:])


def test_rejections_add_up_by_the_first_reason(reader: Reader) -> None:
    data = reader.figure("rejections", survey="apogee")
    assert data is not None
    rows = reader.connection.execute(
        "select rejection_reasons from main.measurements where survey = 'apogee'"
    ).fetchall()
    first = Counter(reasons[0] for (reasons,) in rows if reasons)
    every = Counter(reason for (reasons,) in rows for reason in reasons)
    assert every["snr_low"] > first["snr_low"] > 0
    told = {row["reason"]: row for row in data.rows()}
    assert {reason: row["n_first"] for reason, row in told.items()} == first
    assert {reason: row["n"] for reason, row in told.items()} == every
    assert data.first("n_rows") == len(rows)
    clean = sum(not reasons for (reasons,) in rows)
    assert data.rows()[-1]["n_left"] == clean
    assert data.array("n_first").sum() + clean == len(rows)


def test_stated_errors_are_quantiles_in_bins_of_snr(reader: Reader) -> None:
    data = reader.figure("stated_errors", survey="apogee")
    assert data is not None
    found = reader.connection.execute(
        "select snr, teff_err, alpha_fe_err from main.measurements "
        "where survey = 'apogee' and is_clean"
    ).fetchnumpy()
    bins = 0
    for row in data.rows():
        if row["quantity"] not in ("teff", "alpha_fe"):
            continue
        inside = (found["snr"] >= row["x_low"]) & (found["snr"] < row["x_high"])
        own = found[row["quantity"] + "_err"][inside]
        assert row["n"] == len(own)
        assert [row["y_16"], row["y_50"], row["y_84"]] == pytest.approx(
            np.quantile(own, [0.16, 0.5, 0.84])
        )
        assert row["x_high"] / row["x_low"] == pytest.approx(10**0.125)
        bins += 1
    assert bins >= 12
    of_lamost = reader.figure("stated_errors", survey="lamost")
    assert of_lamost is not None
    assert "alpha_fe" not in of_lamost.columns["quantity"]  # it states none


def test_repeats_scatter_as_their_rows_do(reader: Reader) -> None:
    rows = reader.connection.execute(
        "select star_id, is_best, snr, teff, teff_err, logg, logg_err "
        "from main.measurements where survey = 'apogee' and is_clean"
    ).fetchall()
    best = {row[0]: row for row in rows if row[1]}
    pairs = [(best[row[0]], row) for row in rows if not row[1] and row[0] in best]
    assert len(pairs) > 100
    for own, place in (("teff", 3), ("logg", 5)):
        known = [
            (one[place] - two[place], np.hypot(one[place + 1], two[place + 1]),
             min(one[2], two[2]))
            for one, two in pairs
            if one[place + 1] is not None and two[place + 1] is not None
        ]  # fmt: skip
        difference, error, snr = map(np.array, zip(*known, strict=True))
        pulls = difference / error
        data = reader.figure("repeat_scatter", survey="apogee")
        assert data is not None
        everything, *bins = [r for r in data.rows() if r["quantity"] == own]
        assert everything["x_low"] is None
        assert everything["n"] == len(known)
        factor = 1.4826 * np.median(np.abs(pulls))
        assert everything["factor"] == pytest.approx(factor)
        assert everything["factor_err"] == pytest.approx(
            1.17 * factor / np.sqrt(len(known))
        )
        assert everything["scatter"] == pytest.approx(
            1.4826 * np.median(np.abs(difference))
        )
        assert everything["stated"] == pytest.approx(np.median(error))
        assert bins
        for row in bins:
            inside = (snr >= row["x_low"]) & (snr < row["x_high"])
            assert row["n"] == inside.sum() >= 20
            assert row["factor"] == pytest.approx(
                1.4826 * np.median(np.abs(pulls[inside])), abs=1e-12
            )
        told = reader.figure("repeat_pulls", survey="apogee")
        assert told is not None
        told = told.only(told.columns["quantity"] == own)
        counts, _ = np.histogram(pulls, np.linspace(-5, 5, 41))
        assert told.array("n").tolist() == counts.tolist()
        assert told.first("n_points") == len(known)


def test_repeats_are_those_of_the_warehouse(
    built_connection: duckdb.DuckDBPyConnection,
) -> None:
    built_connection.execute(
        "insert into main.measurements_others by name select i // 3 as star_id, "
        "'mine' as survey, i::varchar as source_id, i % 3 = 0 as is_best, "
        "i % 7 <> 5 as is_clean, 20 + i as snr, 5000 + 50 * sin(i) as teff, "
        "case i % 11 when 3 then 1e7 when 4 then null when 5 then 0 else 30 end "
        "as teff_err, cos(i) as fe_h, 0.1 + i / 1000 as fe_h_err "
        "from range(300) as rows(i)"
    )
    expected = built_connection.execute(
        "select quantity, count(*), 1.4826 * median(abs(difference / difference_err)) "
        "from main.repeats where survey = 'mine' and difference_err > 0 "
        "group by quantity order by quantity desc"
    ).fetchall()
    data = Reader(built_connection).figure("repeat_scatter", survey="mine")
    assert data is not None
    told = [
        (row["quantity"], row["n"], pytest.approx(row["factor"]))
        for row in data.rows()
        if row["x_low"] is None
    ]
    assert [quantity for quantity, *_ in expected] == ["teff", "fe_h"]
    assert told == expected
    assert expected[0][1] < expected[1][1] < 200


def test_few_points_get_cells_large_enough_to_see(reader: Reader) -> None:
    bulk, frame = read_step("bulk"), read_step("frames/plane")
    for n, bins in ((5, 36), (10_000, 120), (100_000, 150)):
        found = reader.connection.execute(
            f"with points as (select i as x, i as y, i as z from range({n}) as r(i)), "
            f"bulk as ({bulk}) select x_bins from ({frame})"
        ).fetchall()
        assert found == [(bins,)]


@pytest.mark.parametrize(("value", "margin"), [(4.4, 0.5), (0.0, 0.5), (5000.0, 200.0)])
def test_a_single_value_still_gets_an_axis(
    reader: Reader, value: float, margin: float
) -> None:
    bulk, frame = read_step("bulk"), read_step("frames/plane")
    found = reader.connection.execute(
        f"with points as (select {value}::double as x, 1.0 as y, 1.0 as z), "
        f"bulk as ({bulk}) select x_low, x_high from ({frame})"
    ).fetchall()
    assert found[0] == pytest.approx((value - margin, value + margin))


def test_what_is_gathered_is_read_for_what_it_was_gathered_for(
    reader: Reader,
) -> None:
    pair = {"left": "apogee", "right": "lamost"}
    asked_for = {**pair, "quantity": "teff", "against": "teff"}
    plain = reader.figure("pair_residual", **asked_for)
    other = Reader(reader.connection)
    try:
        other.gather("drawn_surveys")
        other.gather("report_rows")
        other.gather("pair_rows", left="apogee", right="galah")
        # Of another pair than the one that stands gathered.
        found = other.figure("pair_residual", **asked_for)
        assert plain is not None
        assert found is not None
        assert found.rows() == plain.rows()
        other.gather("pair_rows", **pair)
        again = other.figure("pair_residual", **asked_for)
        assert again is not None
        assert again.rows() == plain.rows()
    finally:
        other.forget("drawn_surveys", "report_rows", "pair_rows")


def test_queries_are_as_the_registry_says(reader: Reader, asked: list[Asked]) -> None:
    for one in {one.name: one for one in asked}.values():
        data = reader.figure(one.name, **one.parameters)
        assert data is not None
        names = [column.name for column in one.figure.columns]
        assert list(data.columns) == names, one.name
        assert all(column.description for column in one.columns), one.name
        # Whoever only names tables cannot fold a list of quantiles.
        sql = re.sub(r"\[0\.\d+(, 0\.\d+)+\]", "0.5", pasteable(one))
        read = reader.connection.get_table_names(sql, qualified=True)
        tables = {name.split(" AS ")[0].replace('"', "") for name in read}
        assert tables == set(one.figure.needs), one.name
        used = set(re.findall(r"\$(\w+)", statement(one.figure)))
        assert used == {parameter.name for parameter in one.figure.parameters}, one.name


def test_lines_of_queries_are_short_and_comments_have_no_room_for_a_value() -> None:
    # Values are written into what is pasted: a comment would end with its line.
    for path in _QUERIES.rglob("*.sql"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert "$" not in line.partition("--")[2], path
            assert len(line) <= 100, path


def test_the_text_to_paste_gives_the_rows_of_the_page(
    reader: Reader, warehouse: Path, asked: list[Asked], duckdb_shell: str
) -> None:
    ones = {one.name: one for one in asked}
    texts = [
        f"select count(*) from (\n{reader.pasteable(one).strip().removesuffix(';')}\n);"
        for one in ones.values()
    ]
    done = subprocess.run(
        [duckdb_shell, "-readonly", "-bail", "-noheader", "-list", str(warehouse)],
        input="\n".join(texts),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    rows = [reader.figure(one.name, **one.parameters) for one in ones.values()]
    assert [int(n) for n in done.stdout.split()] == [len(data or ()) for data in rows]


def test_a_value_stays_a_value() -> None:
    text = pasteable(ask("kiel", survey="it's\n; drop table main.stars; --"))
    assert "survey = 'it''s\n; drop table main.stars; --'" in text


def test_figures_come_with_units_from_python(warehouse: Path) -> None:
    with stellarwh.open(warehouse) as wh:
        kiel = wh.figure("kiel", survey="galah")
        table = kiel.to_astropy()
        assert str(table["x"].unit) == "K"
        assert table["n"].dtype.kind == "i"
        residual = wh.figure(
            "pair_residual",
            left="apogee",
            right="galah",
            quantity="fe_h",
            against="teff",
        )
        units = {column.name: column.unit for column in residual.schema}
        assert (units["x"], units["y"], units["y_50"]) == ("K", "dex", "dex")
        assert all(column.description for column in residual.schema)


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("keil", {}, "There is no figure 'keil'. Did you mean 'kiel'?"),
        ("kiel", {"run": "x"}, "takes no parameter 'run'; it takes: survey."),
        ("overlap_sets", {"survey": "x"}, "it takes: none."),
        ("separation", {"left": "apogee"}, "needs right: name of another survey."),
        ("kiel", {"survey": 3}, "survey=3 is no text."),
        (
            "pair_residual",
            {"left": "a", "right": "b", "quantity": "tef", "against": "teff"},
            "has no quantity 'tef'. Did you mean 'teff'?",
        ),
        ("sky_of_catalogue", {"table": "raw.nothing"}, "no table 'raw.nothing'"),
        ("kiel", {"survey": "apoge"}, "no survey 'apoge'. Did you mean 'apogee'?"),
        ("separation", {"left": "apogee", "right": "gala"}, "Did you mean 'galah'?"),
        (
            "bias",
            {"run_id": "nothing", "target": "teff"},
            "The figure 'bias' has no run_id 'nothing'. Known are: apogee_from_",
        ),
        (
            "bias",
            {"run_id": "apogee_from_photometry-2", "target": "tef"},
            "has no target 'tef'. Did you mean 'teff'?",
        ),
    ],
)
def test_what_is_no_figure_is_refused_in_one_line(
    warehouse: Path, name: str, parameters: dict[str, str], words: str
) -> None:
    with (
        stellarwh.open(warehouse) as wh,
        pytest.raises(stellarwh.StellarwhError, match=re.escape(words)) as refused,
    ):
        wh.figure(name, **parameters)
    assert "\n" not in str(refused.value)


def test_a_figure_of_what_is_not_built_is_refused(warehouse_path: Path) -> None:
    with open_warehouse(warehouse_path):
        pass
    with (
        stellarwh.open(warehouse_path) as wh,
        pytest.raises(stellarwh.StellarwhError, match=r"main\.measurements.*build"),
    ):
        wh.figure("kiel")


_TABLES = (
    "select table_schema || '.' || table_name as name from information_schema.tables"
)


def test_figures_are_listed_from_python(warehouse: Path) -> None:
    with stellarwh.open(warehouse) as wh:
        listed = wh.figures().to_polars()
        there = set(wh.sql(_TABLES).to_polars()["name"])
    assert listed["name"].to_list() == list(FIGURES)
    told = dict(zip(listed["name"], listed["parameters"], strict=True))
    assert told["kiel"].to_list() == [
        "survey=None: name of a survey; of all where none is given"
    ]
    assert [text.partition(":")[0] for text in told["separation"]] == ["left", "right"]
    for needs in listed["needs"]:
        assert set(needs) <= there


def test_stars_are_worst_in_units_of_their_intervals(tmp_path: Path) -> None:
    with standin(tmp_path / "worst.duckdb") as connection:
        run = {"run_id": "apogee_from_photometry-2", "target": "teff"}
        found = connection.execute(
            "select star_id from main.stars where len(surveys) > 1 "
            "order by star_id limit 3"
        ).fetchall()
        near, far, unknown = (star for (star,) in found)
        # Half widths of 50 and 400: the nearer one is ten of its own away.
        for star, value, width in (
            (near, "label + 500", 100),
            (far, "label - 900", 800),
            (unknown, "'nan'", 1),
        ):
            connection.execute(
                f"update ml.out_of_fold set lower_68 = 0, upper_68 = {width}, "
                f"value = {value} where star_id = {star} and target = 'teff'"
            )
        data = Reader(connection).figure("worst_stars", **run)
        assert data is not None
        rows = data.rows()
        seen = connection.execute(
            "select list(survey || ' ' || source_id order by survey) "
            f"from main.measurements where star_id = {near}"
        ).fetchall()[0][0]
    assert len(rows) == 10
    assert [row["star_id"] for row in rows[:2]] == [near, far]
    assert [row["pull"] for row in rows[:2]] == pytest.approx([10, 2.25])
    assert rows[0]["difference"] == pytest.approx(500)
    assert list(rows[0]["rows"]) == seen
    # No interval is stored of the others: they follow by their difference.
    rest = [abs(row["difference"]) for row in rows[2:]]
    assert rest == sorted(rest, reverse=True)
    assert unknown not in [row["star_id"] for row in rows]


def test_of_classes_the_surest_that_are_wrong_are_worst(reader: Reader) -> None:
    data = reader.figure("worst_stars", run_id="evolutionary_stage-3", target="stage")
    assert data is not None
    rows = data.rows()
    surest = reader.connection.execute(
        "select probability from ml.out_of_fold where target = 'stage' "
        "and class <> label_class order by probability desc limit 10"
    ).fetchall()
    assert [row["probability"] for row in rows] == [found for (found,) in surest]


def test_the_domain_is_counted_where_the_stars_are(reader: Reader) -> None:
    run = {"run_id": "apogee_from_photometry-2", "target": "teff"}
    data = reader.figure("domain", **run)
    assert data is not None
    stars = reader.connection.execute(
        "with places as (select star_id, "
        "coalesce(avg(teff::real) filter (is_clean), avg(teff::real))::real as x, "
        "coalesce(avg(logg::real) filter (is_clean), avg(logg::real))::real as y "
        "from main.measurements where is_best group by star_id) "
        "select x, y, in_domain from ml.predictions left join places using (star_id) "
        "where run_id = $run_id and target = $target",
        run,
    ).fetchnumpy()
    x, y = (np.ma.filled(stars[name].astype(float), np.nan) for name in "xy")
    inside = np.asarray(stars["in_domain"], dtype=bool)
    known = np.isfinite(x)
    for name, those in (("n_inside", known & inside), ("n_outside", known & ~inside)):
        counts, _, _ = np.histogram2d(
            x[those], y[those], bins=(60, 48), range=((3000, 9000), (-0.5, 5.5))
        )
        place = data.array("x_cell"), data.array("y_cell")
        np.testing.assert_array_equal(data.array(name), counts[place])
        assert data.array(name).sum() == counts.sum() > 0
    assert data.first("all_outside") == np.sum(~inside)
    assert data.first("all_labelled") == len(inside)
    told = sum(data.array(n).sum() for n in ("n_labelled", "n_inside", "n_outside"))
    missing = data.first("n_beyond") + data.first("n_placeless")
    assert told + missing == 2 * len(inside)
    assert data.first("n_placeless") == 2 * np.sum(~known)
