"""Folders of catalogues in HATS: HEALPix cells as Parquet files, with properties.

The layout is that of the IVOA note HATS 1.0 (2025-08-22), and of its forerunner
HiPSCat.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from stellarwh.errors import InputFileError
from stellarwh.runtime.offline import check_local

_COLLECTION = "collection.properties"
_PROPERTIES = ("hats.properties", "properties", "catalog_info.json")
# What HiPSCat called the same things.
_OLD_NAMES = {
    "catalog_type": "dataproduct_type",
    "ra_column": "hats_col_ra",
    "dec_column": "hats_col_dec",
    "total_rows": "hats_nrows",
    "primary_catalog": "hats_primary_table_url",
}
_WITH_ROWS = ("object", "source", "nested")
_CELL = re.compile(r"Norder=(\d+)/Dir=\d+/Npix=(\d+)(?:\.|/|$)")
# Deepest order of HEALPix.
_DEEPEST = 29
# Folders between a catalogue and the files of its cells: dataset, Norder, Dir, Npix.
_DEPTH = 5


@dataclass(frozen=True)
class HatsCatalogue:
    """A folder in HATS.

    Parameters
    ----------
    folder : Path
        Where its properties are.
    properties : dict
        What they say, under today's names.
    """

    folder: Path
    properties: dict[str, str]

    @property
    def kind(self) -> str:
        """Its kind: ``object``, ``source``, ``margin``, ``index`` and so on."""
        return self.properties.get("dataproduct_type", "object").lower()

    @property
    def holds_rows(self) -> bool:
        """Whether it is a catalogue itself, no margin or index of one."""
        return self.kind in _WITH_ROWS

    @property
    def position(self) -> tuple[str, str] | None:
        """The names of its position columns, if it says."""
        ra = self.properties.get("hats_col_ra")
        dec = self.properties.get("hats_col_dec")
        return (ra, dec) if ra and dec else None

    @property
    def rows(self) -> int | None:
        """How many rows it should have, if it says."""
        text = self.properties.get("hats_nrows", "")
        return int(text) if text.isdecimal() else None


def read_hats(folder: Path) -> HatsCatalogue | None:
    """Return the catalogue whose properties stand in a folder; None if none do."""
    for name in _PROPERTIES:
        path = folder / name
        if not path.is_file():
            continue
        found = _read_json(path) if path.suffix == ".json" else _read_pairs(path)
        found = {_OLD_NAMES.get(key, key): value for key, value in found.items()}
        if any(k == "dataproduct_type" or k.startswith("hats_") for k in found):
            return HatsCatalogue(folder, found)
    return None


def hats_in(folder: Path) -> HatsCatalogue | None:
    """Return the catalogue that a folder is, or that is the main one of a collection.

    Raises
    ------
    InputFileError
        If it is a margin or an index of one, or the main one is not there.
    """
    collection = folder / _COLLECTION
    if collection.is_file():
        name = _read_pairs(collection).get("hats_primary_table_url", "")
        check_local(Path(name))
        inside = (folder / name).resolve().is_relative_to(folder.resolve())
        found = read_hats(folder / name) if name and inside else None
        if found is None:
            raise InputFileError(
                f"{collection} names '{name}' as its catalogue, which is no HATS "
                "folder in there."
            )
    else:
        found = read_hats(folder)
    if found is None or found.holds_rows:
        return found
    if found.kind == "margin":
        main = found.properties.get("hats_primary_table_url", "another catalogue")
        raise InputFileError(
            f"{found.folder} is the margin of a HATS catalogue: its rows are those of "
            f"{main} again; take that one, which needs no margin."
        )
    raise InputFileError(
        f"{found.folder} is a HATS folder of the kind '{found.kind}', which has no "
        "positions; take its catalogue."
    )


def margin_of(folder: Path) -> float:
    """Return the width of the margin (arcsec) of a collection; 0 if it has none."""
    collection = folder / _COLLECTION
    if not collection.is_file():
        return 0.0
    named = _read_pairs(collection).get("default_margin", "")
    found = read_hats(folder / named) if named else None
    try:
        return float(found.properties["hats_margin_threshold"]) if found else 0.0
    except (KeyError, ValueError):
        return 0.0


def hats_above(path: Path) -> HatsCatalogue | None:
    """Return the HATS catalogue that a file is of; None if it is of none."""
    for folder in list(path.parents)[:_DEPTH]:
        found = read_hats(folder)
        if found is not None:
            return found
    return None


def is_cell(path: Path) -> bool:
    """Return whether a file of a HATS catalogue holds its rows: no thumbnail of it."""
    return _CELL.search(path.as_posix()) is not None


def cell_files(catalogue: HatsCatalogue) -> list[Path]:
    """Return the files of a catalogue's cells, in the order of the sky.

    Raises
    ------
    InputFileError
        If there are none.
    """
    top = catalogue.folder / "dataset"
    if not top.is_dir():
        top = catalogue.folder
    found = [
        Path(folder, name)
        for folder, _, names in os.walk(top)
        for name in names
        if not name.startswith((".", "_"))
    ]
    found = [path for path in found if is_cell(path)]
    if not found:
        raise InputFileError(
            f"{catalogue.folder} is a HATS catalogue without data: no file of the form "
            "Norder=…/Dir=…/Npix=….parquet."
        )
    return sorted(found, key=_place)


def _place(path: Path) -> tuple[int, int, str]:
    """Return what sorts cells as they lie on the sky."""
    name = path.as_posix()
    found = _CELL.search(name)
    order, cell = (int(found[1]), int(found[2])) if found else (0, 0)
    return cell << 2 * max(_DEEPEST - order, 0), order, name


def _read_pairs(path: Path) -> dict[str, str]:
    """Return the ``name=value`` lines of a file of properties."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputFileError(f"{path} cannot be read: {error.strerror}.") from None
    parts = (line.partition("=") for line in lines if not line.startswith(("#", "!")))
    # Properties of Java write some signs with a backslash.
    return {
        key.strip(): re.sub(r"\\(.)", r"\1", value.strip())
        for key, sign, value in parts
        if sign
    }


def _read_json(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputFileError(f"{path} cannot be read: {error}.") from None
    pairs = found.items() if isinstance(found, dict) else ()
    return {str(key): str(value) for key, value in pairs}
