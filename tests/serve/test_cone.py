"""Cone searches, against the angles that astropy has."""

import io
import subprocess
import warnings

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse
from astropy.table import Table

from tests.serve.conftest import GROUP, ask, votable

pytestmark = GROUP


def read(answer):
    assert answer.headers["content-type"].startswith("text/xml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of UCDs that the standard demands
        return parse(io.BytesIO(answer.content)).get_first_table()


@pytest.fixture(scope="module")
def stars(client):
    return votable(ask(client, "SELECT star_id, ra, dec FROM main.stars"))


@pytest.mark.parametrize("radius", [0.5, 5])
def test_cone_has_the_stars_that_are_within(client, stars, radius):
    places = SkyCoord(stars["ra"], stars["dec"])
    centre = places[0]
    within = places.separation(centre) <= radius * units.deg
    asked = {"RA": centre.ra.deg, "DEC": centre.dec.deg, "SR": radius}
    table = read(client.get("/scs", params=asked))
    assert sorted(map(int, table.array["star_id"])) == sorted(
        stars["star_id"][np.asarray(within)]
    )


def test_three_columns_are_told_as_the_standard_has_them(client):
    table = read(client.get("/scs", params={"ra": 0, "dec": 0, "sr": 0}))
    assert len(table.array) == 0
    kinds = {field.ucd: field for field in table.fields}
    assert kinds["POS_EQ_RA_MAIN"].datatype == "double"
    assert kinds["POS_EQ_DEC_MAIN"].datatype == "double"
    assert kinds["ID_MAIN"].datatype == "char"


def test_verbosity_chooses_columns(client):
    asked = {"RA": 0, "DEC": 0, "SR": 0}
    counts = [
        len(
            read(
                client.get("/scs/main.measurements", params={**asked, "VERB": n})
            ).fields
        )
        for n in (1, 2, 3)
    ]
    assert counts[0] == 3 < counts[1] < counts[2]
    by_name = client.get("/scs", params={**asked, "TABLE": "staging.apogee"})
    assert "source_id" in [field.name for field in read(by_name).fields]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"RA": 0, "DEC": 0}, "SR is missing"),
        ({"RA": "x", "DEC": 0, "SR": 1}, "RA=x is no number"),
        ({"RA": "nan", "DEC": 0, "SR": 1}, "RA=nan is no number"),
        ({"RA": 0, "DEC": 91, "SR": 1}, "DEC=91 is not between"),
        ({"RA": 0, "DEC": 0, "SR": 181}, "SR=181 is not between"),
        ({"RA": 0, "DEC": 0, "SR": 1, "TABLE": "main.strata"}, "main.strata"),
    ],
)
def test_what_is_wrong_is_told_as_the_standard_has_it(client, asked, said):
    answer = client.get("/scs", params=asked)
    assert answer.status_code == 200
    (info,) = parse(io.BytesIO(answer.content)).infos
    assert info.name == "Error"
    assert said in info.value


def test_stilts_finds_the_same(client, service, stilts, tmp_path, stars):
    place = tmp_path / "place.csv"
    place.write_text(f"ra,dec\n{stars['ra'][0]},{stars['dec'][0]}\n")
    out = tmp_path / "found.fits"
    words = ["serviceurl", "in", "ifmt", "ra", "dec", "sr", "out", "find"]
    values = [f"{service.url}/scs?", place, "csv", "ra", "dec", "5", out, "all"]
    given = [f"{word}={value}" for word, value in zip(words, values, strict=True)]
    subprocess.run([stilts, "coneskymatch", *given], check=True, timeout=120)
    places = SkyCoord(stars["ra"], stars["dec"])
    within = places.separation(places[0]) <= 5 * units.deg
    assert len(Table.read(out)) == within.sum()
