"""Everything works in the released duckdb shell, without Python and extensions."""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from stellarwh.content import content_dir
from stellarwh.warehouse.database import open_warehouse

# Cases with tables of their own run in Python only: the shell sees the written file.
CASES = [
    path
    for path in sorted(Path(__file__).parent.glob("macros/*/*.toml"))
    if "tables" not in tomllib.loads(path.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def written_warehouse(built_path, sql_files, tmp_path_factory):
    """A warehouse with a few rows, written by the library."""
    path = tmp_path_factory.mktemp("shell") / "stellar.duckdb"
    shutil.copy(built_path, path)
    with open_warehouse(path) as connection:
        connection.execute(
            "insert into raw.apogee by name select '2M' || range as APOGEE_ID, "
            "'apo25m' as TELESCOPE, 'F' as FIELD, range::double as RA, 10.0 as DEC, "
            "healpix_nested(29, range::double, 10.0) as healpix, 5000.0 as TEFF, "
            "50.0 as TEFF_ERR, 4.5 as LOGG, -0.1 as FE_H, 100.0 as SNR, "
            "1024 as STARFLAG, 0 as ASPCAPFLAG from range(40)"
        )
        connection.execute(
            "insert into raw.galah by name select range as sobject_id, "
            "range + 9000000000 as dr3_source_id, range::double as ra_dr2, "
            "10.0 as dec_dr2, healpix_nested(29, range::double, 10.0) as healpix, "
            "4980.0 as teff, 4.4 as logg, -0.2 as fe_h, 60.0 as snr_c3_iraf, "
            "0 as flag_sp, 0 as flag_fe_h from range(20, 60)"
        )
        for file in sql_files:
            if file.kind == "table":
                connection.execute(file.sql)
    return path


def run(shell, path, sql):
    return subprocess.run(
        [shell, "-readonly", "-bail", "-json", str(path)],
        input=sql,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_object_can_be_read(duckdb_shell, written_warehouse, sql_files):
    objects = [
        file.qualified_name for file in sql_files if file.kind in ("view", "table")
    ]
    # hash() of the row makes the shell compute every column
    sql = "".join(
        f"select '{name}' as name, count(*) as n, bit_xor(hash(rows)) as digest "
        f"from {name} as rows;\n"
        for name in objects
    )
    done = run(duckdb_shell, written_warehouse, sql)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    counts = {
        row["name"]: row["n"]
        for line in done.stdout.splitlines()
        for row in json.loads(line)
    }
    assert set(counts) == set(objects)
    assert counts["main.measurements"] == 80
    assert counts["main.stars"] == 60


def test_every_check_runs(duckdb_shell, written_warehouse):
    checks = sorted((content_dir("sql") / "checks").glob("*.sql"))
    sql = "\n".join(path.read_text(encoding="utf-8") for path in checks)
    done = run(duckdb_shell, written_warehouse, sql)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("case", CASES, ids=[case.parent.name for case in CASES])
def test_macros_give_the_same(duckdb_shell, written_warehouse, case):
    """What the cases of macros expect comes out of the shell, as far as JSON tells."""
    content = tomllib.loads(case.read_text(encoding="utf-8"))
    done = run(duckdb_shell, written_warehouse, content["query"].strip() + ";")
    assert done.returncode == 0, done.stderr
    # Pairs, as columns may be called alike; decimals are texts there.
    found = json.loads(done.stdout or "[]", object_pairs_hook=list)
    assert len(found) == len(content["expect"])
    for got, expected in zip(found, content["expect"], strict=True):
        for (_, value), wanted in zip(got, expected.values(), strict=True):
            if isinstance(wanted, float):
                assert float(value) == pytest.approx(wanted, rel=1e-7, abs=1e-9)
            elif isinstance(wanted, (bool, int, str)):
                assert value == (None if wanted == "NULL" else wanted)
            elif isinstance(wanted, list) and wanted and isinstance(wanted[0], float):
                assert [float(v) for v in value] == pytest.approx(wanted, rel=1e-7)


def test_every_file_pastes_into_the_shell(
    duckdb_shell, written_warehouse, sql_files, tmp_path
):
    """All of sql/, in dependency order, as a user might paste it."""
    copy = tmp_path / "pasted.duckdb"
    copy.write_bytes(written_warehouse.read_bytes())
    script = "\n".join(file.sql for file in sql_files)
    done = subprocess.run(
        [duckdb_shell, "-bail", str(copy)],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
