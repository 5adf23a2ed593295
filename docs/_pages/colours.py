"""The colours and the type of the report, for the site."""

from pathlib import Path

from stellarwh.content import content_dir

_END = "* { box-sizing"  # what comes before it says which colours there are


def write(path: Path) -> None:
    """Write the variables of the report's style sheet into a file of their own."""
    report = content_dir("sql").parent / "stellarwh/report/templates/report.css"
    variables, end, _ = report.read_text(encoding="utf-8").partition(_END)
    if not end:
        raise ValueError(f"{report} has no line '{_END}' behind its variables.")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != variables:
        path.write_text(variables, encoding="utf-8")
