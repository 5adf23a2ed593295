"""A notebook: cells run in a real kernel, as Jupyter runs them."""

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat makes the notebook")
nbclient = pytest.importorskip("nbclient", reason="nbclient runs the notebook")
pytest.importorskip("ipykernel", reason="ipykernel is the kernel")

CELLS = (
    "import stellarwh\nwh = stellarwh.open({path!r})\nwh",
    "wh.sql('select star_id, teff from main.parameters order by star_id')",
    "wh.sql('select teff_ from main.parameters')",
    "from concurrent.futures import ThreadPoolExecutor\n"
    "with ThreadPoolExecutor(4) as pool:\n"
    "    lengths = list(pool.map(lambda _: len(wh.table('main.stars')), range(8)))\n"
    "len(set(lengths))",
    "stellarwh.crossmatch({apogee!r}, {galah!r})",
)


@pytest.fixture(scope="module")
def outputs(built_file, files):
    """Return what each cell gives; those that fail do not end the notebook."""
    texts = [
        cell.format(
            path=str(built_file), apogee=str(files["apogee"]), galah=str(files["galah"])
        )
        for cell in CELLS
    ]
    cells = list(map(nbformat.v4.new_code_cell, texts))
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", allow_errors=True
    )
    client.execute()
    return [cell.outputs for cell in notebook.cells]


def test_a_warehouse_opens_in_a_kernel(outputs):
    (shown,) = outputs[0]
    assert shown["data"]["text/plain"].endswith("stellar.duckdb, to read>")


def test_a_result_is_a_table_with_units(outputs):
    (shown,) = outputs[1]
    html = shown["data"]["text/html"]
    assert html.startswith("<table>")
    assert '<th title="effective temperature">teff<br><small>K</small></th>' in html
    assert html.count("<tr>") == 11


def test_an_error_is_the_sentence_of_the_command_line(outputs):
    (shown,) = outputs[2]
    assert shown["ename"] == "SqlError"
    assert shown["evalue"].startswith('Referenced column "teff_" not found')


def test_threads_take_turns(outputs):
    assert outputs[3][0]["data"]["text/plain"] == "1"


def test_a_warning_is_one_of_python_beside_the_result(outputs):
    told, shown = outputs[4]
    assert "StellarwhWarning: The epoch of" in told["text"]
    assert "<small>arcsec</small>" in shown["data"]["text/html"]
