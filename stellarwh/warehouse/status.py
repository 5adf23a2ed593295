"""Say what a warehouse holds, in lines for a terminal."""

from pathlib import Path

import duckdb

from stellarwh.quoting import quote_table
from stellarwh.surveys.known import staged_surveys, survey_names
from stellarwh.warehouse.declared import DeclaredCatalogue, read_declared
from stellarwh.warehouse.files.warehouse_file import stored_size
from stellarwh.warehouse.freshness import stale_surveys
from stellarwh.warehouse.scale_facts import scale_in_use
from stellarwh.warehouse.seals import origins
from stellarwh.warehouse.spectra_facts import spectra_facts
from stellarwh.warehouse.stale_pairs import changed_catalogues, said
from stellarwh.warehouse.tables import count_rows, table_names

_FILES = 4


def describe_warehouse(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Return what is in the warehouse, line by line.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    path : Path
        Its file.
    """
    size = stored_size(path)
    told = "not stored yet" if size is None else f"{size / 1e6:.1f} MB"
    lines = [f"{path}  ({told})"]
    ingests = _ingests(connection)
    spectra = [fact.words for fact in spectra_facts(connection)]
    what = "No catalogue" if spectra else "Nothing"
    lines += ingests or [f"{what} is ingested yet; run 'stellarwh ingest SURVEY FILE'."]
    lines += spectra
    lines += _build(connection)
    lines += _runs(connection)
    return lines


def _ingests(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select survey, sum(rows)::bigint, max(columns), max(release), "
        "count(*), count_if(is_simulated), list(file order by ingest_id), "
        "max(ingested_at) from meta.ingests group by survey order by survey"
    ).fetchall()
    raw_only = set(survey_names()) - set(staged_surveys())
    outdated = changed_catalogues(connection)
    declared = read_declared(connection)
    return [
        f"  raw.{survey}: {count:,} rows x {columns} columns, "
        f"{release or 'release not recognised'}"
        f"{_simulated(simulated, n)}, "
        f"from {_listed(files)} on {at:%Y-%m-%d %H:%M}"
        f"{' (raw table only: no view reads it)' if survey in raw_only else ''}"
        f"{_declared(declared.get(survey))}"
        f"{_changed(count, count_rows(connection, f'raw.{survey}'))}"
        f"{_outdated(outdated.get(survey))}"
        for survey, count, columns, release, n, simulated, files, at in rows
    ]


def _simulated(simulated: int, files: int) -> str:
    if not simulated:
        return ""
    return ", SIMULATED" if simulated == files else f", {simulated} files SIMULATED"


def _listed(files: list[str]) -> str:
    """Return the files of a table; folders only where names alone tell too little."""
    if len(files) == 1:
        return files[0]
    names = [Path(file).name for file in files]
    shown = ", ".join((names if len(set(names)) == len(names) else files)[:_FILES])
    more = len(files) - _FILES
    listed = f"{shown} and {more} more" if more > 0 else shown
    return f"{len(files)} files ({listed}), the last"


def _declared(catalogue: DeclaredCatalogue | None) -> str:
    """Return which columns of a catalogue are which of main.measurements."""
    if catalogue is None:
        return ""
    pairs = (
        f"{of.name} = {of.column}"
        + ("" if of.factor == 1 else f" ({of.unit}) x {of.factor:g}")
        for of in catalogue.columns.values()
    )
    return f"; declared: {', '.join(pairs)}"


def _changed(read: int, there: int | None) -> str:
    """Return what to say where a raw table is no longer as it was read."""
    if there == read:
        return ""
    now = "the table is gone" if there is None else f"it has {there:,} rows"
    return f"; CHANGED SINCE: {now}"


def _outdated(catalogues: list[str] | None) -> str:
    if not catalogues:
        return ""
    return f"; STALE: of files that {said(catalogues)} had before; match again"


def _build(connection: duckdb.DuckDBPyConnection) -> list[str]:
    built = connection.execute("select max(built_at) from meta.builds").fetchone()
    if built is None or built[0] is None:
        return ["The views are not built; run 'stellarwh build'."]
    lines = [f"Built on {built[0]:%Y-%m-%d %H:%M}."]
    stale = stale_surveys(connection)
    if stale:
        lines.append(
            f"STALE: that build is of other data: {'; '.join(stale)}; "
            "run 'stellarwh build'."
        )
    known = {str(table) for table in table_names(connection)}
    for table in ("main.stars", "main.measurements", "matching.matches"):
        if table in known:
            counted = connection.execute(
                f"select count(*) from {quote_table(table)}"  # noqa: S608 - our names
            ).fetchone()
            lines.append(f"  {table}: {counted[0] if counted else 0:,} rows")
        else:
            lines.append(f"  {table} is MISSING; run 'stellarwh build'.")
    scale = scale_in_use(connection)
    if scale is not None:
        lines.append(scale.words)
    return lines


def _runs(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select task, count(*), arg_max(run_id, created_at), "
        "arg_max(estimator, created_at), max(created_at) "
        "from ml.runs group by task order by task"
    ).fetchall()
    if not rows:
        return ["No training runs yet; run 'stellarwh train'."]
    told = _provenance_of_runs(connection)
    sealed = origins(connection)
    return [
        f"  task {task}: {runs} run{'s' if runs > 1 else ''}, latest {run_id} "
        f"({estimator}, {at:%Y-%m-%d %H:%M}), {sealed[run_id].words}"
        f"{told.get(run_id, '')}"
        for task, runs, run_id, estimator, at in rows
    ]


def _provenance_of_runs(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return in words what is to be known of the data of each run."""
    try:
        rows = connection.execute(
            "select run_id, is_simulated, is_stale, simulated_surveys, "
            "replaced_surveys from main.run_provenance"
        ).fetchall()
    except duckdb.CatalogException:  # never built, or by an earlier version
        return {}
    found = {}
    for run_id, is_simulated, is_stale, simulated, replaced in rows:
        words = []
        if is_simulated:
            words.append(f"learned from SIMULATED {', '.join(simulated)}")
        if is_stale is None:
            words.append("it is not recorded what it learned from")
        elif is_stale:
            words.append(
                f"STALE: {', '.join(replaced)} replaced since; train and predict again"
            )
        found[run_id] = "".join(f", {word}" for word in words)
    return found
