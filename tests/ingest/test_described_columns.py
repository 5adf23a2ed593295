"""What a survey's description says of a column goes before what a file says of it."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from stellarwh.catalogues.table import FileColumn
from stellarwh.ingest.resolve import plan_survey
from stellarwh.surveys.known import read_survey


def test_the_description_says_what_a_column_is():
    survey = read_survey("lamost")
    first = survey.columns[0]
    told = replace(first, unit="K", ucd="phys.temperature", description="how hot")
    silent = replace(first, unit="", ucd="", description="")
    file = [
        FileColumn(i, column.name, pa.float64(), "mK", "phys.veloc", "in the file")
        for i, column in enumerate(survey.columns)
    ]
    found = {}
    for declared in (told, silent):
        described = replace(survey, columns=(declared, *survey.columns[1:]))
        planned = plan_survey(described, Path("t.fits"), file).columns[0]
        found[declared is told] = (planned.unit, planned.ucd, planned.description)
    assert found[True] == ("K", "phys.temperature", "how hot")
    # Units and words are those of the description alone; a UCD is the file's then.
    assert found[False] == ("", "phys.veloc", "")
