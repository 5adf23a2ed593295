"""Figures for print: what they are of, how large, and that they say so."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import stellarwh
from stellarwh.errors import StellarwhError, UsageError
from tests.report.conftest import standin

RUN = {"task": "apogee_from_photometry"}
OF = {
    "kiel": {}, "sky": {}, "cmd": {}, "chemistry": {"mean": True},
    "offsets": {"against": "fe_h"}, "residuals": RUN, "coverage": RUN,
}  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plots") / "stand.duckdb"
    with standin(path):
        pass
    return path


@pytest.fixture
def wh(warehouse: Path):
    with stellarwh.open(warehouse) as opened:
        yield opened


def one(wh, sql: str):
    return wh.connection.execute(sql).fetchall()[0][0]


@pytest.mark.parametrize("kind", OF)
def test_each_is_as_wide_as_a_column_with_its_type_embedded(wh, tmp_path, kind):
    drawn = wh.plot(kind, tmp_path / "a.pdf", **OF[kind])
    content = drawn.path.read_bytes()
    ((wide, high),) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", content)
    # A point is 1/72 inch.
    assert float(wide) * 25.4 / 72 == pytest.approx(88, abs=0.1)
    assert float(high) * 25.4 / 72 == pytest.approx(drawn.height, abs=0.2)
    assert b"/FontFile2" in content
    assert b"/Type3" not in content
    assert b"SIMULATED DATA" in content
    again = wh.plot(kind, tmp_path / "b.pdf", **OF[kind])
    assert again.path.read_bytes() == content


def test_others_read_the_file(wh, tmp_path):
    """Poppler's tools find the fonts, and the mark as text."""
    if not shutil.which("pdffonts"):
        pytest.skip("there is no pdffonts here (Debian's poppler-utils)")
    path = wh.plot("kiel", tmp_path / "a.pdf").path
    fonts = subprocess.run(
        ["pdffonts", path], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert fonts
    # Columns from the right: object id (two), unicode, subset, embedded.
    assert all(line.split()[-5] == "yes" for line in fonts)


def test_svg_and_png_are_of_that_size_too(wh, tmp_path):
    svg = wh.plot("sky", tmp_path / "a.svg", width="page").path.read_text("utf-8")
    assert re.search(r'width="510\.2\d*pt"', svg)  # 180 mm
    assert "SIMULATED DATA" in svg
    assert "font-family" not in svg
    png = wh.plot("sky", tmp_path / "a.png", width=100).path.read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == pytest.approx(100 / 25.4 * 300, abs=1)


def test_a_condition_keeps_the_stars_that_sql_keeps(wh, tmp_path):
    condition = "fe_h < -0.2 and snr > 60 or survey = 'galah' and logg > 4"
    expected = one(
        wh,
        "select count(*) from main.measurements where is_best and is_clean "
        f"and isfinite(teff::real) and isfinite(logg::real) and ({condition})",
    )
    drawn = wh.plot("kiel", tmp_path / "a.png", where=condition)
    assert 0 < expected < one(wh, "select count(*) from main.measurements")
    # Of all surveys: a star that two saw is there twice.
    assert drawn.of.split(", ")[0] == f"{expected:,} measurements"
    of_survey = one(
        wh,
        "select count(*) from main.measurements where is_best and is_clean "
        "and survey = 'apogee' and isfinite(teff::real) and isfinite(logg::real)",
    )
    told = wh.plot("kiel", tmp_path / "d.png", survey="apogee").of
    assert told.split(", ")[0] == f"{of_survey:,} stars"
    told = wh.plot("kiel", tmp_path / "b.png", where="true -- all").of
    assert told == wh.plot("kiel", tmp_path / "c.png").of


def test_a_condition_on_a_run_is_of_the_columns_of_its_task(wh, tmp_path):
    with pytest.raises(UsageError, match="does not fit"):
        wh.plot("residuals", tmp_path / "a.png", **RUN, where="no_column > 1")
    assert not (tmp_path / "a.png").exists()


def test_one_survey_and_one_target_can_be_asked_for(wh, tmp_path):
    of_all = wh.plot("sky", tmp_path / "a.png").of
    of_one = wh.plot("sky", tmp_path / "b.png", survey="galah").of
    assert of_all != of_one
    told = wh.plot("coverage", tmp_path / "c.png", **RUN, target="teff").of
    assert told == "apogee_from_photometry: teff"
    pair = {"left": "lamost", "right": "apogee"}
    assert wh.plot("offsets", tmp_path / "d.png", **pair).of.startswith(
        "lamost − apogee, "
    )


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("keil", {}, "There is no plot 'keil'. Did you mean 'kiel'?"),
        ("kiel", {"out": "a.jpg"}, "let its name end in .pdf, .svg or .png"),
        ("kiel", {"width": "wide"}, "The width is wide; give column"),
        ("kiel", {"width": 3}, "The width is 3; give column"),
        ("kiel", {"survey": "galha"}, "There is no survey 'galha' here. Did you mean"),
        ("kiel", {"task": "x"}, "kiel takes no task; residuals, coverage do."),
        ("kiel", {"where": " "}, "The condition is empty"),
        ("kiel", {"where": "tef > 1"}, "does not fit"),
        ("kiel", {"where": "teff > 1e9"}, "No star for kiel for which teff > 1e9."),
        ("kiel", {"where": "true; drop table main.stars"}, "several statements"),
        ("kiel", {"where": "fe_h <"}, "'fe_h <' is not what can stand behind 'where'"),
        ("kiel", {"where": "fe_h < -1) or (1=1"}, "is not what can stand behind"),
        ("kiel", {"where": "fe_h < 0 order by 1"}, "is not what can stand behind"),
        ("kiel", {"where": "fe_h"}, "is neither true nor false but of the type float"),
        ("kiel", {"where": "1/0"}, "is neither true nor false"),
        ("kiel", {"where": "error('boo')::boolean"}, "cannot be worked out: boo"),
        ("offsets", {"left": "apogee", "right": "apogee"}, "are of two surveys"),
        ("kiel", {"where": "1 in (select 1 from 'x.csv')"}, "x.csv"),
        ("kiel", {"where": "(select count(*) > 2 from range(3))"}, ""),
        ("offsets", {"left": "galah", "right": "nobody"}, "There is no survey"),
        ("offsets", {"against": "logg"}, "Offsets are against teff or fe_h"),
        ("offsets", {"where": "false"}, "share no clean star for which false."),
        ("residuals", {**RUN, "target": "tef"}, "has no target 'tef'. Did you mean"),
        ("coverage", {"task": "nothing"}, "No run of a task 'nothing'"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(wh, tmp_path, kind, options, says):
    given = dict(options)
    out = tmp_path / given.pop("out", "a.pdf")
    if not says:
        wh.plot(kind, out, **given)
        return
    with pytest.raises(StellarwhError) as error:
        wh.plot(kind, out, **given)
    assert says in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays_unless_told_otherwise(wh, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        wh.plot("kiel", path)
    assert path.read_text() == "mine"
    wh.plot("kiel", path, overwrite=True)
    assert path.read_bytes().startswith(b"%PDF")
