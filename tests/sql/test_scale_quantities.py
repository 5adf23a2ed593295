"""The quantities that surveys share, where SQL must list them more than once."""

import re

from stellarwh.content import content_dir

OF_EACH = ("", "_err", "_n_surveys", "_chi2", "_sources", "_in_range")


def test_parameters_has_every_quantity_that_is_measured(built):
    sql = (content_dir("sql") / "marts/measured_values.sql").read_text("utf-8")
    quantities = re.findall(r"'quantity': '(\w+)'", sql)
    assert len(quantities) == len(set(quantities)) >= 22
    # Each value is of the column that it is called after, with the error of it.
    for quantity in quantities:
        listed = re.search(rf"'quantity': '{quantity}',(.*?)}}", sql, re.DOTALL)
        assert listed is not None
        assert re.findall(r"'(\w+)': (\w+)", listed[1]) == [
            ("measured", quantity),
            ("measured_err", f"{quantity}_err"),
        ]
    columns = [row[0] for row in built.execute("describe main.parameters").fetchall()]
    assert columns[:3] == ["star_id", "gaia_dr3_source_id", "ra"]
    assert columns[6:8] == ["snr", "disagreeing"]
    assert columns[8:] == [f"{q}{end}" for q in quantities for end in OF_EACH]
