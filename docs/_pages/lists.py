"""Pages of what is data: flags, the glossary, checks, recipes, figures."""

import csv
from collections import defaultdict
from pathlib import Path

from _pages.text import code, entry, folded, page, plain, table
from stellarwh.content import content_dir
from stellarwh.report.figures.known import FIGURES
from stellarwh.warehouse.sql_files import read_header


def pages() -> dict[str, str]:
    """Return the pages, by their names."""
    return {
        "glossary": _glossary(),
        "flags": _flags(),
        "checks": _checks(),
        "cookbook": _cookbook(),
        "figures": _figures(),
    }


def _rows(name: str) -> list[dict[str, str]]:
    with (content_dir("sql") / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _glossary() -> str:
    rows = [
        (
            code(row["name"]),
            plain(row["unit"]),
            code(row["ucd"]),
            plain(row["description"]),
        )
        for row in _rows("columns.csv")
    ]
    return page(
        "Glossary of columns",
        "A name means the same in every view and table but the raw ones, which have "
        "the names of their publishers.",
        table(("name", "unit", "UCD", "description"), rows),
    )


def _flags() -> str:
    flags = defaultdict(list)
    for row in _rows("flag_bits.csv"):
        flags[row["survey"], row["flag"]].append(
            (
                row["bit"],
                code(row["name"]),
                row["severity"],
                "yes" if row["rejects"] == "true" else "",
                plain(row["description"]),
            )
        )
    return page(
        "Flag bits",
        "`has_flag(survey, flag, value, name)` and `flag_names(survey, flag, value)` "
        "read them in SQL. A row with a bit that rejects is not clean.",
        *(
            entry(
                f"flag-{survey}-{flag}",
                f"{survey}: {plain(flag)}",
                table(("bit", "name", "severity", "rejects", "description"), rows),
            )
            for (survey, flag), rows in flags.items()
        ),
    )


def _checks() -> str:
    parts = []
    for path in sorted((content_dir("sql") / "checks").glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        description, fields = read_header(sql)
        parts.append(
            entry(
                f"check-{path.stem}",
                f"`{path.stem}`",
                f"*{fields.get('severity', 'fail')}*: {plain(description)}",
                folded("SQL", f"```sql\n{sql.strip()}\n```"),
            )
        )
    return page(
        "Checks",
        "`stellarwh check` runs them; each asks for the rows that break it, and "
        "`stellarwh check --rows NAME` lists these.",
        *parts,
    )


def _cookbook() -> str:
    topics = defaultdict(list)
    for path in sorted((content_dir("sql") / "cookbook").glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        description, fields = read_header(sql)
        title, _, rest = description.partition(". ")
        topics[fields["topic"]].append(
            f"(recipe-{path.stem})=\n\n### {plain(title.rstrip('.'))}\n\n{plain(rest)}"
            f"\n\n```sql\n{_body(sql)}\n```\n\n{_given(path)}"
        )
    return page(
        "Cookbook",
        "Queries to start from. What stands beside them they give of a simulated sky "
        "of 25,000 stars, the first rows at most; the report of a warehouse shows what "
        "they give there.",
        *(f"## {topic}\n\n" + "\n\n".join(parts) for topic, parts in topics.items()),
    )


def _given(recipe: Path) -> str:
    """Return the rows that a test holds the query to."""
    given = recipe.parent / "results" / f"{recipe.stem}.csv"
    count, _, rows = given.read_text(encoding="utf-8").partition("\n")
    head, *rest = csv.reader(rows.splitlines())
    shown = table(
        [plain(name) for name in head],
        [[plain(cell) for cell in row] for row in rest],
    )
    told = count.removeprefix("# ")
    return folded(f"Simulated: {'1 row' if told == '1 rows' else told}", shown)


def _body(sql: str) -> str:
    lines = sql.strip().splitlines()
    first = next(i for i, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(lines[first:])


def _figures() -> str:
    parts = []
    for name, figure in sorted(FIGURES.items()):
        taken = [
            (
                code(parameter.name),
                "yes" if parameter.is_required else "",
                plain(parameter.description),
                ", ".join(map(code, parameter.choices)),
            )
            for parameter in figure.parameters
        ]
        columns = [
            (code(column.name), plain(column.unit), plain(column.description))
            for column in figure.columns
        ]
        parts.append(
            entry(
                f"figure-{name}",
                f"`{name}`",
                f"{plain(figure.title)}. Reads "
                + ", ".join(f"[`{need}`](#{need})" for need in figure.needs)
                + ".",
                table(("parameter", "needed", "means", "one of"), taken)
                if taken
                else "",
                folded("Columns", table(("column", "unit", "description"), columns)),
            )
        )
    return page(
        "Figures",
        "What charts of the report are drawn from; `wh.figure(name, …)` gives the "
        "rows.",
        *parts,
    )
