"""Try faults of SQL in one process: each by the cases of tests/sql that run it.

The warehouse is built once; a fault is put into a copy of it, and each case runs in a
copy of that. The cases of the faulty object come first, then those of what reads it.
"""

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import duckdb

from stellarwh.content import content_dir
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.sql_files import read_sql_files
from tests.mutation.mutants import Mutant
from tests.sql.cases import CASES, Sql, failure_of, read_checks

_SECONDS = 60  # longer than any case takes


class Trial:
    """Tries faults of views, tables, macros and checks."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(dir=folder))
        self._built = self._folder / "built.duckdb"
        with open_warehouse(self._built) as connection:
            build_views(connection)
        self._files = read_sql_files(content_dir("sql"))
        self._sql = Sql(self._files, read_checks())
        self._run = {case: self._sql.read_by(case) for case in CASES}

    def outcome(self, file: Path, mutant: Mutant) -> str:
        """Say what notices a fault.

        Returns
        -------
        str
            The name of a case that fails, ``""`` if none does, ``"refused"`` where
            DuckDB will not have it.
        """
        name = file.stem
        if file.parts[1] == "checks":
            sql = Sql(self._files, {**read_checks(), name: mutant.text})
            with self._copy_of(self._built) as connection:
                if not _runs(connection, f"explain {mutant.text}"):
                    return "refused"
            cases = [case for case in CASES if case.about == ("checks", name)]
            return self._noticed_by(self._built, sql, cases)
        path = content_dir("sql") / file.parts[1] / file.name
        sql = Sql(
            [
                dataclasses.replace(of, sql=mutant.text) if of.path == path else of
                for of in self._files
            ],
            read_checks(),
        )
        faulty = self._folder / "faulty.duckdb"
        shutil.copy(self._built, faulty)
        with _connected(faulty) as connection:
            if not _runs(connection, mutant.text):
                return "refused"
        cases = [case for case in CASES if path in self._run[case]]
        mine = (file.parts[1], name)
        # Of the others those first that run little else.
        cases.sort(key=lambda case: (case.about != mine, len(self._run[case])))
        return self._noticed_by(faulty, sql, cases)

    def _noticed_by(self, warehouse: Path, sql: Sql, cases: list) -> str:
        for case in cases:
            with self._copy_of(warehouse) as connection:
                late = Timer(_SECONDS, connection.interrupt)
                late.start()
                try:
                    failure = failure_of(connection, case, sql)
                except (duckdb.Error, KeyError):
                    return case.name
                finally:
                    late.cancel()
                if failure is not None:
                    return case.name
        return ""

    @contextmanager
    def _copy_of(self, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        with _connected(shutil.copy(path, self._folder / "copy.duckdb")) as connection:
            yield connection


@contextmanager
def _connected(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    # not open_warehouse: it is set up already
    with duckdb.connect(path, config={"threads": 1}) as connection:  # noqa: TID251
        connection.execute("set timezone = 'UTC'")
        yield connection


def _runs(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    try:
        connection.execute(sql)
    except duckdb.Error:
        return False
    return True
