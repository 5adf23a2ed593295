"""Conditions on the sky, written so that DuckDB finds what they ask for.

A great-circle distance is computed of every row, or of every pair of rows. What stands
beside it here is no condition of its own: it follows from the other one, and lets
DuckDB leave out most rows (a range of right ascension and declination, in a table that
is clustered by HEALPix); of pairs of rows, `pairs` lets it compare those of one bucket.
"""

import math
from dataclasses import replace

from stellarwh.adql.writing.values import Kind, Near, Value, called, computed, constant

__all__ = ["bounding_cone", "degrees", "near", "separation", "within_cone"]

# Beyond these a cone holds a pole, or nearly.
_POLAR = 89.999
_LONGITUDES = ("pos.eq.ra", "pos.galactic.lon")


def separation(left: Value, right: Value) -> Value:
    """Return the angle between two points in degrees."""
    coordinates = [left.part(0), left.part(1), right.part(0), right.part(1)]
    angle = called(
        lambda given: f"(angular_separation({', '.join(given)}) / 3600::double)",
        coordinates,
        unit="deg",
        copies=8,
    )
    return replace(
        angle,
        near=Near(left, right),
        column=replace(angle.column, ucd="pos.angDistance"),
    )


def near(apart: Near, radius: Value, *, closed: bool = True) -> Value:
    """Return the condition that two points lie within a radius of each other.

    Parameters
    ----------
    apart : Near
        The points.
    radius : Value
        In degrees.
    closed : bool
        Whether those at the radius itself do.
    """
    angle = separation(apart.left, apart.right)
    sign = "<=" if closed else "<"
    parts = [f"{angle.sql} {sign} {radius.sql}"]
    for centre, point in ((apart.left, apart.right), (apart.right, apart.left)):
        at = centre.region and centre.region.constants
        if at and radius.constant is not None and not point.part(0).constant:
            parts[:0] = _ranges(at[0], at[1], float(radius.constant), point)
            break
    else:
        if _of_two_sources(apart) and radius.constant is None:
            parts.insert(0, _band(apart, radius))
    condition = computed(
        f"({' and '.join(parts)})", angle, radius, kind=Kind.TRUTH, copies=2
    )
    return replace(
        condition,
        near=Near(apart.left, apart.right, radius),
        exact=f"({angle.sql} {sign} {radius.sql})",
    )


def _of_two_sources(apart: Near) -> bool:
    left, right = apart.left.reads, apart.right.reads
    return len(left) == len(right) == 1 and left != right


def _band(apart: Near, radius: Value) -> str:
    """Return the range of declination of a pair whose radius each row has."""
    latitude = apart.left.part(1).sql
    reach = f"{radius.sql} + 1e-9::double"
    return (
        f"{apart.right.part(1).sql} between {latitude} - ({reach}) "
        f"and {latitude} + ({reach})"
    )


def _ranges(lon: float, lat: float, radius: float, point: Value) -> list[str]:
    """Return the ranges that a cone lies in, of a point's coordinates as they are.

    Right ascensions may be in -180..180 or 0..360; where a cone reaches across either
    end, that is a range more. The largest difference in right ascension is that of the
    tangent from the pole to the circle: sin(difference) = sin(radius) / cos(dec).
    """
    if not (math.isfinite(lon) and abs(lat) <= 90 and 0 <= radius < 180):
        return []
    longitude, latitude = point.part(0), point.part(1)
    if not (longitude.is_column and latitude.is_column):
        return []
    south, north = lat - radius - 1e-9, lat + radius + 1e-9
    found = [f"{latitude.sql} between {south!r}::double and {north!r}::double"]
    if abs(lat) + radius < _POLAR:
        sine = math.sin(math.radians(radius)) / math.cos(math.radians(lat))
        width = math.degrees(math.asin(min(sine, 1.0))) * 1.000001 + 1e-9
        if width < 90:
            first = lon % 360 - width
            ends = [(first + turn, first + 2 * width + turn) for turn in (0, -360, 360)]
            ranges = " or ".join(
                f"{longitude.sql} between {low!r}::double and {high!r}::double"
                for low, high in ends
                if high >= -180 and low <= 360
            )
            # What is computed may lie beyond.
            if not longitude.column.ucd.startswith(_LONGITUDES):
                ranges += f" or {longitude.sql} < -180 or {longitude.sql} > 360"
            found.append(f"({ranges})")
    return found


def bounding_cone(corners: tuple[float, ...]) -> tuple[float, float, float] | None:
    """Return centre and radius in degrees of a cone around corners; None if none is.

    Parameters
    ----------
    corners : tuple of float
        Longitude and latitude of each in turn, degrees.
    """
    vectors = [
        (math.cos(b) * math.cos(a), math.cos(b) * math.sin(a), math.sin(b))
        for a, b in (
            (math.radians(corners[i]), math.radians(corners[i + 1]))
            for i in range(0, len(corners), 2)
        )
    ]
    x, y, z = (sum(axis) for axis in zip(*vectors, strict=True))
    length = math.hypot(x, y, z)
    if length < 1e-6:
        return None
    centre = (x / length, y / length, z / length)
    least = min(sum(p * q for p, q in zip(centre, v, strict=True)) for v in vectors)
    radius = math.degrees(math.acos(max(-1.0, min(1.0, least)))) + 1e-6
    # A cone of less than half the sky holds the arcs between any two of its points.
    if radius >= 89:
        return None
    return math.degrees(math.atan2(y, x)), math.degrees(math.asin(centre[2])), radius


def within_cone(point: Value, cone: tuple[float, float, float]) -> list[str]:
    """Return ranges that hold wherever a point lies in a cone of `bounding_cone`."""
    return _ranges(*cone, point)


def degrees(value: float) -> Value:
    """Return an angle of so many degrees."""
    return replace(constant(value), column=replace(constant(value).column, unit="deg"))
