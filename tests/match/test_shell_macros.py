"""The released shell matches and searches in a file that the library wrote."""

import json
import subprocess

from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.raw_tables import create_raw_tables

SCRIPT = """
select count(*) as n from crossmatch(
    'raw.apogee', 'raw.galah', 1.0, right_id := 'sobject_id'
);
select count(*) as n from crossmatch('raw.apogee', 'raw.galah', 1.0, mode := 'mutual');
select count(*) as n from crossmatch(
    'raw.apogee', 'raw.galah', 1.0, mode := 'one-to-one',
    epoch := 2016, left_epoch := 2000
);
select count(*) as n from cone_search('raw.apogee', 359.9999, 10.0, 4000);
select healpix_nested(29, 123.4, -56.7) as n;
"""


def test_shell_matches_and_searches(duckdb_shell, warehouse_path):
    with open_warehouse(warehouse_path) as connection:
        create_raw_tables(connection)
        connection.execute(
            "insert into raw.apogee by name select 'A' || range as APOGEE_ID, "
            "range::double as RA, 10.0 as DEC, "
            "healpix_nested(29, range::double, 10.0) as healpix from range(360)"
        )
        connection.execute(
            "insert into raw.galah by name select range as sobject_id, "
            "range::double as ra_dr2, 10.0001 as dec_dr2, "
            "healpix_nested(29, range::double, 10.0001) as healpix from range(-10, 40)"
        )
        cell = connection.execute("select healpix_nested(29, 123.4, -56.7)").fetchall()
    done = subprocess.run(
        [duckdb_shell, "-readonly", "-bail", "-json", str(warehouse_path)],
        input=SCRIPT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line)[0]["n"] for line in done.stdout.splitlines()]
    # RA -10…-1 are 350…359
    assert found == [50, 50, 50, 3, cell[0][0]]
