"""Damage stored estimators and try each in this process: a program, not a test.

``python mutations.py FOLDER COUNT`` loads and applies COUNT damaged copies of every
file of the folder, ``NAME.FORMAT``, and says how many were refused. A crash ends it.
"""

import sys
import warnings
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl

from stellarwh.errors import TaskError
from stellarwh.learning.runs.estimator_bytes import from_bytes

FEATURES = 2


def flip(data: bytes, rng: np.random.Generator) -> bytes:
    """Return the bytes with some changed, or a piece left out, doubled or moved."""
    kind = rng.integers(0, 6)
    at, to = sorted(rng.integers(0, len(data), 2))
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + data[to:]
    if kind == 2:
        return data[:to] + data[at:]
    found = np.frombuffer(data, np.uint8).copy()
    where = rng.integers(0, len(data), rng.integers(1, 8))
    if kind == 3:
        found[where] = rng.integers(0, 256, len(where))
    elif kind == 4:  # one high byte: a small index becomes a large or negative one
        found[where] = rng.choice([0x7F, 0x80, 0xFF])
    else:
        found[at : at + 4] = rng.integers(0, 256, len(found[at : at + 4]))
    return found.tobytes()


def flip_member(data: bytes, rng: np.random.Generator) -> bytes:
    """Return a ZIP archive with one member damaged and all sums right."""
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(written, "w") as new:
        names = old.namelist()
        chosen = "schema.json" if rng.random() < 0.3 else rng.choice(names)
        for name in names:
            content = old.read(name)
            new.writestr(name, flip(content, rng) if name == chosen else content)
    return written.getvalue()


def apply(estimator: object) -> None:
    values = np.random.default_rng(0).normal(size=(64, FEATURES))
    values[::7, 0] = np.nan
    if hasattr(estimator, "inplace_predict"):
        estimator.inplace_predict(values.astype(np.float32), validate_features=False)
        return
    frame = pl.DataFrame(values, schema=["f0", "f1"])
    getattr(estimator, "predict_proba", estimator.predict)(frame)  # type: ignore[attr-defined]


def main() -> None:
    warnings.simplefilter("ignore")
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    for path in sorted(folder.iterdir()):
        whole, kind = path.read_bytes(), path.suffix[1:]
        apply(from_bytes(kind, whole, FEATURES))
        rng = np.random.default_rng(len(whole))
        refused = 0
        for _ in range(count):
            damaged = (flip_member if kind == "skops" else flip)(whole, rng)
            try:
                estimator = from_bytes(kind, damaged, FEATURES)
            except TaskError as error:
                refused += "\n" not in str(error)
                continue
            # Objects of Python that do not fit are no crash: `try_out` refuses them.
            with suppress(Exception):
                apply(estimator)
        sys.stdout.write(f"{path.name} {refused} refused of {count}\n")


if __name__ == "__main__":
    main()
