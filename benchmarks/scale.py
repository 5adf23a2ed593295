"""The whole chain at the size of whole releases, each command beside its bar.

``make bench-scale`` simulates 733,698 rows of APOGEE Lite, 503,134 of GALAH and
5,906,556 of LAMOST, runs each command of the chain as a process of its own and prints,
as Markdown, its processor seconds (user and system, of all its threads) and
peak resident memory beside the bar; then ratios to named peers in the same run, and
how long queries of the finished warehouse take. ``--fraction 0.1`` does a tenth.

``--folder`` keeps the files and what was measured: ``--only check,report`` measures
these steps anew and shows the others as they were. A step that fails is shown with its
last line, and the next ones go on.
"""

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import scale_steps
from scale_steps import STEPS, Place
from scale_table import table_of

RESULTS = "scale.json"


@dataclass
class Options:
    """What the command line asks for."""

    fraction: float
    folder: Path | None
    only: str
    within: float


def main() -> None:
    options = read_options()
    wanted = [step.strip() for step in options.only.split(",") if step.strip()]
    unknown = sorted(set(wanted) - STEPS.keys())
    if unknown:
        sys.exit(
            f"There is no step {', '.join(unknown)}; there are {', '.join(STEPS)}."
        )
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
        run(Place(options.folder, options.fraction), wanted or list(STEPS), options)
        return
    with tempfile.TemporaryDirectory() as made:
        run(Place(Path(made), options.fraction), wanted or list(STEPS), options)


def read_options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fraction", type=float, default=1.0, help="of the real sizes")
    parser.add_argument("--folder", type=Path, help="where files are and stay")
    parser.add_argument("--only", default="", help=f"steps: {', '.join(STEPS)}")
    parser.add_argument(
        "--within", type=float, default=1800, help="seconds a command may take"
    )
    return Options(**vars(parser.parse_args()))


def run(place: Place, wanted: list[str], options: Options) -> None:
    """Run steps, keep what each took, and print the table of all."""
    path = place.folder / RESULTS
    found = json.loads(path.read_text()) if path.exists() else {}
    if found and found.get("fraction") != place.fraction:
        sys.exit(
            f"{path} is of --fraction {found.get('fraction')}; give that, or name "
            "another folder."
        )
    found["fraction"] = place.fraction
    for name in STEPS:
        if name not in wanted:
            continue
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            rows = STEPS[name](place, options.within)
        except Exception as error:
            rows = [scale_steps.Row(name, failed=f"{type(error).__name__}: {error}")]
        found[name] = [asdict(row) for row in rows]
        for row in rows:
            print(f"  {row.told()}", file=sys.stderr, flush=True)
        path.write_text(json.dumps(found, indent=1))
    steps = {name: found[name] for name in STEPS if name in found}
    print(table_of(steps, place.fraction))
    if shutil.which("stilts") is None:
        print("\nSTILTS is not installed; left out.")
    if any(row["failed"] for rows in steps.values() for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
