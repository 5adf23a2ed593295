"""Units as catalogues write them become VOUnits, or nothing."""

import csv
import json
import subprocess
import sys
import tomllib
import warnings
from itertools import chain

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy import units
from astropy.io import fits, votable
from astropy.io.ascii import read as read_ascii
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarwh.export.export import export_table
from stellarwh.ingest import ingest_survey
from stellarwh.surveys.known import read_survey
from stellarwh.units import vounit
from stellarwh.warehouse.database import open_warehouse

# By hand from VOUnits 1.1: symbols of its table of known units; products by ".",
# powers by "**"; "log(Hz)" for a decimal logarithm; "1" for what has no dimension.
EXPECTED = {
    "K": "K",
    "km/s": "km.s**-1",
    "km s-1": "km.s**-1",
    "km.s-1": "km.s**-1",
    "mas/yr": "mas.yr**-1",
    "mas.yr**-1": "mas.yr**-1",
    "  mas  yr-1 ": "mas.yr**-1",
    "arcsec": "arcsec",
    "Angstroms": "Angstrom",
    "angstrom": "Angstrom",
    "deg": "deg",
    "degrees": "deg",
    "mag": "mag",
    "kpc km/s": "km.kpc.s**-1",
    "km.kpc/s": "km.kpc.s**-1",
    "Gyr**-1": "Gyr**-1",
    "Msun": "solMass",
    "days": "d",
    "1": "1",
    # In VOUnits mas takes no prefix: a microarcsecond is "uarcsec".
    "uas": "uarcsec",
    # Logarithms.
    "log (cgs)": "log(cm.s**-2)",
    "log(cgs)": "log(cm.s**-2)",
    "log cgs": "log(cm.s**-2)",
    "log(cm.s**-2)": "log(cm.s**-2)",
    "log(cm/s2)": "log(cm.s**-2)",
    "log10(K)": "log(K)",
    # Through astropy: the syntaxes that know these agree.
    "erg/s/cm2": "erg.s**-1.cm**-2",
    "mJy": "mJy",
    "1/mas**2": "mas**-2",
    "(km/s)**2": "km**2.s**-2",
    "km/s/kpc": "km.kpc**-1.s**-1",
    "10-3arcsec": "0.001arcsec",
    "micron": "um",
    "µm": "um",
    "25.4mm": "25.4mm",
}
UNCERTAIN = {
    "": "nothing is said",
    "-": "a dash may mean no unit or an unknown one",
    "---": "a dash may mean no unit or an unknown one",
    "dex": "not a known unit of VOUnits",
    "[K]": "log(K) to CDS, kelvin to many tables",
    "km/s Mpc": "times Mpc to OGIP, per Mpc to the others",
    "G": "gauss, or the constant of gravitation to CDS",
    "c": "the speed of light is no unit of VOUnits",
    "log(1)": "VOUnits has no logarithm of a number",
    "log(log(K))": "nobody writes that",
    "unknown": "it says so",
    "electron": "not a known unit of VOUnits",
    "wombats per fortnight": "nonsense",
    "m**(1/0)": "nonsense",
    "10**999999999m": "must not be computed",
    "10**9999m": "no number holds it",
    "\x00": "nonsense",
}


@pytest.mark.parametrize(("text", "expected"), EXPECTED.items())
def test_a_unit_becomes_its_vounit(text, expected):
    assert vounit(text) == expected


@pytest.mark.parametrize("text", EXPECTED.values())
def test_a_vounit_stays_as_it_is(text):
    assert vounit(text) == text


@pytest.mark.parametrize("text", UNCERTAIN, ids=repr)
def test_what_is_not_certain_has_no_vounit(text):
    assert vounit(text) is None


@pytest.mark.parametrize("text", sorted(set(EXPECTED.values())))
def test_astropy_takes_what_we_write_for_a_vounit(text):
    inner = text.removeprefix("log(").removesuffix(")") if "log" in text else text
    with warnings.catch_warnings():
        # VOUnits deprecates Angstrom and erg, which it knows.
        warnings.simplefilter("ignore", units.UnitsWarning)
        units.Unit(inner, format="vounit", parse_strict="raise")


def test_long_texts_and_numbers_are_no_units():
    # 80 characters, and numbers of four digits, are more than any real unit has.
    assert vounit(".".join(["m"] * 40)) == "m**40"
    assert vounit(".".join(["m"] * 41)) is None
    assert vounit("1234m") == "1234m"
    assert vounit("12345m") is None


def test_cgs_means_a_gravity_only_in_a_column_of_gravities():
    assert vounit("log (cgs)", "RV_LOGG") == "log(cm.s**-2)"
    assert vounit("log (cgs)", "G_SPEC  surface gravity") == "log(cm.s**-2)"
    assert vounit("log (cgs)", "LBOL  luminosity") is None
    assert vounit("log (cgs)", "LOGGF  oscillator strength") is None


# The first parse builds the parsers.
@settings(deadline=None)
@given(st.text(max_size=30) | st.text("kms/*-.()[]10 'gKadexlog%^", max_size=20))
def test_any_text_gives_a_vounit_or_nothing(text):
    found = vounit(text)
    assert found is None or (found.isascii() and " " not in found and vounit(found))


def declared_units(repository):
    def walk(item):
        if isinstance(item, dict):
            if isinstance(item.get("unit"), str):
                yield item["unit"]
            item = list(item.values())
        for inner in item if isinstance(item, list) else ():
            yield from walk(inner)

    for path in (repository / "stellarwh" / "surveys").glob("*.toml"):
        yield from walk(tomllib.loads(path.read_text("utf-8")))


def glossary_units(repository):
    text = (repository / "sql" / "columns.csv").read_text("utf-8")
    return (row["unit"] for row in csv.DictReader(text.splitlines()))


def test_every_unit_declared_here_has_a_vounit_but_dex(repository):
    declared = set(chain(declared_units(repository), glossary_units(repository)))
    assert len(declared) > 15
    assert {unit for unit in declared - {""} if vounit(unit) is None} == {"dex"}


def test_the_gravities_of_apogee_are_known_as_such():
    found = {
        column.name: vounit(column.unit, f"{column.name} {column.description}")
        for column in read_survey("apogee").columns
        if column.unit == "log (cgs)"
    }
    assert set(found) >= {"LOGG", "LOGG_ERR"}
    assert set(found.values()) == {"log(cm.s**-2)"}


def test_units_declared_here_need_no_astropy(repository):
    units_here = sorted({*declared_units(repository), *glossary_units(repository)})
    code = (
        "import sys; from stellarwh.units import vounit\n"
        f"print([vounit(u) for u in {units_here}], 'astropy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("False\n")


@pytest.fixture
def catalogue(tmp_path):
    made = {
        "ra": "deg",
        "dec": "degrees",
        "logg": "log (cgs)",
        "feh": "dex",
        # VOUnits deprecates the erg, of which astropy warns.
        "flux": "erg/s/cm2",
        "pm": "mas/yr",
        "odd": "nonsense",
    }
    columns = [
        fits.Column(name, "D", array=np.array([10.0, 20.0]), unit=unit)
        for name, unit in made.items()
    ]
    path = tmp_path / "t.fits"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits.BinTableHDU.from_columns(columns).writeto(path)
    return path


WRITTEN = [
    ("dec", "degrees", "deg"),
    ("feh", "dex", None),
    ("flux", "erg/s/cm2", "erg.s**-1.cm**-2"),
    ("logg", "log (cgs)", "log(cm.s**-2)"),
    ("odd", "nonsense", None),
    ("pm", "mas/yr", "mas.yr**-1"),
    ("ra", "deg", "deg"),
]
QUERY = (
    "select column_name, unit, vounit from meta.columns where schema_name = 'raw' "
    "and unit is not null order by column_name"
)


def test_odd_units_warn_nobody(catalogue, warehouse_path):
    command = [sys.executable, "-W", "error", "-m", "stellarwh"]
    command += ["--warehouse", str(warehouse_path), "ingest", "mine"]
    command += [str(catalogue), "--ra", "ra", "--dec", "dec"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "arning" not in done.stderr + done.stdout
    with open_warehouse(warehouse_path, read_only=True) as connection:
        assert connection.execute(QUERY).fetchall() == WRITTEN


def exported_units(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".ecsv":
            table = read_ascii(path, format="ecsv")
            return {name: str(table[name].unit) for name in table.colnames}
        if path.suffix == ".parquet":
            text = pq.read_metadata(path).metadata[b"IVOA.VOTable-Parquet.content"]
            header = path.with_suffix(".xml")
            # astropy reads no table whose rows are elsewhere.
            at = text.index(b"<PARQUET")
            header.write_bytes(text[:at] + text[text.index(b"/>", at) + 2 :])
            path = header
        table = votable.parse_single_table(path, verify="ignore")
    return {field.name: str(field.unit) for field in table.fields}


@pytest.mark.parametrize("ending", ["vot", "ecsv", "parquet"])
def test_exports_hold_the_vounit_or_else_the_unit_as_written(
    catalogue, connection, tmp_path, ending
):
    ingest_survey(connection, "mine", catalogue, ra="ra", dec="dec")
    path = tmp_path / f"out.{ending}"
    export_table(connection, "raw.mine", path)
    text = path.read_bytes()
    for unit in (b"log(cm.s**-2)", b"mas.yr**-1", b"nonsense", b"dex"):
        assert unit in text
    found = exported_units(path)
    assert found["logg"] == "log(cm.s**-2)"
    assert found["odd"] == "nonsense"
    assert units.Unit(found["pm"]) == units.mas / units.yr


def test_parquet_keeps_the_unit_as_written_beside_it(catalogue, connection, tmp_path):
    ingest_survey(connection, "mine", catalogue, ra="ra", dec="dec")
    path = tmp_path / "out.parquet"
    export_table(connection, "raw.mine", path)
    facts = json.loads(pq.read_metadata(path).metadata[b"columns"])
    assert facts["logg"]["unit"] == "log (cgs)"


def test_built_tables_have_vounits(built_connection):
    found = built_connection.execute(
        "select distinct column_name, vounit from meta.columns where schema_name = "
        "'main' and column_name in ('teff', 'logg', 'pmra', 'fe_h') order by all"
    ).fetchall()
    assert found == [
        ("fe_h", None),
        ("logg", "log(cm.s**-2)"),
        ("pmra", "mas.yr**-1"),
        ("teff", "K"),
    ]


def test_an_older_warehouse_opens_exports_and_ingests(
    catalogue, warehouse_path, tmp_path
):
    with open_warehouse(warehouse_path) as connection:
        ingest_survey(connection, "mine", catalogue, ra="ra", dec="dec")
        connection.execute("alter table meta.columns drop column vounit")
    with open_warehouse(warehouse_path, read_only=True) as connection:
        export_table(connection, "raw.mine", tmp_path / "out.vot")
    assert exported_units(tmp_path / "out.vot")["logg"] == "log (cgs)"
    with open_warehouse(warehouse_path) as connection:
        kept = connection.execute(QUERY).fetchall()
        assert kept == [(name, unit, None) for name, unit, _ in WRITTEN]
        ingest_survey(connection, "mine", catalogue, ra="ra", dec="dec", replace=True)
        assert connection.execute(QUERY).fetchall() == WRITTEN
