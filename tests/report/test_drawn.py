"""Of surveys of millions of rows a part is drawn, and that is said.

The stand-in's thousands are made many by lowering the limit from a million to 300.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stellarwh.report import site
from stellarwh.report.figures import statement
from stellarwh.report.pages.page import Page
from stellarwh.report.plots.write import write_plot
from stellarwh.report.reader import Reader
from tests.report.conftest import standin

_MANY, _FEWER = "1e6", "300"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    patch = pytest.MonkeyPatch()
    text = statement._text
    patch.setattr(statement, "_text", lambda step: text(step).replace(_MANY, _FEWER))
    with standin(tmp_path_factory.mktemp("many") / "many.duckdb") as connection:
        # One survey is smaller than the others: all of it is drawn.
        connection.execute(
            "delete from main.measurements where survey = 'galah' and star_id % 7 > 0"
        )
        # And one of its stars is far from all others.
        connection.execute(
            "update main.measurements set teff = 30000 where survey = 'galah' and "
            "star_id = (select min(star_id) from main.measurements where is_best "
            "and is_clean and survey = 'galah' and isfinite(teff) and isfinite(logg))"
        )
        yield Reader(connection)
    patch.undo()


@pytest.fixture(scope="module")
def pages(many: Reader, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    shown = {f"{survey}.html" for survey in steps(many)} | {"index.html"}
    folder = tmp_path_factory.mktemp("none")
    with site.pages_to_draw(many.connection, folder) as (to_draw, _):
        drawn = site.draw_pages([one for one in to_draw if one[0] in shown])
    return {page.file: page for page in drawn}


def steps(reader: Reader) -> dict[str, int]:
    rows = reader.connection.execute(
        "select survey, count(*) from main.measurements group by survey"
    ).fetchall()
    return {name: 2 ** max(0, int(np.ceil(np.log2(n / 300)))) for name, n in rows}


def n_best(reader: Reader, survey: str, step: int, also: str = "true") -> int:
    ((n,),) = reader.connection.execute(
        "select count(*) from main.measurements where is_best and is_clean "
        f"and survey in ({survey}) and star_id % {step} = 0 "
        f"and isfinite(teff) and isfinite(logg) and {also}"
    ).fetchall()
    return int(n)


def test_surveys_of_many_rows_are_drawn_in_part(many: Reader) -> None:
    found = steps(many)
    assert found["galah"] == 1 < min(found["apogee"], found["lamost"])
    for survey, step in found.items():
        data = many.figure("kiel", survey=survey)
        assert data is not None
        n = n_best(many, f"'{survey}'", step)
        assert data.first("n_points") == n > 10
        assert data.array("n").sum() == n - (survey == "galah")


def test_together_each_is_drawn_in_the_same_part(many: Reader) -> None:
    data = many.figure("kiel")
    assert data is not None
    most = max(steps(many).values())
    assert data.first("n_points") == n_best(many, "'apogee', 'galah', 'lamost'", most)


def test_what_is_pasted_gives_what_is_drawn(many: Reader) -> None:
    for survey in ("lamost", None):
        data = many.figure("kiel", survey=survey)
        assert data is not None
        pasted = many.connection.execute(data.sql).fetchnumpy()
        np.testing.assert_array_equal(pasted["n"], data.array("n"))


def test_pages_say_it_where_it_is_so(pages: dict[str, Page], many: Reader) -> None:
    templates = site.environment()
    found = steps(many)
    for survey, step in found.items():
        text = site.render(templates, pages[f"{survey}.html"], list(pages.values()))
        assert (f"of one star in {step}" in text) == (step > 1)
    text = site.render(templates, pages["index.html"], list(pages.values()))
    assert f"One star in {max(found.values())} is drawn." in text


def test_counts_of_a_page_are_of_all_rows(pages: dict[str, Page], many: Reader) -> None:
    ((n,),) = many.connection.execute(
        "select count(*) from main.measurements where survey = 'lamost'"
    ).fetchall()
    assert pages["lamost.html"].content["counts"]["n_rows"] == n
    told = pages["lamost.html"].content["rejections_table"]
    assert told is None or told.rows


def test_all_labelled_stars_and_some_predictions_are_in_the_domain(
    many: Reader,
) -> None:
    ((run, target),) = many.connection.execute(
        "select run_id, target from ml.predictions where in_domain is not null "
        "group by all order by all limit 1"
    ).fetchall()
    data = many.figure("domain", run_id=run, target=target)
    assert data is not None

    def count(sql: str) -> int:
        return many.connection.execute(
            f"select count(*) from {sql} and run_id = ? and target = ?", [run, target]
        ).fetchall()[0][0]

    step = data.first("step")
    assert step > 1
    assert data.first("all_labelled") == count("ml.out_of_fold where true")
    assert data.first("all_inside") == count("ml.predictions where in_domain")
    assert data.first("all_outside") == count("ml.predictions where not in_domain")
    shown = sum(data.array(n).sum() for n in ("n_labelled", "n_inside", "n_outside"))
    missing = data.first("n_beyond") + data.first("n_placeless")
    drawn = count(f"ml.predictions where star_id % {step} = 0")
    assert shown + missing == data.first("all_labelled") + drawn
    ((with_place,),) = many.connection.execute(
        "select count(distinct star_id) from ml.out_of_fold semi join "
        "(from main.measurements where is_best and isfinite(teff) and isfinite(logg)) "
        "using (star_id) where run_id = ? and target = ?",
        [run, target],
    ).fetchall()
    assert data.array("n_labelled").sum() <= with_place
    assert data.array("n_labelled").sum() > with_place / 2


def test_what_lies_beyond_the_axes_is_told(
    pages: dict[str, Page], many: Reader, tmp_path: Path
) -> None:
    text = site.render(site.environment(), pages["galah.html"], list(pages.values()))
    assert "mean [Fe/H]. 1 lies beyond the axes.</figcaption>" in text
    told = write_plot(many.connection, "kiel", tmp_path / "a.svg", survey="galah")
    n = n_best(many, "'galah'", 1)
    assert told.of == f"{n} stars, 1 of them beyond the axes"


def test_a_plot_is_of_all_stars(many: Reader, tmp_path: Path) -> None:
    told = write_plot(many.connection, "kiel", tmp_path / "kiel.svg", survey="lamost")
    n = n_best(many, "'lamost'", 1)
    assert f"{n:,} stars" in str(told)
