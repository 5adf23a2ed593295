"""Text of a hostile warehouse stays text: on pages, in exports, on a terminal."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stellarwh.cli import main
from stellarwh.export.export import export_table
from stellarwh.ingest import ingest_survey
from stellarwh.quoting import quote_identifier, quote_text
from stellarwh.report import write_report
from stellarwh.warehouse.database import open_warehouse
from tests.report.browser import Tab
from tests.report.conftest import standin
from tests.report.html_checks import check_page, pages

# Whatever breaks out tells the page around it where it ran.
TELL = "top.postMessage(location.href,`*`)"
SCRIPT = f"<script>{TELL}</script><img src=x: onerror={TELL}>"
CONTROLS = "\x01\x08\x1b[31m\x7f\x9b\u202e"
EVIL = f"</style></title></svg></pre>\"'>{SCRIPT}{CONTROLS}&lt;{{{{7*7}}}}$x^$"
# What the report compares with words of its own.
KEPT = (
    "folds",
    "stratum",
    "stratum_kind",
    "metric",
    "layer",
    "kind",
    "estimator",
    "target_kind",
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder: a warehouse with `EVIL` in every text, and its report."""
    folder = tmp_path_factory.mktemp("hostile")
    schema = pa.schema(
        [
            pa.field("ra", pa.float64(), metadata={"description": EVIL}),
            pa.field("dec", pa.float64(), metadata={"ucd": EVIL}),
            pa.field(f"x{EVIL}", pa.float64(), metadata={"description": EVIL}),
            pa.field("word", pa.string(), metadata={"unit": EVIL, "ucd": EVIL}),
            pa.field(f"w{EVIL}", pa.string()),
        ]
    )
    rows = pa.table([[10.0, 20.0], [1.0, 2.0], [1.0, 2.0], [EVIL] * 2, ["a", EVIL]],
                    schema=schema)  # fmt: skip
    file = folder / "a<script>b.parquet"
    pq.write_table(rows, file)
    with standin(folder / "hostile.duckdb") as connection:
        ingest_survey(connection, "mine", file, ra="ra", dec="dec", epoch=2000)
        texts = connection.execute(
            "select schema_name, table_name, column_name, data_type "
            "from duckdb_columns() where database_name = current_database() "
            "and schema_name in ('meta', 'ml', 'main', 'matching') "
            "and data_type in ('VARCHAR', 'VARCHAR[]') and table_name in "
            "(select table_name from duckdb_tables())"
        ).fetchall()
        for schema_name, table, column, kind in texts:
            if column in KEPT or (schema_name, table) == ("meta", "columns"):
                continue
            name = quote_identifier(column)
            value = f"{name} || {quote_text(EVIL)}"
            if kind.endswith("]"):
                value = f"list_transform({name}, lambda s: s || {quote_text(EVIL)})"
            if column in ("ra_column", "dec_column"):
                continue
            # Our own catalogue keeps its name, so that it has its page.
            place = "" if column != "survey" else " where survey <> 'mine'"
            connection.execute(
                f"update {schema_name}.{quote_identifier(table)} set {name} = {value}"
                + place
            )
        connection.execute(
            "update meta.columns set unit = $e, ucd = $e "
            "where column_name not in ('ra', 'dec')",
            {"e": EVIL},
        )
        connection.execute(f"comment on table raw.mine is {quote_text(EVIL)}")
        write_report(connection, folder / "reports")
    return folder


def test_every_page_is_whole_and_holds_text_alone(hostile: Path) -> None:
    found = pages(hostile / "reports")
    assert len(found) > 8
    for page in found:
        check_page(page)
        assert not page.of("img")
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", page.html)
        assert not [name for _, a in page.tags for name in a if name.startswith("on")]
        assert "49" not in page.title
    everything = "".join(page.html for page in found)
    assert everything.count("&lt;script&gt;") > 50


def test_no_script_runs_in_a_browser(hostile: Path, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium is installed")
    # A page that does run it: else silence would say nothing.
    (hostile / "reports" / "control.htm").write_text(f"<p>{EVIL}</p>")
    files = [page.path for page in pages(hostile / "reports")]
    frames = "".join(
        f'<iframe src="{file.as_uri()}"></iframe>'
        for file in [*files, hostile / "reports" / "control.htm"]
    )
    around = tmp_path / "around.html"
    around.write_text(
        "<script>addEventListener('message', e => { document.body.append(' RAN:' + "
        f"e.data.split('/').pop()) }})</script><body>{frames}</body>"
    )
    shown = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=4000",
            "--dump-dom", around.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    assert set(re.findall(r"RAN:([\w.-]+)", shown.split("<body>")[1])) == {
        "control.htm"
    }


def test_widgets_show_text_alone(hostile: Path, tab: Tab) -> None:
    told = 0
    for page in pages(hostile / "reports"):
        tab.open(page.path)
        tab.evaluate("window.ran = []; onmessage = e => ran.push(e.data); 1")
        plots = tab.evaluate("document.querySelectorAll('.plot').length")
        for number in range(plots):
            plot = f"document.querySelectorAll('.plot')[{number}]"
            if not tab.evaluate(f"{plot}.offsetWidth"):
                continue  # linked views stand in its place
            tab.evaluate(f"{plot}.focus()")
            tab.key("ArrowDown")
            seen = "document.querySelector('.tip:not([hidden])')?.textContent"
            told += "<script>" in (tab.wait(seen) or "")
            tab.key("Escape")
        assert tab.evaluate("document.querySelectorAll('.tip *:not(dl, dt, dd)')"
                            ".length") == 0  # fmt: skip
        heads = "document.querySelectorAll('button.sorts').forEach(b => b.click())"
        tab.evaluate(heads)
        assert tab.evaluate("ran") == []
        assert tab.console == []
    assert told > 3


@pytest.mark.parametrize("ending", ["vot", "ecsv", "parquet"])
def test_exports_stay_readable(hostile: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"out.{ending}"
    with open_warehouse(hostile / "hostile.duckdb", read_only=True) as connection:
        export_table(connection, "raw.mine", out)
    if ending == "vot":
        ElementTree.parse(out)
    with open_warehouse(tmp_path / "back.duckdb") as connection:
        ingest_survey(connection, "back", out, ra="ra", dec="dec")
        found = connection.execute("select word from raw.back").fetchall()
    assert found == [(EVIL,), (EVIL,)]


@pytest.mark.parametrize(
    "line",
    [
        ("status",),
        ("query", "from raw.mine"),
        ("query", "--format", "csv", "from meta.ingests"),
        ("match", "raw.mine", "raw.mine", "--left-id", "word"),
        ("export", "raw.nothing\x1b[31m", "x.csv"),
        ("query", "select \"\x1b[31m\" from raw.mine"),
        ("train", "\x1b[31m"),
        ("ingest", "mine", "a<script>b.parquet", "--ra", "ra", "--dec", "\x1b[2Jdec"),
    ],
)  # fmt: skip
def test_a_terminal_is_told_nothing_to_obey(
    hostile: Path,
    line: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(hostile)
    monkeypatch.setattr(
        sys, "argv", ["stellarwh", "--warehouse", "hostile.duckdb", *line]
    )
    with pytest.raises(SystemExit):
        main()
    said = capfd.readouterr()
    text = said.out + said.err
    assert text
    # CSV for other programs is as the values are.
    if "csv" not in line:
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "Traceback" not in text
