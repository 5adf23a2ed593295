"""Hashing begins before the file is opened, and holds for the file as it was then."""

import hashlib
from concurrent.futures import CancelledError
from pathlib import Path

import duckdb
import numpy as np
import pytest
from astropy.io import fits

from stellarwh.errors import InputFileError
from stellarwh.ingest import Options, ingest_files
from stellarwh.runtime.fingerprint import FileFingerprint

PLAIN = Options(no_position=True)


def hashes(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    found = connection.execute("select file, sha256 from meta.ingests order by file")
    return found.fetchall()


def test_a_hash_that_has_begun_is_that_of_its_file_alone(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for number, path in enumerate(paths):
        path.write_text(f"a,b\n{number},2\n")
    ingest_files(connection, "mine", paths, PLAIN, begun=FileFingerprint(paths[0]))
    assert hashes(connection) == [
        (str(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths
    ]


def test_a_file_that_changed_since_is_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    begun = FileFingerprint(path)
    assert begun.sha256
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(InputFileError, match=r"a\.csv changed while it was read"):
        ingest_files(connection, "mine", [path], PLAIN, begun=begun)
    assert hashes(connection) == []


def test_nobody_waits_for_a_hash_that_nobody_wants(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a hole, which would take a quarter of an hour
    begun = FileFingerprint(path)
    begun.stop()
    with pytest.raises(CancelledError):
        _ = begun.sha256


@pytest.mark.parametrize("is_begun", [False, True])
def test_what_cannot_be_read_is_hashed_no_further(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_begun: bool,
) -> None:
    made: list[FileFingerprint] = []

    class Kept(FileFingerprint):
        def __init__(self, *given: object) -> None:
            super().__init__(*given)  # type: ignore[arg-type]
            made.append(self)

    monkeypatch.setattr("stellarwh.ingest.provenance.FileFingerprint", Kept)
    # Rows of zeros, 16 GB of them in a hole: they take many seconds to hash.
    path = tmp_path / "mine.fits"
    table = fits.BinTableHDU(np.zeros(0, dtype=[("a", ">f8")]))
    table.header["NAXIS2"] = (1 << 34) // 8
    heads = fits.PrimaryHDU().header.tostring() + table.header.tostring()
    path.write_bytes(heads.encode())
    with path.open("r+b") as file:
        file.truncate(len(heads) + (1 << 34) + (-(1 << 34)) % 2880)

    def fail(_: int) -> None:
        raise InputFileError("Row 7 is damaged.")

    begun = Kept(path) if is_begun else None
    with pytest.raises(InputFileError, match="Row 7"):
        ingest_files(connection, "mine", [path], PLAIN, fail, begun=begun)
    assert len(made) == 1
    with pytest.raises(CancelledError):
        _ = made[0].sha256
