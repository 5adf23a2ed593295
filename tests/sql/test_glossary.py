"""The glossary, sql/columns.csv: complete, used, sorted, in the field's own words."""

import csv
import re

import pytest
from astropy import units
from astropy.io.votable.ucd import check_ucd

from stellarwh.content import content_dir

# Units that catalogues write and VOUnits (as astropy reads it) does not know.
# VOUnits has Angstrom, which FITS needs, and would rather have 0.1nm.
FIELD_UNITS = {"dex", "log(cm.s**-2)", "Angstrom"}


@pytest.fixture(scope="module")
def glossary():
    with (content_dir("sql") / "columns.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def built_columns(built):
    return built.execute(
        "select schema_name || '.' || table_name, column_name "
        "from duckdb_columns() where not internal and (schema_name <> 'raw' "
        "or table_name in ('spectra', 'spectral_indices'))"
    ).fetchall()


def test_every_column_has_an_entry(glossary, built_columns):
    known = {entry["name"] for entry in glossary}
    assert sorted({c for _, c in built_columns} - known) == []


def test_every_entry_is_used(glossary, built_columns):
    used = {column for _, column in built_columns}
    assert [entry["name"] for entry in glossary if entry["name"] not in used] == []


def test_entries_are_sorted_and_unique(glossary):
    names = [entry["name"] for entry in glossary]
    assert names == sorted(set(names))


def test_names_are_lower_case(built_columns):
    odd = [(t, c) for t, c in built_columns if not re.fullmatch(r"[a-z][a-z0-9_]*", c)]
    assert odd == []


def test_ucds_follow_the_controlled_vocabulary(glossary):
    wrong = [
        entry["name"]
        for entry in glossary
        if not check_ucd(entry["ucd"], check_controlled_vocabulary=True)
    ]
    assert wrong == []


def test_ucds_say_what_kind_of_value_it_is(glossary):
    """A valid word may still be the wrong one."""
    ucd_of = {entry["name"]: entry["ucd"].split(";") for entry in glossary}
    for name, words in ucd_of.items():
        if name.startswith("abs_"):
            assert "phys.magAbs" in words, name
        elif name.endswith("_0"):
            assert words[0] == "phot.color.reddFree", name
        elif name.startswith("q_"):
            assert words[0] == "phot.color", name
    assert ucd_of["w2_mag"][1] == "em.IR.4-8um"  # 4.6 um
    assert not any("phys.luminosity" in words for words in ucd_of.values())


def test_units_are_vounits(glossary):
    for entry in glossary:
        if entry["unit"] not in FIELD_UNITS:
            units.Unit(entry["unit"], format="vounit")


def test_every_entry_says_what_it_is(glossary):
    assert [entry["name"] for entry in glossary if not entry["description"]] == []


def test_an_error_has_the_unit_of_its_value(glossary):
    unit_of = {entry["name"]: entry["unit"] for entry in glossary}
    wrong = [
        name
        for name, unit in unit_of.items()
        if name.endswith("_err")
        and unit_of.get(name.removesuffix("_err"), unit) != unit
    ]
    assert wrong == []
