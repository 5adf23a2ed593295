"""The functions are those of the standard, of the VO's catalogue, and macros."""

import re

import pytest

from stellarwh.adql.functions import FEATURES, FUNCTIONS, GEOMETRY_URI, UDF_URI
from stellarwh.adql.words import RESERVED

# REC-ADQL-2.1, tables of section 2.3, and 4.2: by hand.
MATHEMATICS = """
    ABS CEILING DEGREES EXP FLOOR LOG LOG10 MOD PI POWER RADIANS RAND ROUND SQRT
    TRUNCATE ACOS ASIN ATAN ATAN2 COS COT SIN TAN
"""
GEOMETRY = """
    AREA BOX CENTROID CIRCLE CONTAINS COORD1 COORD2 COORDSYS DISTANCE INTERSECTS POINT
    POLYGON REGION
"""
# Catalogue of ADQL User Defined Functions 1.2, but for ivo_simbadpoint: how many
# arguments each takes.
CATALOGUE = {
    "ivo_healpix_index": {3, 2},
    "ivo_healpix_center": {2},
    "ivo_epoch_prop_pos": {8},
    "ivo_geom_transform": {3},
    "ivo_to_jd": {1},
    "ivo_to_mjd": {1},
    "ivo_string_agg": {2},
    "ivo_nocasematch": {2},
    "ivo_hasword": {2},
    "ivo_hashlist_has": {2},
    "ivo_histogram": {4},
    "ivo_normal_random": {2},
    "ivo_interval_overlaps": {4},
    "ivo_hms_to_degrees": {1},
    "ivo_dms_to_degrees": {1},
}


def of(feature):
    return {f.name for f in FUNCTIONS.values() if f.feature == feature}


def test_the_functions_of_the_standard_are_there():
    assert of("") == set(MATHEMATICS.split())
    assert of(GEOMETRY_URI) == set(GEOMETRY.split())
    for feature in set(FEATURES) & {f.feature for f in FUNCTIONS.values()}:
        assert of(feature) <= set(FEATURES[feature])


def test_the_functions_of_the_catalogue_are_there():
    found = {
        name: {len(form.arguments) for form in function.forms}
        for name, function in FUNCTIONS.items()
        if name.startswith("ivo_")
    }
    assert found == CATALOGUE


def test_the_others_are_macros_with_as_many_arguments(repository):
    macros = {}
    for file in (repository / "sql/macros").glob("*.sql"):
        text = file.read_text("utf-8")
        for name, arguments in re.findall(r"replace macro (\w+)\(([^)]*)\)", text):
            macros[name] = len(arguments.split(",")) if arguments.strip() else 0
    others = of(UDF_URI) - set(CATALOGUE)
    assert len(others) > 30
    for name in others:
        (form,) = FUNCTIONS[name].forms
        assert macros[name] == len(form.arguments), name


def test_own_names_are_reserved_and_others_are_not():
    for function in FUNCTIONS.values():
        is_user_defined = function.feature == UDF_URI
        assert (function.name.upper() in RESERVED) is not is_user_defined


# Signatures of REC-ADQL-2.1, 4.3.2.
SIGNATURE = re.compile(
    r"\w+\(([A-Za-z]\w* [A-Z]+(, [A-Za-z]\w* [A-Z]+)*)?\) -> [A-Z]+(\[\])?"
)


@pytest.mark.parametrize("feature", [UDF_URI, GEOMETRY_URI])
def test_signatures_are_written_as_capabilities_have_them(feature):
    for function in FUNCTIONS.values():
        if function.feature == feature:
            assert function.description.endswith(".")
            for signature in function.signatures:
                assert SIGNATURE.fullmatch(signature)
