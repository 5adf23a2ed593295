"""The door: who may do what, beside whom, and what is said."""

import doctest
import importlib
import inspect
import pkgutil
import shutil
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import polars as pl
import pytest

import stellarwh
from stellarwh.api.tasks import of_each_task

HEAVY = [
    "duckdb",
    "pyarrow",
    "polars",
    "numpy",
    "astropy",
    "sklearn",
    "xgboost",
    "typer",
]


def modules():
    for found in pkgutil.walk_packages(stellarwh.__path__, "stellarwh."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


@pytest.mark.filterwarnings("ignore::stellarwh.StellarwhWarning")
def test_every_example_of_a_docstring_runs(built_file, files, tmp_path, monkeypatch):
    # No program of this desktop has a part in them.
    monkeypatch.setenv("SAMP_HUB", "std-lockurl:file:///nowhere")
    copy = shutil.copy(built_file, tmp_path / "copy.duckdb")
    names = {"warehouse": built_file, "files": files, "copy": copy, "folder": tmp_path}
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    run = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those that LSDB gives when it is imported
        with suppress(ImportError):
            importlib.import_module("lsdb")
    for module in [stellarwh, *modules()]:
        for example in finder.find(module, globs={**vars(module), **names}):
            if example.examples:
                run += 1
                assert runner.run(example).failed == 0, example.name
    assert run > 10


def test_each_public_name_and_method_has_an_example():
    shown = {name: getattr(stellarwh, name) for name in stellarwh.__all__}
    shown |= {
        name: method
        for name, method in inspect.getmembers(stellarwh.Warehouse, inspect.isfunction)
        if not name.startswith("_")
    }
    assert {"sql", "publish", "report", "download_survey", "Side"} <= set(shown)
    parse = doctest.DocTestParser().get_examples
    for name, of in shown.items():
        examples = parse(inspect.getdoc(of))
        assert any("stellarwh." in example.source for example in examples), name
        assert not any(doctest.SKIP in example.options for example in examples), name


def test_each_public_name_has_a_docstring_and_there_are_few():
    assert len(stellarwh.__all__) <= 12
    for name in stellarwh.__all__:
        assert getattr(stellarwh, name).__doc__
    assert set(stellarwh.__all__) <= set(dir(stellarwh))
    with pytest.raises(AttributeError, match="nosuch"):
        stellarwh.nosuch  # noqa: B018 - is what is asked


def test_importing_it_loads_nothing_heavy():
    code = f"import stellarwh, sys; print([m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "[]"


def test_one_that_reads_refuses_to_write(wh):
    for work in (wh.build, wh.train, wh.predict, lambda: wh.ingest("apogee", "a.fits")):
        with pytest.raises(stellarwh.StellarwhError, match="write=True"):
            work()
    with pytest.raises(stellarwh.StellarwhError, match="write=True"):
        wh.match("raw.apogee", "raw.galah", into="pairs")


def test_two_can_read_at_once_and_each_sees_what_stood_when_it_was_opened(
    files, tmp_path
):
    path = str(tmp_path / "stellar.duckdb")
    count = "select count(*) as n from raw.galah"
    with stellarwh.open(path, write=True) as writer:
        writer.ingest("apogee", files["apogee"])
        writer.build()
    first = stellarwh.open(path)
    with stellarwh.open(path, write=True) as writer:
        (ingested,) = writer.ingest("galah", files["galah"])
        assert first.sql(count).to_polars().item() == 0
        with stellarwh.open(path) as second:
            assert second.sql(count).to_polars().item() == 0
        writer.publish()
        with stellarwh.open(path) as second:
            assert second.sql(count).to_polars().item() == ingested.rows
            assert first.sql(count).to_polars().item() == 0
    first.close()


def test_an_error_within_the_block_stores_nothing(files, tmp_path):
    path = tmp_path / "stellar.duckdb"
    with stellarwh.open(path, write=True):
        pass

    def fail() -> None:
        with stellarwh.open(path, write=True) as writer:
            writer.ingest("galah", files["galah"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with stellarwh.open(path) as reader:
        assert reader.status()["ingests"] == []
    assert [file.name for file in tmp_path.iterdir()] == ["stellar.duckdb"]


HOLDER = """
import sys, stellarwh
with stellarwh.open(sys.argv[1], write=True):
    print("open", flush=True)
    sys.stdin.readline()
"""


def test_a_second_writer_is_refused_or_waits(tmp_path):
    path = tmp_path / "stellar.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(stellarwh.StellarwhError, match=rf"process {other.pid}\)"):
            stellarwh.open(path, write=True)
        threading.Timer(0.5, other.stdin.close).start()
        stellarwh.open(path, write=True, wait=60).close()


@pytest.mark.parametrize("wait", [0, 3600])
def test_a_second_writer_of_this_process_is_told_so_at_once(tmp_path, wait):
    path = tmp_path / "stellar.duckdb"
    with stellarwh.open(path, write=True) as first:
        with pytest.raises(stellarwh.StellarwhError) as refused:
            stellarwh.open(path, write=True, wait=wait)
        assert str(refused.value) == (
            f"{path} is in use: this process has it open to be written already; "
            "close that handle first."
        )
        assert len(first.sql("select 1")) == 1


def test_a_thread_waits_for_the_writer_of_another_one(tmp_path):
    path = tmp_path / "stellar.duckdb"
    first = stellarwh.open(path, write=True)

    def write():
        with stellarwh.open(path, write=True, wait=60) as second:
            return second.is_writable

    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(write)
        with pytest.raises(TimeoutError):
            written.result(timeout=0.5)
        first.close()
        assert written.result(timeout=60)


def test_results_of_a_closed_warehouse_say_what_to_do(built_file):
    wh = stellarwh.open(built_file)
    asked, kept = (wh.sql("from main.stars order by star_id") for _ in range(2))
    before = kept.to_arrow()
    wh.close()
    for use in (len, repr, list, stellarwh.Result.to_polars, pl.DataFrame):
        with pytest.raises(stellarwh.StellarwhError) as refused:
            use(asked)
        assert str(refused.value) == (
            f"{built_file} is closed; open it again, or take to_arrow() of the result "
            "before."
        )
    assert kept.to_arrow() is before
    assert len(list(kept)) > 0


def test_threads_share_a_warehouse(wh):
    (expected,) = wh.connection.execute("select count(*) from main.stars").fetchone()
    found = []

    def ask() -> None:
        result = wh.table("stars")
        found.append(
            (len(result), len(result.to_polars()), sum(b.num_rows for b in result))
        )

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(expected,) * 3] * 4


def test_progress_is_told_to_a_callback_and_to_nobody_else(files, tmp_path, capfd):
    told = []
    path = tmp_path / "stellar.duckdb"
    with stellarwh.open(path, write=True, progress=lambda *one: told.append(one)) as wh:
        wh.ingest("galah", files["galah"])
        wh.build()
    size = files["galah"].stat().st_size
    read = [(done, total) for what, done, total in told if what == "ingest galah"]
    assert read[0] == (0, size)
    assert read[-1] == (size, size)
    assert any(what.startswith("build main.stars") for what, _, _ in told)
    assert capfd.readouterr() == ("", "")


def test_what_the_user_should_know_is_a_warning_of_python(tmp_path):
    (tmp_path / "own.csv").write_text("id,ra,dec\n1,10.0,5.0\n2,20.0,95.0\n")
    path = tmp_path / "stellar.duckdb"
    with (
        stellarwh.open(path, write=True) as wh,
        pytest.warns(stellarwh.StellarwhWarning, match="position") as heard,
    ):
        wh.ingest("own", tmp_path / "own.csv", ra="ra", dec="dec")
    assert heard[0].filename == __file__


def test_matches_have_units_and_can_be_stored(files, tmp_path):
    path = tmp_path / "stellar.duckdb"
    with stellarwh.open(path, write=True) as wh:
        wh.ingest("apogee", files["apogee"])
        wh.ingest("galah", files["galah"])
        pairs = wh.match("raw.apogee", "raw.galah", radius=1.0, into="pairs")
        stored = wh.table("raw.pairs").to_polars()
    made = pairs.to_astropy()
    assert made["separation"].unit == "arcsec"
    assert len(made) == len(stored) > 10
    with pytest.warns(stellarwh.StellarwhWarning, match="epoch"):
        alone = stellarwh.crossmatch(files["apogee"], files["galah"], radius=1.0)
    assert alone.columns == ["left_id", "right_id", "separation"]
    assert len(alone) > 10


def test_a_table_is_found_by_its_name_or_the_nearest_is_told(wh):
    assert wh.table("stars").columns == wh.table("main.stars").columns
    with pytest.raises(stellarwh.StellarwhError, match=r"Did you mean 'main\.stars'"):
        wh.table("main.star")


def test_errors_are_those_of_the_command_line(tmp_path, built_file):
    missing = tmp_path / "none.duckdb"
    for path, sql in ((missing, "select 1"), (built_file, "select nosuch from stars")):
        with pytest.raises(stellarwh.StellarwhError) as refused:
            stellarwh.open(path).sql(sql)
        run = subprocess.run(
            [sys.executable, "-m", "stellarwh", "--warehouse", path, "query", sql],
            capture_output=True,
            text=True,
        )
        assert run.stderr == f"Error: {refused.value}\n"


def test_nothing_is_warned_of_where_nothing_is_wrong(wh):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wh.sql("select teff from main.parameters").to_astropy()
        list(wh.table("main.stars"))


def test_the_command_line_waits_as_long_as_it_is_told(tmp_path):
    path = tmp_path / "stellar.duckdb"
    stellarwh.open(path, write=True).close()
    holder = stellarwh.open(path, write=True)
    line = [sys.executable, "-m", "stellarwh", "--warehouse", path, "--wait"]
    with subprocess.Popen(
        [*line, "60", "build"], stderr=subprocess.PIPE, text=True
    ) as waiting:
        assert waiting.stderr is not None
        assert waiting.stderr.readline().startswith("Waiting up to 60 s: ")
        holder.close()
    assert waiting.returncode == 0


def test_a_result_keeps_its_warehouse_open(built_file):
    count = "select count(*) as n from main.stars"
    assert stellarwh.open(built_file).sql(count).to_polars().item() > 0
    assert len(stellarwh.open(built_file).table("main.stars")) > 0


def test_what_cannot_be_meant_is_refused_in_words(built_file, wh):
    closed = stellarwh.open(built_file)
    closed.close()
    for ask, said in (
        (lambda: closed.sql("select 1"), "is closed; open it again"),
        (lambda: wh.sql(None), "statement=None is no text"),
        (lambda: wh.sql("select ?", 5), "are no parameters"),
        (lambda: wh.table(None), "name=None is no text"),
        (lambda: wh.match("", "raw.galah"), "left side is empty"),
        (lambda: stellarwh.open(built_file, wait=-1), "no number of seconds"),
        (lambda: of_each_task(wh.connection, (["a"],), print), "is no task"),
    ):
        with pytest.raises(stellarwh.StellarwhError, match=said):
            ask()


def test_what_is_lost_is_said(tmp_path):
    code = (
        f"import stellarwh; stellarwh.open({str(tmp_path / 's.duckdb')!r}, write=True)"
    )
    run = subprocess.run(
        [sys.executable, "-W", "default", "-c", code], capture_output=True, text=True
    )
    assert "s.duckdb was not closed; what was written since it was last" in run.stderr
    assert "published, if anything was, is lost" in " ".join(run.stderr.split())
    assert list(tmp_path.iterdir()) == []


OLD = "The warehouse was written since it was opened; open it again."


def test_a_table_that_is_newer_than_the_handle_is_said_to_be(tmp_path):
    path, file = tmp_path / "s.duckdb", tmp_path / "own.csv"
    file.write_text("id\n1\n")
    stellarwh.open(path, write=True).close()
    reader = stellarwh.open(path)
    asks = (
        lambda: reader.table("raw.own"),
        lambda: reader.sql("from raw.own"),
        lambda: reader.sql("explain from raw.own"),
    )
    for ask in asks:
        with pytest.raises(stellarwh.StellarwhError) as before:
            ask()
        assert OLD not in str(before.value)
    with stellarwh.open(path, write=True) as writer:
        writer.ingest("own", file, no_position=True)
    for ask in asks:
        with pytest.raises(stellarwh.StellarwhError) as refused:
            ask()
        assert str(refused.value).splitlines()[0].endswith(f" {OLD}")
    with pytest.raises(stellarwh.StellarwhError) as other:
        reader.sql("select nosuch from meta.ingests")
    assert OLD not in str(other.value)
    reader.close()
    with stellarwh.open(path) as again:
        assert len(again.table("raw.own")) == 1


@pytest.mark.parametrize(
    ("sql", "name", "by"),
    [
        ("from main.stars", "main.stars", "build"),
        ('select 1 as "stars"\nfrom "main"."stars"', "main.stars", "build"),
        ("from stars", "stars", "build"),
        ("describe main.stars", "main.stars", "build"),
        ("explain from main.stars", "main.stars", "build"),
        ("from raw.apogee", "raw.apogee", "ingest apogee FILE"),
        ("from meta.ingets", "meta.ingets", None),
    ],
)
def test_sql_says_what_makes_a_table_that_is_not_there(tmp_path, sql, name, by):
    path = tmp_path / "s.duckdb"
    stellarwh.open(path, write=True).close()
    with stellarwh.open(path) as wh:
        with pytest.raises(stellarwh.StellarwhError) as by_name:
            wh.table(name)
        with pytest.raises(stellarwh.StellarwhError) as refused:
            wh.sql(sql)
        with pytest.raises(stellarwh.StellarwhError, match="'stellarwh ingest apogee"):
            wh.match("apogee", "galah")
        with pytest.raises(stellarwh.StellarwhError) as exported:
            wh.export(f"from {name}", tmp_path / "a.csv")
    said = str(refused.value).splitlines()[0]
    advice = f"Run 'stellarwh {by}', which makes it."
    advice = advice if by else "Did you mean 'meta.ingests'?"
    assert said == f"There is no table '{name}' in the warehouse. {advice}"
    assert said == str(by_name.value) == str(exported.value)
    run = subprocess.run(
        [sys.executable, "-m", "stellarwh", "--warehouse", path, "query", sql],
        capture_output=True,
        text=True,
    )
    assert run.stderr == f"Error: {refused.value}\n"
