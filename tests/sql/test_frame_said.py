"""The numbers of the frame in the words of main.kinematics are those of the macros."""

import re

from stellarwh.content import content_dir


def test_the_header_of_kinematics_has_the_numbers_of_the_frame():
    sql = content_dir("sql")
    header = (sql / "marts/kinematics.sql").read_text().split("create or replace")[0]
    words = " ".join(header.replace("--", " ").split())
    macros = (sql / "macros/galactocentric.sql").read_text()
    place, velocity = (
        [float(x) for x in found[1].split(",")]
        for name in ("position", "velocity")
        if (found := re.search(rf"macro sun_{name}\(axis\) as \[([^]]*)\]", macros))
    )
    far = (place[0] ** 2 + place[2] ** 2) ** 0.5
    assert f"{', '.join(f'{v:g}' for v in velocity)} km/s" in words
    assert f"the centre {far:g} kpc away" in words
    assert f"{1000 * place[2]:g} pc above" in words
