"""The steps of the benchmark at real size: what each runs, and what came of it."""

import gzip
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measure import Measured, measure_process

HERE = Path(__file__).parent
# Stars of a survey that make so many rows: some are observed again.
STARS = {"apogee": 685_844, "galah": 503_134, "lamost": 4_733_000}
FILES = {
    "apogee": "allStarLite-dr17-synspec_rev1.fits",
    "galah": "GALAH_DR3_main_allstar_v2.fits",
    "lamost": "dr7_v2.0_LRS_stellar.fits",
}
TASKS = 7


@dataclass(frozen=True)
class Place:
    """Where the benchmark works, and on how much of the real sizes."""

    folder: Path
    fraction: float

    @property
    def warehouse(self) -> Path:
        return self.folder / "survey.duckdb"

    def file(self, survey: str) -> Path:
        return self.folder / "files" / FILES[survey]


@dataclass
class Row:
    """What one subject took; None where that is not told."""

    name: str
    processor: float | None = None
    seconds: float | None = None
    peak_mb: float | None = None
    figure: float | None = None  # of another kind: GB, milliseconds
    failed: str = ""

    def told(self) -> str:
        if self.failed:
            return f"{self.name}: FAILED: {self.failed}"
        numbers = [
            f"{value:,.{digits}f} {unit}"
            for value, digits, unit in (
                (self.processor, 2, "s of processor"),
                (self.seconds, 2, "s"),
                (self.peak_mb, 0, "MB"),
                (self.figure, 2, ""),
            )
            if value is not None
        ]
        return f"{self.name}: {', '.join(numbers)}"


def command(name: str, line: list[str], within: float) -> tuple[Row, Measured]:
    """Run a command as a step; a failure is told with its last line."""
    with tempfile.TemporaryFile("w+") as said:
        found = measure_process(line, said.fileno(), within)
        said.seek(0)
        lines = said.read().strip().splitlines()
    row = Row(name, found.processor, found.seconds, found.peak_mb)
    if found.status:
        printed = found.printed.strip().splitlines()
        row.failed = (lines or printed or [f"status {found.status}"])[-1]
        if found.seconds > within:
            row.failed = f"ended after {within:g} s"
    return row, found


def stellarwh(place: Place, within: float, name: str, *arguments: str) -> Row:
    """Run a command of stellarwh on the warehouse."""
    program = [sys.executable, "-m", "stellarwh", *arguments]
    return command(name, [*program, "--warehouse", str(place.warehouse)], within)[0]


def script(place: Place, within: float, name: str, *arguments: str) -> list[Row]:
    """Run a script of this folder: what it prints are rows, else it is one itself."""
    line = [sys.executable, str(HERE / name), *arguments]
    row, found = command(arguments[0], line, within)
    if row.failed:
        return [row]
    printed = found.printed.strip()
    rows = [Row(**told) for told in json.loads(printed)] if printed else [row]
    for told in rows:
        # Peak memory is that of the process, whatever it timed within.
        told.peak_mb = told.peak_mb or (found.peak_mb if len(rows) == 1 else None)
    return rows


def simulate(place: Place, within: float) -> list[Row]:
    rows = []
    files = place.folder / "files"
    for survey, stars in STARS.items():
        if place.file(survey).exists():
            rows.append(Row(f"simulate {survey} (there already)"))
            continue
        line = [sys.executable, "-m", "stellarwh", "simulate", "--survey", survey]
        line += ["--stars", str(round(stars * place.fraction)), "--out", str(files)]
        rows.append(command(f"simulate {survey}", line, within)[0])
        packed = place.file(survey).with_name(FILES[survey] + ".gz")
        if packed.exists():
            unpacked = packed.with_suffix(".part")
            with gzip.open(packed, "rb") as source, unpacked.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            unpacked.rename(place.file(survey))
    return rows


def ingest(place: Place, within: float) -> list[Row]:
    place.warehouse.unlink(missing_ok=True)
    rows = []
    for survey in STARS:
        warm(place.file(survey))
        arguments = ("ingest", survey, str(place.file(survey)))
        rows.append(stellarwh(place, within, f"ingest {survey}", *arguments))
    gone = [row for row in rows if row.failed]
    whole = Row("ingest, three files", failed=gone[0].failed if gone else "")
    if not gone:
        whole.processor = sum(row.processor or 0 for row in rows)
        whole.seconds = sum(row.seconds or 0 for row in rows)
        whole.peak_mb = max(row.peak_mb or 0 for row in rows)
    return [*rows, whole]


def ingest_full(place: Place, within: float) -> list[Row]:
    """All columns of APOGEE, and LAMOST as it is published, in a warehouse aside."""
    aside = Place(place.folder / "aside", place.fraction)
    aside.folder.mkdir(exist_ok=True)
    packed = place.file("lamost").with_name(FILES["lamost"] + ".gz")
    try:
        warm(place.file("apogee"))
        warm(packed)
        return [
            stellarwh(
                aside, within, "ingest apogee --all-columns",
                "ingest", "apogee", str(place.file("apogee")), "--all-columns",
            ),
            stellarwh(
                aside, within, "ingest lamost .fits.gz", "ingest", "lamost", str(packed)
            ),
        ]  # fmt: skip
    finally:
        shutil.rmtree(aside.folder)


def ingest_peer(place: Place, within: float) -> list[Row]:
    warm(place.file("apogee"))
    into = place.folder / "astropy.duckdb"
    name = "astropy Table.read → pandas → DuckDB, apogee"
    try:
        return script(
            place, within, "scale_peers.py", name, str(place.file("apogee")), str(into)
        )
    finally:
        into.unlink(missing_ok=True)


def build(place: Place, within: float) -> list[Row]:
    return [stellarwh(place, within, "build", "build", "--anew")]


def check(place: Place, within: float) -> list[Row]:
    return [stellarwh(place, within, "check", "check")]


def status(place: Place, within: float) -> list[Row]:
    return [stellarwh(place, within, "status", "status")]


def train(place: Place, within: float) -> list[Row]:
    return [stellarwh(place, within, "train, seven tasks", "train")]


def predict(place: Place, within: float) -> list[Row]:
    return [stellarwh(place, within, "predict, seven tasks", "predict")]


def report(place: Place, within: float) -> list[Row]:
    out = str(place.folder / "reports")
    return [stellarwh(place, within, "report", "report", "--out", out)]


def size(place: Place, within: float) -> list[Row]:
    if not place.warehouse.exists():
        return [Row("warehouse on disk, GB", failed="there is no warehouse")]
    gigabytes = place.warehouse.stat().st_size / 1e9
    return [Row("warehouse on disk, GB", figure=gigabytes)]


def match(place: Place, within: float) -> list[Row]:
    """Match APOGEE with LAMOST: ours, then peers from the files that they read best."""
    made = str(place.folder)
    rows = script(
        place,
        within,
        "scale_peers.py",
        "stellarwh crossmatch",
        str(place.warehouse),
        made,
    )
    rows += script(
        place, within, "scale_peers.py", "astropy match_coordinates_sky", made
    )
    if shutil.which("stilts") is not None:
        line = ["stilts", "tskymatch2", "error=1", "find=all", "ra1=ra", "dec1=dec"]
        line += ["ra2=ra", "dec2=dec"]
        line += [
            f"in{i}={place.folder / side}.fits"
            for i, side in ((1, "apogee"), (2, "lamost"))
        ]
        line += [f"out={place.folder / 'pairs.fits'}"]
        rows.append(command("STILTS tskymatch2", line, within)[0])
    for made_file in (
        "apogee.npy",
        "lamost.npy",
        "apogee.fits",
        "lamost.fits",
        "pairs.fits",
    ):
        (place.folder / made_file).unlink(missing_ok=True)
    return rows


def offsets(place: Place, within: float) -> list[Row]:
    rows = []
    for subject in ("main.survey_offsets", "pandas merge and median"):
        rows += script(place, within, "scale_peers.py", subject, str(place.warehouse))
    return rows


def queries(place: Place, within: float) -> list[Row]:
    return script(place, within, "scale_queries.py", "queries", str(place.warehouse))


def warm(path: Path) -> None:
    """Bring a file into the page cache."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


STEPS: dict[str, Callable[[Place, float], list[Row]]] = {
    "simulate": simulate,
    "ingest": ingest,
    "ingest-full": ingest_full,
    "ingest-peer": ingest_peer,
    "build": build,
    "check": check,
    "status": status,
    "train": train,
    "predict": predict,
    "report": report,
    "size": size,
    "match": match,
    "offsets": offsets,
    "queries": queries,
}
