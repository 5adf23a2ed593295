"""The subjects that are compared in one run, each in a process of its own.

``scale_peers.py SUBJECT ARGUMENT…`` does what the subject's name says and prints, as
JSON, what that took, without loading what it starts from; or prints nothing where the
whole process is what is measured.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stellarwh.warehouse.database import open_warehouse

QUANTITIES = ("teff", "logg", "fe_h", "alpha_fe", "mg_fe", "radial_velocity")
POSITIONS = {"apogee": ("RA", "DEC"), "lamost": ("ra", "dec")}


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print what the block took."""
    wall, processor = time.perf_counter(), time.process_time()
    yield
    used = time.process_time() - processor
    row = {"name": name, "processor": used, "seconds": time.perf_counter() - wall}
    print(json.dumps([row]))


def astropy_ingest(file: str, into: str) -> None:
    """Take APOGEE's declared columns, but for arrays, through pandas into DuckDB."""
    import duckdb
    from astropy.table import Table

    from stellarwh.surveys.known import read_survey

    table = Table.read(file)
    declared = {column.name for column in read_survey("apogee").columns}
    table = table[[name for name in table.colnames if name in declared]]
    frame = table[[n for n in table.colnames if table[n].ndim == 1]].to_pandas()
    with duckdb.connect(into) as connection:  # noqa: TID251 - as a user would
        connection.register("frame", frame)
        connection.execute("create table apogee as from frame")


def crossmatch(warehouse: str, folder: str) -> None:
    """Match stored tables into a temporary one; write the positions for the peers."""
    import numpy as np
    from astropy.table import Table

    with open_warehouse(Path(warehouse), read_only=True) as connection:
        connection.execute("set preserve_insertion_order = false")
        with timed("stellarwh crossmatch, all pairs"):
            connection.execute(
                "create temp table pairs as select left_id, right_id, separation "
                "from crossmatch('raw.apogee', 'raw.lamost', 1.0)"
            )
        for survey, (ra, dec) in POSITIONS.items():
            found = connection.execute(
                f"select {ra}::double, {dec}::double from raw.{survey} "
                f"where {ra} is not null and {dec} is not null"
            ).fetchnumpy()
            both = np.stack(list(found.values()))
            np.save(Path(folder) / f"{survey}.npy", both)
            Table({"ra": both[0], "dec": both[1]}).write(
                Path(folder) / f"{survey}.fits", overwrite=True
            )


def astropy_match(folder: str) -> None:
    """Find the nearest neighbour of each APOGEE row in LAMOST."""
    import numpy as np
    from astropy import units as u
    from astropy.coordinates import SkyCoord, match_coordinates_sky

    left, right = (np.load(Path(folder) / f"{name}.npy") for name in POSITIONS)
    with timed("astropy match_coordinates_sky, nearest only"):
        found = match_coordinates_sky(
            SkyCoord(*left, unit="deg"), SkyCoord(*right, unit="deg")
        )
        np.flatnonzero(found[1] < 1 * u.arcsec)


def survey_offsets(warehouse: str) -> None:
    """Read all of main.survey_offsets."""
    with (
        open_warehouse(Path(warehouse), read_only=True) as connection,
        timed("main.survey_offsets, all groups of stars"),
    ):
        connection.execute("from main.survey_offsets").fetchall()


def pandas_offsets(warehouse: str) -> None:
    """Compute the offsets of all stars, the largest of the groups, from a frame."""
    columns = ", ".join(QUANTITIES)
    with open_warehouse(Path(warehouse), read_only=True) as connection:
        frame = connection.execute(
            f"select star_id, survey, {columns} from main.measurements "
            "where is_best and is_clean"
        ).df()
        ours = connection.execute(
            'select survey_left, survey_right, quantity, n, "offset" '
            "from main.survey_offsets where stage_group = 'all'"
        ).fetchall()
    surveys = sorted(frame["survey"].unique())
    theirs = {}
    with timed("pandas merge and median, all stars only"):
        parts = {name: frame[frame["survey"] == name] for name in surveys}
        for i, left in enumerate(surveys):
            for right in surveys[i + 1 :]:
                pairs = parts[left].merge(parts[right], on="star_id")
                for name in QUANTITIES:
                    apart = (pairs[f"{name}_x"] - pairs[f"{name}_y"]).dropna()
                    (apart - apart.median()).abs().median()
                    theirs[left, right, name] = len(apart), apart.median()
    for left, right, name, n, middle in ours:
        rows, median = theirs[left, right, name]
        if rows != n or abs(median - middle) > 1e-9 * max(1.0, abs(middle)):
            sys.exit(f"{left}, {right}, {name}: {n} {middle}, pandas {rows} {median}")


SUBJECTS: dict[str, Callable[..., None]] = {
    "astropy Table.read → pandas → DuckDB, apogee": astropy_ingest,
    "stellarwh crossmatch": crossmatch,
    "astropy match_coordinates_sky": astropy_match,
    "main.survey_offsets": survey_offsets,
    "pandas merge and median": pandas_offsets,
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    SUBJECTS[sys.argv[1]](*sys.argv[2:])
