"""Wide cases: rows of a survey in which every column has a value of its own.

``tests/sql/staging/<survey>/columns.csv`` says, after the surveys' own descriptions of
their columns, which raw column a staged one is, what kind of number it is, and which
flag speaks of it (``PARAMFLAG 6``: a word of an array, from 0). From that come rows and
what must become of them: one in which no two columns are alike, one for each of the
ways in which a release says "missing", and one for each flag.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NAN = float("nan")
# What a bit is that rejects an abundance: of APOGEE GRIDEDGE_BAD, of GALAH "no reliable
# measurement", and of flag_fe_h the same.
BAD_BIT = {"apogee": 1, "galah": 32, "galah_dr4": 32}
# Of each kind: values that stay, and values that become NULL.
KEPT = {
    "value": (998.5, -998.5, -9997.5, 1000000.0),
    "error": (95.5, 999.5, 0.015625, 0.0078125),
    "magnitude": (89.5, -89.5, -1.5, 0.0),
    "abundance": (9.9375, -9.9375, 0.0, -0.0078125),
    "abundance_err": (9.5, 95.5, 0.015625, 99.5),
    "extinction": (998.5, -0.9921875, 0.0, -0.5),
}
MISSING = {
    "value": (NAN, float("inf"), -9999.0, -9999.99, -999.0, -999.99, 999999.0, -9998.0),
    "error": (NAN, float("inf"), -9999.0, 0.0, -1.0, -0.0078125, 999999.0, -99.99),
    "magnitude": (NAN, float("inf"), -9999.0, 99.999, -99.99, 90.0, -90.0, 999999.0),
    "abundance": (NAN, float("inf"), -9999.0, 9997.09, -999.0, 10.0, -10.0, 99.999),
    "abundance_err": (NAN, float("inf"), -9999.0, 0.0, -1.0, -0.5, 999999.0, -99.99),
    "id": (0, -1, -9999, 0, -1, -9999, 0, -1),
    "id as text": ("0", "-1", "", "3.64e+18", "NaN", "1234.5", "-9999", "none"),
    "snr": (NAN, float("inf"), -9999.0, -9999.99, -999.0, -999.99, 999999.0, -9998.0),
    "extinction": (NAN, float("inf"), -9999.0, -1.0, -999.0, -99.0, 999999.0, -50.0),
}

# Of each survey: the epoch of its positions.
EPOCH = {"apogee": 2000.0, "galah": 2015.5, "galah_dr4": 2016.0, "lamost": 2000.0}
# What makes a row that is clean otherwise unclean, or does just not.
REASONS: dict[str, list[tuple[dict[str, Any], list[str]]]] = {
    "any": [
        ({}, []),
        ({"teff": NAN}, ["teff_missing"]),
        ({"logg": NAN}, ["logg_missing"]),
        ({"fe_h": NAN}, ["fe_h_missing"]),
        ({"fe_h": 10.5}, ["fe_h_missing"]),
        ({"ra": NAN}, ["position_missing"]),
        ({"dec": NAN}, ["position_missing"]),
        ({"ra": -180.5}, ["position_missing"]),
        ({"ra": 360.5}, ["position_missing"]),
        ({"dec": -90.5}, ["position_missing"]),
        ({"dec": 90.5}, ["position_missing"]),
        ({"ra": -180.0}, []),
        ({"ra": 360.0}, []),
        ({"dec": -90.0}, []),
        ({"dec": 90.0}, []),
    ],
    "apogee": [
        ({"snr": 49.9375}, ["snr_low"]),
        ({"snr": 50.0}, []),
        ({"snr": NAN}, []),
        ({"STARFLAG": None, "ASPCAPFLAG": None, "FE_H_FLAG": None}, []),
    ],
    "galah": [
        ({"snr": 30.0}, ["snr_low"]),
        ({"snr": 30.0625}, []),
        ({"snr": NAN}, ["snr_missing"]),
        ({"flag_sp": None}, ["flag_sp_missing"]),
    ],
    "galah_dr4": [
        ({"snr": 30.0}, ["snr_low"]),
        ({"snr": 30.0625}, []),
        ({"snr": NAN}, ["snr_missing"]),
        ({"flag_sp": None}, ["flag_sp_missing"]),
    ],
    "lamost": [
        ({"snr": 20.0}, ["snr_low"]),
        ({"snr": 20.0625}, []),
        ({"snr": NAN}, ["snr_missing"]),
        ({"object_class": "galaxy"}, ["not_a_star"]),
        ({"object_class": "star"}, []),
        ({"fibertype": "SKY"}, ["not_an_object_fibre"]),
        ({"fibertype": "obj"}, []),
        ({"teff_err": 0.0}, ["error_missing"]),
        ({"logg_err": -0.5}, ["error_missing"]),
        ({"fe_h_err": 0.0}, ["error_missing"]),
    ],
}


@dataclass(frozen=True)
class Column:
    """One staged column, and what it is made of."""

    column: str
    raw: str
    kind: str
    flag: str


def columns_of(survey: str) -> list[Column]:
    path = HERE / "staging" / survey / "columns.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [Column(**line) for line in csv.DictReader(file)]


def own_values(columns: list[Column]) -> dict[str, Any]:
    """Return a value for each staged column that no other one has."""
    values: dict[str, Any] = {}
    for place, of in enumerate(columns, 1):
        # Parts of 128 are the same in single and in double precision.
        values[of.column] = {
            "text": f"{of.raw} of its own",
            "id": 10_000_000_000 + place,
            "id as text": 10_000_000_000 + place,
            "cell": 20_000_000_000 + place,
            "whole": place,
            "class": "STAR",
            "snr": 100 + place / 128,
        }.get(of.kind, place / 128)
    return values


def raw_row(survey: str, columns: list[Column], values: dict[str, Any]) -> dict:
    row: dict[str, Any] = {}
    for of in columns:
        value = values[of.column]
        row[of.raw] = str(value) if of.kind == "id as text" else value
        if of.flag and " " not in of.flag:
            row[of.flag] = 0
    return row | {
        "apogee": {"PARAMFLAG": [0] * 9, "STARFLAG": 0, "ASPCAPFLAG": 0},
        "galah": {"flag_sp": 0},
        "galah_dr4": {"flag_sp": 0},
        "lamost": {"fibertype": "OBJ"},
    }.get(survey, {})


def number_row(survey: str, row: dict, place: int) -> str:
    """Give a row an id, and return what staging calls it."""
    if survey == "apogee":
        row["APOGEE_ID"] = f"2M{place:04}"
        return f"{row['TELESCOPE']}.{row['FIELD']}.{row['APOGEE_ID']}"
    row["obsid" if survey == "lamost" else "sobject_id"] = 1000 + place
    return str(1000 + place)


def wide_case(survey: str) -> dict[str, Any]:
    """Return the content of the case of a survey, as a file would have it."""
    columns = columns_of(survey)
    rows, expected = [], []
    for place, (values, wanted, flagged) in enumerate(_variants(survey, columns)):
        row = raw_row(survey, columns, values)
        row |= flagged
        source_id = number_row(survey, row, place)
        if survey == "apogee":
            wanted = {**wanted, "designation": row["APOGEE_ID"]}
            wanted["survey_star_id"] = row["APOGEE_ID"]
        rows.append(row)
        expected.append({"survey": survey, "source_id": source_id, **wanted})
    again = dict(rows[0])  # a second row of one id
    rows.append(again)
    reasons = {"rejection_reasons": ["row_id_doubled"], "is_clean": False}
    source_id = f"{expected[0]['source_id']}#2"
    expected.insert(1, {**expected[0], **reasons, "source_id": source_id})
    return {
        "says": "no column is taken for another, no filler for a value, no flag for "
        "another's",
        "tables": {f"raw.{survey}": rows},
        "expect": expected,
    }


def _variants(survey: str, columns: list[Column]) -> Iterator[tuple[dict, dict, dict]]:
    own = own_values(columns)
    said = {"rejection_reasons": [], "quality_flags": [], "is_clean": True}
    said["epoch"] = EPOCH[survey]
    if survey.startswith("galah"):
        said["survey_star_id"] = str(own["gaia_dr3_source_id"])
    yield own, {**own, **said}, {}
    if survey == "apogee":
        for bit, giant_class, is_extra in ((24, "RC", True), (25, "RGB", False)):
            words = {"PARAMFLAG": [0, 1 << bit, *([0] * 7)], "EXTRATARG": 1 * is_extra}
            told = {"giant_class": giant_class, "is_extra_target": is_extra}
            yield own, {**own, **told, "is_clean": True}, words
        words = {"PARAMFLAG": [1 << 24, 0, 1 << 25, *([0] * 6)], "EXTRATARG": 4}
        yield own, {**own, "giant_class": "NULL", "is_extra_target": False}, words
        flagged = {
            "quality_flags": ["STARFLAG:BAD_PIXELS", "ASPCAPFLAG:TEFF_BAD"],
            "rejection_reasons": ["STARFLAG:BAD_PIXELS", "ASPCAPFLAG:TEFF_BAD"],
        }
        yield own, {**own, **flagged}, {"STARFLAG": 1, "ASPCAPFLAG": 1 << 16}
    for number in range(4):
        kept = {of.column: KEPT[of.kind][number] for of in columns if of.kind in KEPT}
        yield {**own, **kept}, {**own, **kept}, {}
    gone = [of.column for of in columns if of.kind in MISSING]
    for number in range(8):
        missing = {
            of.column: MISSING[of.kind][number] for of in columns if of.kind in MISSING
        }
        lost = dict.fromkeys(gone, "NULL")
        if survey.startswith("galah"):
            lost["survey_star_id"] = own["designation"]  # without a Gaia id
        yield {**own, **missing}, {**own, **lost}, {}
    for of in columns:
        if of.kind == "abundance":  # its error goes with it
            lost = {of.column: "NULL", f"{of.column}_err": "NULL"}
            yield {**own, of.column: NAN}, {**own, **lost}, {}
            if of.flag:
                name, _, word = of.flag.partition(" ")
                bit = 16 if of.flag == "flag_fe_h" else BAD_BIT[survey]
                flag = [bit if str(n) == word else 0 for n in range(9)] if word else bit
                yield own, {**own, **lost}, {name: flag}
    for changed, reasons in REASONS[survey] + REASONS["any"]:
        raw = {name: v for name, v in changed.items() if name not in own}
        values = {name: v for name, v in changed.items() if name in own}
        gone = {name: "NULL" for name, v in values.items() if v != v}
        if "position_missing" in reasons:
            gone |= {"ra": "NULL", "dec": "NULL", "healpix": "NULL"}
        wanted = {"rejection_reasons": reasons, "is_clean": not reasons, **gone}
        yield {**own, **values}, wanted, raw
