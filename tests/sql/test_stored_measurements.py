"""The stored tables of main.measurements show all that staging says, bit for bit."""

import numpy as np
import pyarrow as pa

_OWN = ("apogee", "galah", "lamost")
_ROWS = 40
_NUMBERS = {"FLOAT": np.float32, "DOUBLE": np.float64}


def fill(warehouse, survey: str, random: np.random.Generator) -> None:
    """Fill every number of a raw table with as many digits as its type holds."""
    columns = warehouse.execute(f"describe raw.{survey}").fetchall()
    values = {}
    for name, kind, *_ in columns:
        if kind in _NUMBERS:
            numbers = random.uniform(0.1, 9.9, _ROWS)
            if name.lower().startswith("ra"):
                numbers = random.uniform(0, 360, _ROWS)
            values[name] = numbers.astype(_NUMBERS[kind])
        elif kind in ("BIGINT", "INTEGER", "SMALLINT") and "flag" not in name.lower():
            values[name] = np.arange(1, _ROWS + 1, dtype=np.int64)
        elif kind == "VARCHAR":
            values[name] = [f"{name} {n // 2}" for n in range(_ROWS)]
    rows = pa.table(values)
    warehouse.register("rows_of_test", rows)
    warehouse.execute(f"insert into raw.{survey} by name from rows_of_test")
    warehouse.unregister("rows_of_test")


def test_every_value_is_that_of_staging(warehouse, remake_tables):
    random = np.random.default_rng(7)
    for survey in (*_OWN, "galah_dr4"):
        fill(warehouse, survey, random)
    remake_tables()
    columns = [
        name
        for name, *_ in warehouse.execute("describe staging.all_surveys").fetchall()
        if name != "survey_star_id"  # where a star had to be told apart
    ]
    shown = ", ".join(f'"{name}"' for name in columns)
    staged, stored = (
        warehouse.execute(
            f"select {shown} from {table} order by survey, source_id"
        ).fetchall()
        for table in ("staging.all_surveys", "main.measurements")
    )
    assert len(staged) == 4 * _ROWS
    assert stored == staged


def test_every_number_is_a_double(warehouse):
    kinds = {
        kind
        for _, kind, *_ in warehouse.execute("describe main.measurements").fetchall()
    }
    assert "FLOAT" not in kinds
    assert "DOUBLE" in kinds


def test_what_a_table_leaves_out_its_survey_never_has(warehouse, remake_tables):
    """So that no value gets lost on the way from staging."""
    random = np.random.default_rng(7)
    for survey in _OWN:
        fill(warehouse, survey, random)
    remake_tables()
    for survey in _OWN:
        left_out = {
            name
            for name, *_ in warehouse.execute(f"describe staging.{survey}").fetchall()
        } - {
            name
            for name, *_ in warehouse.execute(
                f"describe main.measurements_{survey}"
            ).fetchall()
        }
        for name in left_out:
            assert warehouse.execute(
                f"select count({name}) from staging.{survey}"
            ).fetchall() == [(0,)], (survey, name)
