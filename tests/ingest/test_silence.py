"""Odd units, names and headers warn nobody: nothing but our own lines is printed."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

UNITS = {
    "ra": "Degrees",
    "dec": "deg",
    "log(g)": "log (cgs)",
    "[Fe/H]": "dex",
    "a b": "erg/s/cm^2/A",
    "m": "Mag.",
    "pm": "milliarcsec per year",
    "e": "'",
}


def table() -> Table:
    made = Table({name: np.array([10.0, 20.0]) for name in UNITS})
    made["n"] = np.array([np.nan, np.inf], "f4")
    return made


def write_fits(path: Path) -> None:
    columns = [
        fits.Column(name, "D", array=[10.0, 20.0], unit=unit)
        for name, unit in UNITS.items()
    ]
    columns.append(fits.Column("t", "5A", array=[b"caf\xe9", b""]))
    made = fits.BinTableHDU.from_columns(columns)
    made.header["TDISP9"] = "odd"
    made.header["HIERARCH an odd keyword"] = 1
    made.writeto(path)


def write_votable(path: Path) -> None:
    fields = "".join(
        f'<FIELD ID="{i} x" name="{name}" unit="{unit}" ucd="NOT A UCD;?" '
        'datatype="double"/>'
        for i, (name, unit) in enumerate(UNITS.items())
    )
    rows = f"<TR>{'<TD>10.0</TD>' * len(UNITS)}</TR>" * 2
    path.write_text(
        '<?xml version="1.0"?><VOTABLE><DEFINITIONS/><RESOURCE><ODD/>'
        f'<TABLE odd="1">{fields}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE>'
        "</RESOURCE></VOTABLE>"
    )


def write_ecsv(path: Path) -> None:
    head = "".join(
        f'# - {{name: "{name}", datatype: float64, unit: "{unit}"}}\n'
        for name, unit in UNITS.items()
    )
    head += "# - {name: z, datatype: complex128}\n"
    names = ",".join([*UNITS, "z"])
    row = ",".join(["10.0"] * len(UNITS) + ["1+2j"])
    path.write_text(
        "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n"
        f"{head}{names}\n{row}\n{row}\n"
    )


def write_parquet(path: Path) -> None:
    table().write(path, format="parquet")


def write_csv(path: Path) -> None:
    table().write(path, format="ascii.csv")


def run(warehouse: Path, *lines: list[str]) -> str:
    """Run commands one after the other in a fresh Python, and return what they print.

    Every warning is shown, and as often as it comes.
    """
    script = (
        "import sys\nfrom stellarwh.cli import main\n"
        f"for line in {[['--warehouse', str(warehouse), *line] for line in lines]!r}:\n"
        "    sys.argv[1:] = line\n"
        "    try:\n        main()\n"
        "    except SystemExit as end:\n        assert not end.code, line\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "write", [write_fits, write_votable, write_ecsv, write_parquet, write_csv]
)
def test_reading_and_writing_odd_units_warns_nobody(
    tmp_path, write: Callable[[Path], None]
):
    path = tmp_path / "catalogue"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write(path)
    endings = ["fits", "vot", "ecsv", "parquet", "csv"]
    printed = run(
        tmp_path / "w.duckdb",
        ["ingest", "mine", str(path), "--ra", "ra", "--dec", "dec"],
        *(["export", "raw.mine", str(tmp_path / f"out.{e}")] for e in endings),
    )
    # That [Fe/H] could be declared to be fe_h is no warning.
    said = [line for line in printed.splitlines() if "--declare 'fe_h=" not in line]
    lines = [line for line in said if line.strip()]
    assert len(lines) == 1 + len(endings), printed
    assert lines[0].startswith("raw.mine: 2 rows")
    assert all(line.startswith("Wrote 2 rows") for line in lines[1:])
