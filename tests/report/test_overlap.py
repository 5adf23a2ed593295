"""What pages of overlaps show is what NumPy makes of the same rows."""

import re
from pathlib import Path

import duckdb
import matplotlib as mpl
import numpy as np
import pytest

from stellarwh.report.charts.histogram import draw_separations
from stellarwh.report.charts.trends import to_axis
from stellarwh.report.figures.data import FigureData
from stellarwh.report.figures.statement import read_step
from stellarwh.report.pages.offsets import n_sampled
from stellarwh.report.palette import STYLE
from stellarwh.report.reader import Reader
from stellarwh.warehouse.database import open_warehouse
from tests.report.browser import Tab
from tests.report.conftest import standin, write_pages
from tests.report.html_checks import Page
from tests.report.test_widgets import cell_on_screen, column, figures_of

# One worker makes the report once.
pytestmark = pytest.mark.xdist_group("report")

_PAIR = {"left": "apogee", "right": "galah"}
_PAIRS = (
    "select l.star_id, l.measured - r.measured as measured, "
    "l.value - r.value as calibrated, sqrt(l.err ** 2 + r.err ** 2) as calibrated_err, "
    "sqrt(l.measured_err ** 2 + r.measured_err ** 2) as measured_err, "
    "sqrt(l.correction_err ** 2 + r.correction_err ** 2) as correction_err, "
    "l.in_range and r.in_range as in_range, p.teff, p.logg, p.fe_h, r.snr "
    'from scale."values" l join scale."values" r using (star_id, quantity) '
    "join scale.places p using (star_id) "
    "where l.survey = 'apogee' and r.survey = 'galah' and quantity = $quantity"
)


def pairs(reader: Reader, quantity: str) -> dict[str, np.ndarray]:
    found = reader.connection.execute(_PAIRS, {"quantity": quantity}).fetchnumpy()
    return {name: np.asarray(values) for name, values in found.items()}


def asked(reader: Reader, name: str, **parameters: str) -> FigureData:
    data = reader.figure(name, **_PAIR, **parameters)
    assert data
    return data


def test_calibrated_offsets_are_medians_with_their_errors(reader: Reader) -> None:
    stars = pairs(reader, "teff")
    giant = np.where(
        stars["teff"] >= 6000,
        stars["logg"] < 3.5,
        np.where(
            stars["teff"] <= 4250,
            stars["logg"] < 4.0,
            stars["logg"] < 5.2 - 0.00028 * stars["teff"],
        ),
    )
    found = {
        row["stage_group"]: row
        for row in asked(reader, "calibrated_offsets").rows()
        if row["quantity"] == "teff"
    }
    groups = {"all": np.full(len(giant), fill_value=True), "giant": giant}
    groups["dwarf"] = ~giant
    assert set(found) == set(groups)
    for group, inside in groups.items():
        y, row = stars["calibrated"][inside], found[group]
        scatter = 1.4826 * np.median(np.abs(y - np.median(y)))
        assert row["n"] == len(y) > 20
        assert row["offset_value"] == pytest.approx(np.median(y))
        assert row["scatter"] == pytest.approx(scatter)
        error = np.sqrt(np.pi / 2) * scatter / np.sqrt(len(y))
        assert row["offset_err"] == pytest.approx(error)
    # The stand-in's scale moves GALAH by 25 K.
    measured = np.median(stars["measured"])
    assert found["all"]["offset_value"] == pytest.approx(measured - 25)


@pytest.mark.parametrize("axis", ["teff", "logg", "fe_h", "snr"])
def test_trends_are_medians_and_what_the_calibration_takes(
    reader: Reader, axis: str
) -> None:
    stars = pairs(reader, "teff")
    x = np.log10(stars["snr"]) if axis == "snr" else stars[axis]
    data = asked(reader, "pair_trend", quantity="teff")
    own = data.only(data.columns["axis"] == axis)
    low, high = np.quantile(x, [0.001, 0.999])
    margin = 0.04 * (high - low)
    assert own.first("x_low") == pytest.approx(low - margin)
    assert own.first("x_high") == pytest.approx(high + margin)
    edges = np.linspace(own.first("x_low"), own.first("x_high"), 15)
    place = np.digitize(x, edges) - 1
    trend = own.layer("trend")
    assert len(trend) >= 3
    for row in trend.rows():
        inside = place == row["x_cell"]
        y = stars["measured"][inside]
        assert row["n"] == len(y) >= 20
        assert row["x"] == pytest.approx(
            np.mean(edges[[row["x_cell"], row["x_cell"] + 1]])
        )
        np.testing.assert_allclose(
            [row["y_16"], row["y_50"], row["y_84"]], np.quantile(y, [0.16, 0.5, 0.84])
        )
        assert row["calibrated"] == pytest.approx(
            np.median(stars["calibrated"][inside])
        )
        known = inside & stars["in_range"].astype(bool)
        assert 0 < known.sum() < inside.sum()
        taken = stars["measured"][known] - stars["calibrated"][known]
        assert row["fitted"] == pytest.approx(np.median(taken)) == pytest.approx(25)
        assert row["fitted_err"] == pytest.approx(stars["correction_err"][known].mean())


def test_cells_hold_the_stars_that_lie_in_them(reader: Reader) -> None:
    stars = pairs(reader, "logg")
    data = asked(reader, "pair_trend", quantity="logg")
    cells = data.only(data.columns["axis"] == "fe_h").layer("cells")
    ends = [(cells.first(f"{n}_low"), cells.first(f"{n}_high")) for n in "xy"]
    reach = 1.04 * np.quantile(np.abs(stars["measured"]), 0.98)
    assert ends[1] == pytest.approx((-reach, reach))
    counts, _, _ = np.histogram2d(
        stars["fe_h"], stars["measured"], range=ends,
        bins=[cells.first("x_bins"), cells.first("y_bins")],
    )  # fmt: skip
    place = tuple(cells.array(f"{n}_cell").astype(int) for n in "xy")
    np.testing.assert_array_equal(cells.array("n"), counts[place])
    assert cells.array("n").sum() == counts.sum()


def test_an_axis_is_linear_within_its_core_and_logarithmic_beyond() -> None:
    values = [0, 5, -10, 20, 100, -1000]
    places = [0, 0.5, -1, 1 + np.log10(2), 2, -3]
    np.testing.assert_allclose(to_axis(values, 10.0), places)
    np.testing.assert_array_equal(to_axis(values, None), values)


def test_all_radial_velocities_are_on_their_axis(reader: Reader) -> None:
    stars = pairs(reader, "radial_velocity")
    y = stars["measured"]
    data = asked(reader, "pair_trend", quantity="radial_velocity")
    scatter = 1.4826 * np.median(np.abs(y - np.median(y)))
    core = data.first("core")
    # The smallest power of ten that holds twice the scatter.
    assert core / 10 < 2 * scatter <= core
    cells = data.only(data.columns["axis"] == "snr").layer("cells")
    places = to_axis(y, core)
    x = np.log10(stars["snr"])
    inside = (x >= cells.first("x_low")) & (x <= cells.first("x_high"))
    counts, _ = np.histogram(
        places[inside],
        cells.first("y_bins"),
        (cells.first("y_low"), cells.first("y_high")),
    )
    found = np.zeros_like(counts)
    np.add.at(found, cells.array("y_cell").astype(int), cells.array("n").astype(int))
    np.testing.assert_array_equal(found, counts)
    assert counts.sum() == inside.sum()


def test_the_most_discrepant_stars_come_first(reader: Reader) -> None:
    stars = pairs(reader, "fe_h")
    sigma = np.abs(stars["calibrated"]) / stars["calibrated_err"]
    order = np.lexsort([stars["star_id"], -sigma])[:20]
    rows = asked(reader, "discrepant_stars", quantity="fe_h").rows()
    assert [row["star_id"] for row in rows] == stars["star_id"][order].tolist()
    np.testing.assert_allclose([row["n_sigma"] for row in rows], sigma[order])
    by_star = {}
    for star, survey, source, flags, value in reader.connection.execute(
        "select star_id, survey, source_id, quality_flags, fe_h from main.measurements "
        "where is_best"
    ).fetchall():
        by_star[star, survey] = source, flags, value
    for row in rows:
        for side, survey in _PAIR.items():
            told = row[f"source_id_{side}"], list(row[f"flags_{side}"])
            assert told == by_star[row["star_id"], survey][:2]
        left, right = (by_star[row["star_id"], name][2] for name in _PAIR.values())
        assert row["difference"] == pytest.approx(left - right)
    assert any(len(row["flags_right"]) for row in rows)


@pytest.fixture(scope="module")
def uncalibrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uncalibrated")
    with standin(folder / "stand.duckdb") as connection:
        connection.execute(
            "update scale.in_use set method = 'constant offsets', run_id = null"
        )
        write_pages(connection, folder / "reports", "overlap-apogee-galah.html")
    return folder


def test_without_a_calibration_what_was_measured_stands_alone(
    uncalibrated: Path, full_report: Path
) -> None:
    plain = Page(uncalibrated / "reports" / "overlap-apogee-galah.html")
    assert "Not calibrated." in plain.text
    assert "stellarwh calibrate fits how they differ" in plain.text
    assert ">Giants</th>" in plain.html
    assert ">Giants, calibrated</th>" not in plain.html
    assert "fitted, ± its error" not in plain.html
    assert ">Calibrated</th>" not in plain.html
    fitted = Page(full_report / "overlap-apogee-galah.html")
    assert "Not calibrated." not in fitted.text
    for part in (
        ">Giants, calibrated</th>", ">Calibrated</th>", "fitted, ± its error",
        'href="scale.html"', "other catalogues than are here: GALAH.",
    ):  # fmt: skip
        assert part in fitted.html
    with open_warehouse(uncalibrated / "stand.duckdb", read_only=True) as connection:
        reader = Reader(connection)
        assert not reader.figure("calibrated_offsets", **_PAIR)
        trend = asked(reader, "pair_trend", quantity="teff")
        assert np.isnan(trend.array("fitted").astype(float)).all()
        stars = pairs(reader, "teff")
        sigma = np.abs(stars["measured"]) / stars["measured_err"]
        rows = asked(reader, "discrepant_stars", quantity="teff").rows()
        best = np.sort(sigma)[::-1][:20]
        np.testing.assert_allclose([row["n_sigma"] for row in rows], best)


def test_a_page_says_of_how_many_stars_it_is(reader: Reader) -> None:
    before, after = asked(reader, "offsets"), asked(reader, "calibrated_offsets")
    most = max(row["n"] for row in after.rows())
    assert n_sampled(before, after) is None
    columns = {**before.columns, "n": np.full(len(before), 10 * most)}
    more = FigureData(before.asked, columns)
    assert n_sampled(more, after) == (most, 10 * most)


def test_chance_has_a_level_even_where_it_gave_no_pair(reader: Reader) -> None:
    data = asked(reader, "separation")
    with mpl.rc_context(STYLE):
        drawn = draw_separations(data, "a", "apogee", "galah")
    assert drawn is not None
    assert "By chance alone 2.5 would lie within it." in drawn.alt
    assert "expected by chance" in drawn.svg
    columns = {**data.columns, "n_chance": np.zeros(len(data))}
    none = FigureData(data.asked, columns)
    with mpl.rc_context(STYLE):
        drawn = draw_separations(none, "a", "apogee", "galah")
    assert drawn is not None
    # exp(-3) is 0.05.
    assert "By chance alone at most 3 would lie within it, at 95 percent." in drawn.alt
    assert "by chance at most" in drawn.svg


def test_the_copied_sql_gives_the_stars_of_the_table(
    tab: Tab, reader: Reader, full_report: Path
) -> None:
    path = full_report / "overlap-apogee-galah.html"
    tab.open(path)
    section = "#discrepant-teff"
    shown = tab.evaluate(
        f"[...document.querySelectorAll('{section} tbody tr')].map(r => "
        "r.cells[0].textContent.trim())"
    )
    assert len(shown) == 20
    tab.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: "
        "{writeText: async text => { window.copied = text }}})"
    )
    tab.click_on(f"{section} .tools > button")
    sql = tab.wait("window.copied")
    found = reader.connection.execute(sql).fetchall()
    assert [str(row[0]) for row in found] == shown
    tab.click_on(f"{section} th:nth-child(2) button")
    errors = tab.evaluate(
        f"[...document.querySelectorAll('{section} tbody tr')].map(r => "
        "Number(r.cells[1].textContent))"
    )
    assert errors == sorted(round(row[-1], 1) for row in found)
    assert tab.console == []


def test_a_cell_beyond_the_core_tells_velocities(tab: Tab, full_report: Path) -> None:
    path = full_report / "overlap-apogee-galah.html"
    told = figures_of(path)["figure-trend-radial_velocity"]
    table = told["tables"][0]
    core = column(table, "core")[0]
    panel = told["panels"][0]
    marks = panel["marks"][0]
    rows = np.cumsum(marks["rows"])  # they are packed as steps
    y_low, y_high, bins = marks["cells"][3:]
    width = (y_high - y_low) / bins
    names = [column(table, name) for name in ("x_cell", "y_cell")]
    x_cell, y_cell = max(((names[0][i], names[1][i]) for i in rows), key=lambda c: c[1])
    ends = [y_low + (y_cell + step) * width for step in (0, 1)]
    # Backwards: within the core in proportion, beyond it in factors of ten.
    values = [core * (e if e <= 1 else 10 ** (e - 1)) for e in ends]
    assert values[1] > core
    tab.open(path)
    tab.move(
        *cell_on_screen(tab, "figure-trend-radial_velocity", panel, x_cell, y_cell)
    )
    tab.wait("document.querySelector('.tip') && !document.querySelector('.tip').hidden")
    text = tab.evaluate("document.querySelector('.tip').innerText")
    said = re.search(r"Δ Radial velocity\s+([\d.−,]+) to ([\d.−,]+) km/s", text)
    assert said, text
    found = [float(part.replace(",", "").replace("−", "-")) for part in said.groups()]
    np.testing.assert_allclose(found, values, rtol=0.06)


def test_radial_velocities_are_looked_at_more_closely(
    tab: Tab, full_report: Path
) -> None:
    """Ticks of the axis that is logarithmic beyond a core stand where values do."""
    page = full_report / "overlap-apogee-galah.html"
    figure = "figure-trend-radial_velocity"
    panel = figures_of(page)[figure]["panels"][0]
    core = panel["marks"][0]["core"]
    _, y0, _, y1 = panel["box"]
    low, high = panel["y"]["domain"]
    ticks = (
        f"[...document.querySelector('#{figure} .ticks > g:nth-child(2)')"
        ".querySelectorAll('.tick')].map(t => [t.textContent, "
        "Number(t.getAttribute('transform').match(/,(.*)\\)/)[1])])"
    )
    moved = f"document.querySelector('#{figure} .moved')?.getAttribute('transform')"
    tab.open(page)
    # The upper half, which reaches beyond the core, then the middle of the axis.
    left, top, width, _ = tab.box(f"#{figure} svg")
    unit = width / 763.2
    x0, _, x1, _ = panel["box"]
    corners = ((x0 + 4, y0 + 2), (x1 - 4, (y0 + y1) / 2))
    tab.drag(*((left + unit * x, top + unit * y) for x, y in corners))
    tab.wait(moved)
    seen: dict[str, list[float]] = {}
    for how in ("upper", "middle"):
        if how == "middle":
            tab.click_on(f"#{figure} button[aria-label='Show all of the figure']")
            tab.click_on(f"#{figure} button[aria-label='Look closer']")
            tab.wait(f"{moved}.includes('scale(2 2)')")
        down_by, scale = map(
            float,
            re.fullmatch(
                r"translate\(\S+ (\S+)\) scale\(\S+ (\S+)\)", tab.evaluate(moved)
            ).groups(),
        )
        told = tab.evaluate(ticks)
        assert len(told) >= 3
        seen[how] = []
        for text, down in told:
            value = float(text.replace("\u2212", "-").replace(",", ""))
            part = (float(to_axis([value], core)[0]) - low) / (high - low)
            whole = y1 - part * (y1 - y0)
            assert down == pytest.approx(whole * scale + down_by, abs=0.6)
            seen[how].append(value / core)
    assert min(seen["upper"]) >= 0
    assert min(seen["middle"]) < 0 < max(seen["middle"])


def test_one_star_stands_in_the_middle_of_its_axes() -> None:
    """Where all have one value there is no range to divide."""
    frame = read_step("frames/pair_trend")
    with duckdb.connect() as connection:  # noqa: TID251 - no warehouse
        connection.execute(
            "create table pair_places as select 5000.0 as teff, 4.5 as logg, "
            "0.0 as fe_h, 2.0 as snr, 0.0 as measured"
        )
        rows = connection.execute(frame, {"quantity": "teff"}).fetchnumpy()
    ends = {
        str(axis): (low, high)
        for axis, low, high in zip(
            rows["axis"], rows["x_low"], rows["x_high"], strict=True
        )
    }
    assert ends["teff"] == (4800, 5200)
    assert ends["logg"] == (4.0, 5.0)
    assert ends["fe_h"] == (-0.5, 0.5)
    assert set(rows["y_low"]) == {-1}
    assert set(rows["y_high"]) == {1}
