"""Put faults into files one at a time and count those that no test notices.

``python -m tests.mutation FILE… [--most N] [--seed S] [--workers N] [--cases]``: a
fault is noticed if a test fails. Those of SQL are tried by the cases of tests/sql, in
one process, first the object's own, and what passes them by the other tests there;
those of Python by the tests of the file, then by those that import it, then by its
wing's, in copies of the project.
It prints what was not noticed, and the score. Faults that change no result are known
(equivalent.toml): they and those that DuckDB refuses do not count.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from queue import Queue

from stellarwh.warehouse.sql_files import dependencies, read_sql_files
from tests.mutation.equivalent import is_equivalent
from tests.mutation.in_cases import Trial
from tests.mutation.mutants import Mutant, mutants_of

ROOT = Path(__file__).resolve().parent.parent.parent
COPIED = (
    "stellarwh",
    "sql",
    "tests",
    "benchmarks",
    "docs",
    "pyproject.toml",
    "README.md",
)
# What cases can be run without: the others are made by every build of a warehouse.
BY_CASES = (
    "macros",
    "staging",
    "matching",
    "scales",
    "marts",
    "features",
    "checks",
)
REFUSED = "refused"


@dataclass(frozen=True)
class Tried:
    """A fault, and what noticed it: nothing, where that is empty."""

    file: Path
    mutant: Mutant
    by: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="of sql/ or stellarwh/")
    parser.add_argument("--most", type=int, default=20, help="faults a file")
    parser.add_argument("--seed", type=int, default=0, help="which of them")
    parser.add_argument("--workers", type=int, default=2, help="copies side by side")
    parser.add_argument("--within", type=float, default=900, help="seconds a run")
    parser.add_argument(
        "--cases", action="store_true", help="of SQL by cases alone, which is quick"
    )
    parser.add_argument(
        "--told", action="store_true", help="print what noticed the others"
    )
    options = parser.parse_args()
    files = [within_project(path, parser) for path in options.files]
    by_cases = [
        file
        for file in files
        if file.parts[:1] == ("sql",) and file.parts[1] in BY_CASES
    ]
    tried = []
    with tempfile.TemporaryDirectory() as folder:
        work = [(file, options, folder) for file in by_cases]
        if options.workers == 1:
            tried = [found for job in work for found in tried_in_cases(job)]
        elif work:
            with get_context("spawn").Pool(options.workers) as pool:
                found = pool.map(tried_in_cases, work, chunksize=1)
                tried = [one for several in found for one in several]
        others = [
            (file, mutant)
            for file in files
            if file not in by_cases
            for mutant in shuffled(file, options)[: options.most]
            if not is_equivalent(file, mutant)
        ]
        if not options.cases:
            others += [(one.file, one.mutant) for one in tried if not one.by]
            tried = [one for one in tried if one.by]
        tried += tried_in_copies(others, Path(folder), options)
    report(files, tried, told=options.told)


def within_project(path: Path, parser: argparse.ArgumentParser) -> Path:
    """Return a file as the project names it."""
    whole = path.resolve()
    if not (whole.is_file() and whole.is_relative_to(ROOT)):
        parser.error(f"there is no file {path} of this project")
    return whole.relative_to(ROOT)


def report(files: list[Path], tried: list[Tried], *, told: bool) -> None:
    """Print what was noticed and what was not; fail below 90 %."""
    counted = [one for one in tried if one.by != REFUSED]
    for file in files:
        own = [one.by for one in counted if one.file == file]
        print(f"{file}: {sum(map(bool, own))} of {len(own)} noticed")
    for one in sorted(counted, key=lambda one: (str(one.file), one.mutant.line)):
        change = f"{one.mutant.was!r} → {one.mutant.is_now or 'nothing'!r}"
        if not one.by:
            print(f"  {one.file}:{one.mutant.line}: {change} is not noticed")
        elif told:
            print(f"  {one.file}:{one.mutant.line}: {change} is noticed by {one.by}")
    score = 100 * sum(bool(one.by) for one in counted) / max(len(counted), 1)
    print(f"score: {score:.0f} % of {len(counted)}")
    sys.exit(score < 90)


def shuffled(file: Path, options: argparse.Namespace) -> list[Mutant]:
    """Return the faults of a file in an order that is the same at each seed."""
    found = mutants_of(file.name, (ROOT / file).read_text(encoding="utf-8"))
    return random.Random(f"{options.seed} {file}").sample(found, len(found))


_TRIALS: list[Trial] = []  # one a process


def tried_in_cases(job: tuple[Path, argparse.Namespace, str]) -> list[Tried]:
    """Try faults of a file of SQL, as many as wanted that DuckDB takes."""
    file, options, folder = job
    if not _TRIALS:
        _TRIALS.append(Trial(Path(folder)))
    tried: list[Tried] = []
    for mutant in shuffled(file, options):
        if len(tried) == options.most:
            break
        if not is_equivalent(file, mutant):
            by = _TRIALS[0].outcome(file, mutant)
            if by != REFUSED:
                tried.append(Tried(file, mutant, by))
    return tried


def tried_in_copies(
    work: list[tuple[Path, Mutant]], folder: Path, options: argparse.Namespace
) -> list[Tried]:
    """Try faults by running tests in copies of the project."""
    copies: Queue[Path] = Queue()
    for number in range(options.workers if work else 0):
        copies.put(copied(folder / str(number)))

    def tried(job: tuple[Path, Mutant]) -> Tried:
        copy = copies.get()
        try:
            return Tried(*job, noticed_by(copy, *job, options.within))
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(options.workers) as pool:
        return list(pool.map(tried, work))


def copied(folder: Path) -> Path:
    """Return a copy of the project."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(source, folder / name)
    return folder


def noticed_by(copy: Path, file: Path, mutant: Mutant, within: float) -> str:
    """Name the tests of which one fails where a file has a fault."""
    target = copy / file
    whole = target.read_text(encoding="utf-8")
    target.write_text(mutant.text, encoding="utf-8")
    try:
        for tests in tests_of(file):
            if fails(copy, tests, within):
                return tests[0]
        return ""
    finally:
        target.write_text(whole, encoding="utf-8")


def tests_of(file: Path) -> list[list[str]]:
    """Return what is run for a file, the next only where the last one passes."""
    if file.suffix == ".sql" and file.parts[1] in BY_CASES:
        return [
            ["tests/sql", "--ignore", "tests/sql/test_sql_cases.py"],
            *([path] for path in tests_that_call(file)),
        ]
    if file.parts[0] == "sql":
        return [["tests/sql"], ["tests/warehouse"]]
    wing = file.parts[1]
    own = sorted((ROOT / "tests" / wing).rglob(f"test_{file.stem}.py"))
    importing = [path for path in tests_that_import(file) if path not in own]
    runs = [[str(path.relative_to(ROOT)) for path in run] for run in (own, importing)]
    return [*filter(None, runs), [f"tests/{wing}"]]


def tests_that_import(file: Path) -> list[Path]:
    """Return the tests of a file's wing that import it: quicker than the whole wing."""
    module = ".".join(file.with_suffix("").parts)
    imported = re.compile(rf"^from {re.escape(module)} import\b", re.MULTILINE)
    return [
        path
        for path in sorted((ROOT / "tests" / file.parts[1]).rglob("test_*.py"))
        if imported.search(path.read_text(encoding="utf-8"))
    ]


def tests_that_call(file: Path) -> list[str]:
    """Return the tests of other wings that call a macro, or one that needs it."""
    files = read_sql_files(ROOT / "sql")
    read = dependencies(files)
    own = {of.path for of in files if of.path == ROOT / file and of.kind == "macro"}
    for of in files:  # each comes after those that it reads
        if of.kind == "macro" and read[of.path] & own:
            own.add(of.path)
    made = {
        name.partition(".")[2] for of in files if of.path in own for name in of.defines
    }
    called = re.compile(rf"\b({'|'.join(sorted(made))})\(") if made else None
    return [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").glob("match/test_*.py"))
        if called is not None and called.search(path.read_text(encoding="utf-8"))
    ]


def fails(copy: Path, tests: list[str], within: float) -> bool:
    """Run tests of a copy; none at all is no failure, too long is one."""
    line = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    try:
        run = subprocess.run(
            line, cwd=copy, env=environment(copy), timeout=within, capture_output=True
        )
    except subprocess.TimeoutExpired:
        return True
    return run.returncode not in (0, 5)


def environment(copy: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
