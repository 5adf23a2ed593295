"""The functions that a query may call."""

from stellarwh.adql.signatures import Function, declared
from stellarwh.adql.user_functions import UDF_URI, USER_FUNCTIONS

__all__ = ["FEATURES", "FUNCTIONS", "GEOMETRY_URI", "UDF_URI"]

_FEATURE = "ivo://ivoa.net/std/TAPRegExt#features-"
GEOMETRY_URI = _FEATURE + "adqlgeo"

# The optional parts of ADQL that are no functions of the list below, as /capabilities
# names them.
FEATURES = {
    _FEATURE + "adql-string": ("LOWER", "UPPER", "ILIKE"),
    _FEATURE + "adql-sets": ("UNION", "EXCEPT", "INTERSECT"),
    _FEATURE + "adql-common-table": ("WITH",),
    _FEATURE + "adql-type": ("CAST",),
    _FEATURE + "adql-conditional": ("COALESCE",),
    _FEATURE + "adql-unit": ("IN_UNIT",),
    _FEATURE + "adql-offset": ("OFFSET",),
}

_NUMBER = "x DOUBLE -> DOUBLE"
_OWN = (
    declared("ABS", _NUMBER, "The absolute value."),
    declared("CEILING", _NUMBER, "The next whole number that is not less."),
    declared("DEGREES", _NUMBER, "An angle in radians, in degrees."),
    declared("EXP", _NUMBER, "The exponential function."),
    declared("FLOOR", _NUMBER, "The next whole number that is not greater."),
    declared("LOG", _NUMBER, "The natural logarithm."),
    declared("LOG10", _NUMBER, "The logarithm to base 10."),
    declared("MOD", "x DOUBLE, y DOUBLE -> DOUBLE", "The rest of x by y, sign of x."),
    declared("PI", "-> DOUBLE", "The number pi."),
    declared("POWER", "x DOUBLE, y DOUBLE -> DOUBLE", "x to the power of y."),
    declared("RADIANS", _NUMBER, "An angle in degrees, in radians."),
    declared("RAND", "-> DOUBLE; seed =INTEGER -> DOUBLE", "A number from 0 to 1."),
    declared(
        "ROUND",
        "x DOUBLE -> DOUBLE; x DOUBLE, n =INTEGER -> DOUBLE",
        "x rounded to n decimals.",
    ),
    declared("SQRT", _NUMBER, "The square root."),
    declared(
        "TRUNCATE",
        "x DOUBLE -> DOUBLE; x DOUBLE, n =INTEGER -> DOUBLE",
        "x cut after n decimals.",
    ),
    declared("ACOS", _NUMBER, "The arc cosine, in radians."),
    declared("ASIN", _NUMBER, "The arc sine, in radians."),
    declared("ATAN", _NUMBER, "The arc tangent, in radians."),
    declared("ATAN2", "y DOUBLE, x DOUBLE -> DOUBLE", "The angle of x, y, in radians."),
    declared("COS", _NUMBER, "The cosine of an angle in radians."),
    declared("COT", _NUMBER, "The cotangent of an angle in radians."),
    declared("SIN", _NUMBER, "The sine of an angle in radians."),
    declared("TAN", _NUMBER, "The tangent of an angle in radians."),
    declared(
        "LOWER", "x VARCHAR -> VARCHAR", "In lower case.", _FEATURE + "adql-string"
    ),
    declared(
        "UPPER", "x VARCHAR -> VARCHAR", "In upper case.", _FEATURE + "adql-string"
    ),
    declared(
        "IN_UNIT",
        "x DOUBLE, unit =VARCHAR -> DOUBLE",
        "A quantity in another unit.",
        _FEATURE + "adql-unit",
    ),
)


def _geometry(name: str, signatures: str, description: str) -> Function:
    return declared(name, signatures, description, GEOMETRY_URI)


_GEOMETRY = (
    _geometry("AREA", "geo REGION -> DOUBLE", "In square degrees."),
    _geometry(
        "BOX",
        "lon DOUBLE, lat DOUBLE, width DOUBLE, height DOUBLE -> POLYGON; "
        "centre POINT, width DOUBLE, height DOUBLE -> POLYGON",
        "A box around a position, in degrees.",
    ),
    _geometry("CENTROID", "geo REGION -> POINT", "The middle of a region."),
    _geometry(
        "CIRCLE",
        "lon DOUBLE, lat DOUBLE, radius DOUBLE -> CIRCLE; "
        "centre POINT, radius DOUBLE -> CIRCLE",
        "A circle around a position, in degrees.",
    ),
    _geometry(
        "CONTAINS", "inner REGION, outer REGION -> INTEGER", "1 if within, else 0."
    ),
    _geometry("COORD1", "place POINT -> DOUBLE", "The longitude, in degrees."),
    _geometry("COORD2", "place POINT -> DOUBLE", "The latitude, in degrees."),
    _geometry("COORDSYS", "geo REGION -> VARCHAR", "The frame of a region."),
    _geometry(
        "DISTANCE",
        "place1 POINT, place2 POINT -> DOUBLE; "
        "lon1 DOUBLE, lat1 DOUBLE, lon2 DOUBLE, lat2 DOUBLE -> DOUBLE",
        "The angle between two positions, in degrees.",
    ),
    _geometry("INTERSECTS", "geo1 REGION, geo2 REGION -> INTEGER", "1 if they meet."),
    _geometry("POINT", "lon DOUBLE, lat DOUBLE -> POINT", "A position, in degrees."),
    # Any number of corners above two; form_of knows.
    _geometry("POLYGON", "corner POINT -> POLYGON", "The region between corners."),
    _geometry("REGION", "stcs =VARCHAR -> REGION", "A region as STC-S writes it."),
)

# By their names in lower case, as case does not count. AVG, COUNT, MAX, MIN, SUM,
# CAST and COALESCE have a grammar of their own and are not here.
FUNCTIONS = {f.name.lower(): f for f in (*_OWN, *_GEOMETRY, *USER_FUNCTIONS)}
