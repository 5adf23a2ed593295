"""Put faults into files one at a time and count those that no test notices.

``python -m tests.mutation FILE… [--most N] [--seed S] [--workers N]`` works on copies
of the project. A fault is noticed if a test fails: first those that are of the file,
then those of its wing. It prints what was not noticed, and the score.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="of sql/ or stellarwh/")
    parser.add_argument("--most", type=int, default=20, help="faults a file")
    parser.add_argument("--seed", type=int, default=0, help="which of them")
    parser.add_argument("--workers", type=int, default=2, help="copies side by side")
    parser.add_argument("--within", type=float, default=900, help="seconds a run")
    options = parser.parse_args()
    files = [path.resolve().relative_to(ROOT) for path in options.files]
    work = [(file, mutant) for file in files for mutant in chosen(file, options)]
    with tempfile.TemporaryDirectory() as folder:
        copies: Queue[Path] = Queue()
        for number in range(options.workers):
            copies.put(copied(Path(folder) / str(number)))

        def noticed(job: tuple[Path, Mutant]) -> bool:
            copy = copies.get()
            try:
                return is_noticed(copy, *job, options.within)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(options.workers) as pool:
            results = list(pool.map(noticed, work))
    for file in files:
        own = [is_ for (of, _), is_ in zip(work, results, strict=True) if of == file]
        print(f"{file}: {sum(own)} of {len(own)} noticed")
    for (file, mutant), is_ in zip(work, results, strict=True):
        if not is_:
            now = mutant.is_now or "nothing"
            print(f"  {file}:{mutant.line}: {mutant.was!r} → {now!r} is not noticed")
    score = 100 * sum(results) / max(len(results), 1)
    print(f"score: {score:.0f} % of {len(results)}")
    sys.exit(score < 90)


def chosen(file: Path, options: argparse.Namespace) -> list[Mutant]:
    """Return some of the faults of a file, the same ones at each seed."""
    found = mutants_of(file.name, (ROOT / file).read_text(encoding="utf-8"))
    if len(found) <= options.most:
        return found
    picked = random.Random(f"{options.seed} {file}").sample(found, options.most)
    return sorted(picked, key=lambda mutant: mutant.line)


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


def is_noticed(copy: Path, file: Path, mutant: Mutant, within: float) -> bool:
    """Say whether a test fails where a file has a fault."""
    target = copy / file
    whole = target.read_text(encoding="utf-8")
    target.write_text(mutant.text, encoding="utf-8")
    try:
        return any(fails(copy, tests, within) for tests in tests_of(file))
    finally:
        target.write_text(whole, encoding="utf-8")


def tests_of(file: Path) -> list[list[str]]:
    """Return what is run for a file, the next only where the last one passes."""
    if file.suffix == ".sql":
        folder, name = file.parts[1], file.stem
        cases = ["tests/sql/test_sql_cases.py", "-k", f"{folder} and {name}"]
        return [cases, ["tests/sql"]]
    wing = file.parts[1]
    own = sorted((ROOT / "tests" / wing).rglob(f"test_{file.stem}.py"))
    runs = [[str(path.relative_to(ROOT)) for path in own]] if own else []
    return [*runs, [f"tests/{wing}"]]


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


if __name__ == "__main__":
    main()
