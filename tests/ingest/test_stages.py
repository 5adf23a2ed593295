"""What ingest tells of its own time, and what it does without."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pytest
from astropy import units
from astropy.table import Table
from astropy_healpix import HEALPix
from typer.testing import CliRunner

from stellarwh.cli import app
from stellarwh.ingest import CALLED
from stellarwh.runtime.stages import Stages
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.sql_files import read_sql_files

STAGES = (
    "start", "opening", "reading the header", "hashing", "storing", "of that writing",
    "of that HEALPix", "decoding", "checking", "describing", "waiting for the hash",
    "closing",
)  # fmt: skip


class Clock:
    """Clocks that stand still until they are put on."""

    def __init__(self) -> None:
        self.wall = self.process = self.thread = 0.0

    def put_on(self, *, wall: float, process: float, thread: float = 0.0) -> None:
        self.wall += wall
        self.process += process
        self.thread += thread


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", lambda: made.wall)
    monkeypatch.setattr(time, "process_time", lambda: made.process)
    monkeypatch.setattr(time, "thread_time", lambda: made.thread)
    return made


def figures(stages: Stages) -> dict[str, tuple[float | None, float]]:
    return {stage.name: (stage.wall, stage.processor) for stage in stages}


def test_threads_of_their_own_are_not_counted_twice(clock: Clock) -> None:
    stages = Stages()
    with stages.of("storing"):
        clock.put_on(wall=1, process=1)
        with stages.beside("decoding"):  # which has the processor for 2 of 5 seconds
            clock.put_on(wall=3, process=5, thread=2)
    assert figures(stages) == {"storing": (4, 4), "decoding": (3, 2)}


def test_stages_of_several_files_add_up(clock: Clock) -> None:
    stages = Stages()
    for seconds in (1, 2):
        with stages.of("checking"):
            clock.put_on(wall=seconds, process=2 * seconds)
    assert figures(stages) == {"checking": (3, 6)}


def test_a_stage_that_fails_is_counted_too(clock: Clock) -> None:
    stages = Stages()

    def fail() -> None:
        with stages.of("storing"):
            clock.put_on(wall=1, process=1)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert figures(stages) == {"storing": (1, 1)}


@pytest.fixture(scope="module")
def stars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a FITS file of stars whose rows are too wide to be sorted."""
    path = tmp_path_factory.mktemp("stages") / "stars.fits"
    table = Table({"ra": np.linspace(0, 359, 900), "dec": np.linspace(-89, 89, 900)})
    for i in range(40):
        table[f"c{i}"] = np.arange(900.0) * i
    table["name"] = [f"star {i}" for i in range(900)]
    table.write(path)
    return path


def ingest(path: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    line = [
        sys.executable,
        "-m",
        "stellarwh",
        "ingest",
        "mine",
        str(path),
        "--ra",
        "ra",
    ]
    line += ["--dec", "dec", "--warehouse", str(folder / "w.duckdb"), *options]
    quiet = {**os.environ, "STELLARWH_QUIET": "1"}  # no progress where it takes long
    return subprocess.run(line, capture_output=True, text=True, check=True, env=quiet)


def test_verbose_tells_every_stage_on_standard_error(
    stars: Path, tmp_path: Path
) -> None:
    done = ingest(stars, tmp_path, "--verbose")
    assert done.stdout.startswith("raw.mine: 900 rows, 43 columns")
    heading, *lines = done.stderr.splitlines()
    assert heading.split() == ["stage", "wall", "s", "processor", "s"]
    told = {}
    for line in lines:
        found = re.fullmatch(r"(.{20}) (.{8}) (.{12})", line)
        assert found is not None, line
        told[found[1].strip()] = (found[2].strip(), float(found[3]))
    assert told.keys() == set(STAGES)
    names = list(told)
    assert names[-1] == "closing"
    at = names.index("storing")
    assert names[at + 1 : at + 3] == ["of that writing", "of that HEALPix"]
    assert told["start"][1] > 0
    # Steps that are done side by side have no wall time of their own.
    steps = [name for name, (wall, _) in told.items() if not wall]
    assert steps == ["of that writing", "of that HEALPix"]
    shared = sum(told[name][1] for name in steps)
    assert shared == pytest.approx(told["storing"][1], abs=0.011)


def test_without_verbose_nothing_is_told(stars: Path, tmp_path: Path) -> None:
    assert ingest(stars, tmp_path).stderr == ""


@pytest.mark.parametrize("module", ["pandas", "astropy", "pyarrow.parquet", "yaml"])
def test_fits_is_read_without_what_only_others_need(
    stars: Path, tmp_path: Path, module: str
) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from stellarwh.warehouse.database import open_warehouse\n"
        "from stellarwh.ingest import ingest_survey\n"
        f"with open_warehouse(Path({str(tmp_path / 'w.duckdb')!r})) as connection:\n"
        f"    ingest_survey(connection, 'mine', Path({str(stars)!r}), ra='ra',\n"
        "        dec='dec')\n"
        "print(*sorted(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert module not in done.stdout.split()


THEIRS = """
create or replace macro healpix_nested(a, b, c) as 7;
create or replace macro ra_of_designation(a) as 7;
create or replace macro dec_of_designation(a) as 7;
create or replace macro designation_part(a, b) as '7';
"""


def test_macros_of_the_warehouse_stand_behind_ours(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text(
        "name\n2M00000002+7417074\n2M12345678-0102030\n"
    )
    path = tmp_path / "w.duckdb"
    with open_warehouse(path):
        pass
    with duckdb.connect(str(path)) as connection:  # noqa: TID251 - the stranger's
        connection.execute(THEIRS)
    line = ["ingest", "mine", str(tmp_path / "names.csv"), "--position-from", "name"]
    line += ["--warehouse", str(path)]
    assert CliRunner().invoke(app, line, catch_exceptions=False).exit_code == 0
    with duckdb.connect(str(path), read_only=True) as connection:  # noqa: TID251 - as above
        placed = connection.execute(
            "select ra, dec, healpix from raw.mine order by ra"
        ).fetchall()
    ra, dec, cells = np.array(placed, dtype=object).T
    # 00h00m00.02s +74d17m07.4s, 12h34m56.78s -01d02m03.0s
    assert ra.astype(float) == pytest.approx([0.0000833, 188.7365833], abs=1e-6)
    assert dec.astype(float) == pytest.approx([74.2853889, -1.0341667], abs=1e-6)
    grid = HEALPix(nside=2**29, order="nested")
    expected = grid.lonlat_to_healpix(
        ra.astype(float) * units.deg, dec.astype(float) * units.deg
    )
    assert cells.astype(int).tolist() == expected.tolist()


def test_every_macro_that_ingest_names_is_put_in_place(repository: Path) -> None:
    names = {
        name
        for file in read_sql_files(repository / "sql")
        if file.kind == "macro"
        for name in file.defines
    }
    written = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (repository / "stellarwh" / "ingest").glob("*.py")
    )
    written = written.replace(f'CALLED = "{CALLED}"', "")
    called = set(re.findall(r"\b(\w+)\(", written)) & {
        n.rpartition(".")[2] for n in names
    }
    assert called == set(CALLED.split())
