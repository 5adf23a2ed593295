"""The page of one star: what explain prints, and figures of it."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import stellarwh
from stellarwh.api.warehouse import Warehouse
from stellarwh.cli import app
from stellarwh.errors import UsageError, WarehouseError
from stellarwh.report.reader import Reader
from tests.report.html_checks import Page, check_page


def star_of_all(wh: Warehouse) -> int:
    rows = wh.sql(
        "select star_id from main.stars inner join main.parameters using (star_id) "
        "where n_surveys = 3 and teff is not null order by star_id limit 1"
    ).to_arrow()
    return int(rows["star_id"][0].as_py())


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_page_tells_what_explain_tells(wh: Warehouse, tmp_path: Path) -> None:
    star = star_of_all(wh)
    told = wh.explain(star)
    page = Page(wh.star_page(star, tmp_path / "star.html"))
    check_page(page)
    text = plain(page.text)
    assert "SIMULATED DATA" in page.title
    for stage in told.stages:
        assert plain(stage.title) in text
        for step in stage.steps:
            assert plain(step.sql) in text
            assert all(plain(line) in text for line in step.lines)
    assert len(page.of("figure")) >= 3  # the values, and Kiel diagrams


def test_the_line_of_the_values_is_that_of_the_parameters(
    wh: Warehouse, tmp_path: Path
) -> None:
    star = star_of_all(wh)
    (row,) = (
        wh.sql("select teff, teff_err from main.parameters where star_id = ?", [star])
        .to_arrow()
        .to_pylist()
    )
    values = Reader(wh.connection).rows("star_values", star_id=star)
    (mean,) = {v["mean"] for v in values if v["quantity"] == "teff"}
    (error,) = {v["mean_err"] for v in values if v["quantity"] == "teff"}
    assert mean == pytest.approx(row["teff"], rel=1e-6)
    assert error == pytest.approx(row["teff_err"], rel=1e-6)
    offsets = [v for v in values if v["quantity"] == "teff"]
    assert len(offsets) >= 2
    assert all(v["from_mean"] == v["value"] - v["mean"] for v in offsets)


def test_a_report_leaves_pages_of_stars(wh: Warehouse, tmp_path: Path) -> None:
    page = wh.star_page(star_of_all(wh), tmp_path / "star.html")
    assert "stellarwh report" not in page.read_text("utf-8")[:600]


def test_the_command_writes_the_page_and_names_it(
    calibrated: Path, tmp_path: Path
) -> None:
    with stellarwh.open(calibrated) as wh:
        star = str(star_of_all(wh))
    run = CliRunner().invoke
    file = tmp_path / "made" / "one.html"
    base = ["--warehouse", str(calibrated), "explain", star]
    result = run(app, [*base, "--html", "--out", str(file)])
    assert result.exit_code == 0
    assert result.output.strip() == str(file)
    assert Page(file).title.startswith(f"Star {star}")
    for wrong in (["--html", "--json"], ["--out", str(file)]):
        assert run(app, [*base, *wrong]).exit_code == 2


def test_what_cannot_be_written_leaves_nothing(wh: Warehouse, tmp_path: Path) -> None:
    star = star_of_all(wh)
    with pytest.raises(UsageError, match="is a folder"):
        wh.star_page(star, tmp_path)
    with pytest.raises(WarehouseError):
        wh.star_page("no such star", tmp_path / "new" / "star.html")
    assert list(tmp_path.iterdir()) == []
