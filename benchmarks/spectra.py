"""Spectra taken in: time and memory of `stellarwh ingest-spectra`.

``make bench-spectra`` writes spectra in the layout of LAMOST's DR7 (3,909 pixels,
gzipped, as published), each unlike the others, takes them in, and again with as many
new ones. Each run is a process of its own, its start included. ``--files FOLDER`` takes
published ones instead.
"""

import argparse
import gzip
import sys
import tempfile
from pathlib import Path

import numpy as np
from measure import Measured, measure_command

PIXELS = 3_909
BLOCK, CARD = 2_880, 80
# The Balmer lines, the calcium triplet and some of iron and magnesium, Å in vacuum.
LINES = (4102.9, 4341.7, 4862.7, 5174.1, 5185.0, 5270.9, 5329.5, 5891.6, 6564.6, 8544.4)
# Cards that a header of LAMOST has besides those that are read.
OTHERS = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spectra", type=int, default=1_000)
    parser.add_argument("--files", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        warehouse = folder / "spectra.duckdb"
        if options.files is not None:
            tell("published", take(warehouse, options.files))
            tell("the same again", take(warehouse, options.files))
            return
        spectra = folder / "spectra"
        spectra.mkdir()
        count = options.spectra
        write(spectra, range(1, count + 1))
        tell(f"{count:,} spectra", take(warehouse, spectra))
        tell("the same again", take(warehouse, spectra))
        write(spectra, range(count + 1, 2 * count + 1))
        tell(f"{count:,} more beside them", take(warehouse, spectra))


def take(warehouse: Path, files: Path) -> Measured:
    command = [sys.executable, "-m", "stellarwh", "--warehouse", str(warehouse)]
    return measure_command([*command, "ingest-spectra", "lamost", str(files)])


def tell(what: str, found: Measured) -> None:
    print(
        f"{what}: {found.seconds:.1f} s, {found.processor:.1f} of the processor, "
        f"{found.peak_mb:.0f} MB"
    )
    print("   ", found.printed.splitlines()[0])


def write(folder: Path, numbers: range) -> None:
    """Write spectra of stars at -60 to 60 km/s, with noise of their own."""
    waves = 10 ** (3.5682 + 1e-4 * np.arange(PIXELS))
    for number in numbers:
        noise = np.random.default_rng(number)
        z = noise.uniform(-2e-4, 2e-4)
        flux = 1e3 * (waves / 5_000) ** -1
        for line in LINES:
            away = (waves / (1 + z) - line) / 3
            flux *= 1 - 0.5 * noise.uniform() * np.exp(-(away**2) / 2)
        rows = np.zeros((5, PIXELS), ">f4")
        rows[0] = flux + noise.normal(0, 20, PIXELS)
        rows[1] = 1 / 20**2
        rows[2] = waves
        data = rows.tobytes()
        whole = header(number, z) + data + bytes(-len(data) % BLOCK)
        packed = gzip.compress(whole, compresslevel=1)
        (folder / f"spec-{number:07}.fits.gz").write_bytes(packed)


def header(number: int, z: float) -> bytes:
    cards = {
        "SIMPLE": "T", "BITPIX": "-32", "NAXIS": "2", "NAXIS1": str(PIXELS),
        "NAXIS2": "5", "TELESCOP": "'LAMOST  '", "DATA_V": "'LAMOST DR7'",
        "OBSID": str(number), "RA": f"{number % 360}.5", "DEC": "20.0",
        "COEFF0": "3.5682", "COEFF1": "0.0001", "VACUUM": "T", "HELIO": "T",
        "Z": f"{z:.8f}", "SNRG": "50.0",
        "EXTEN0": "'Flux, Inverse, Wavelength, Andmask, Ormask'",
    } | {f"OTHER{n}": f"{n / 7:.6f}" for n in range(OTHERS)}  # fmt: skip
    lines = [f"{key:8}= {value:>20}".ljust(CARD) for key, value in cards.items()]
    text = "".join([*lines, "END".ljust(CARD)])
    return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode("ascii")


if __name__ == "__main__":
    main()
