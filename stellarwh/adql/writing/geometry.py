"""Geometries of the sky: their making, and what holds between two of them.

Coordinates are ICRS degrees. The sides of a polygon are great circles, and its inside
is the smaller of the two parts into which they cut the sky, whichever way its corners
go.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from stellarwh.adql.tables import Column
from stellarwh.adql.writing import sky
from stellarwh.adql.writing.values import (
    Kind,
    Near,
    Value,
    called,
    computed,
    constant,
    must_be,
    region,
)
from stellarwh.errors import AdqlError

__all__ = ["GEOMETRY", "named"]

# Frames that are ICRS to better than 0.03 arcsec, or say nothing.
_ICRS = {"", "ICRS", "FK5", "J2000", "UNKNOWNFRAME", "UNKNOWN"}
_GALACTIC = {"GALACTIC", "GALACTIC_II", "GAL"}


def named(name: str) -> Callable[[Sequence[str]], str]:
    """Return what writes a call of a macro."""
    return lambda given: f"{name}({', '.join(given)})"


def _coordinates(name: str, values: Sequence[Value]) -> tuple[list[Value], bool]:
    """Return arguments without their system, and whether they are Galactic."""
    if values and values[0].kind is Kind.TEXT:
        text = values[0].text
        if text is None:
            raise AdqlError(f"The coordinate system of {name} must be a text itself.")
        frame = (text.upper().split() or [""])[0]
        if frame in _GALACTIC:
            return list(values[1:]), True
        if frame not in _ICRS:
            raise AdqlError(
                f"{name}: coordinates are ICRS or GALACTIC here, not {text!r}."
            )
        return list(values[1:]), False
    return list(values), False


def turned(lon: Value, lat: Value) -> tuple[Value, Value]:
    """Return a Galactic position in ICRS."""
    # The macros take -180 to 360, as what lies beyond is no position in a catalogue.
    if lon.constant is not None:
        lon = sky.degrees(lon.constant % 360)
    return (
        called(named("ra_of_galactic"), [lon, lat], unit="deg", copies=4),
        called(named("dec_of_galactic"), [lon, lat], unit="deg", copies=6),
    )


def _number(value: Value, name: str) -> Value:
    return must_be(value, Kind.NUMBER, of=name)


def point(values: Sequence[Value]) -> Value:
    """Return POINT(lon, lat)."""
    (lon, lat), is_galactic = _coordinates("POINT", values)
    lon, lat = _number(lon, "POINT"), _number(lat, "POINT")
    if lat.constant is not None and abs(lat.constant) > 90:
        raise AdqlError(
            f"POINT: {lat.constant:g} is no declination; these end at -90 and 90."
        )
    return region(Kind.POINT, *(turned(lon, lat) if is_galactic else (lon, lat)))


def _centre(name: str, values: list[Value], sizes: int) -> tuple[Value, list[Value]]:
    """Return a point and the sizes behind it, however the point is written."""
    given, is_galactic = _coordinates(name, values)
    if len(given) == sizes + 1:
        centre = must_be(given[0], Kind.POINT, of=name)
    else:
        lon, lat = given[:2]
        at = turned(lon, lat) if is_galactic else (lon, lat)
        centre = point(list(at))
    return centre, [_number(value, name) for value in given[-sizes:]]


def circle(values: Sequence[Value]) -> Value:
    """Return CIRCLE(lon, lat, radius), or of a point and a radius."""
    centre, (radius,) = _centre("CIRCLE", list(values), 1)
    if radius.constant is not None and not 0 <= radius.constant <= 180:
        raise AdqlError(
            f"CIRCLE: a radius is 0 to 180 degrees, and this is {radius.constant:g}."
        )
    return region(Kind.CIRCLE, centre.part(0), centre.part(1), radius)


def polygon(values: Sequence[Value]) -> Value:
    """Return POLYGON of coordinates, or of points."""
    given, is_galactic = _coordinates("POLYGON", values)
    if given and given[0].kind is Kind.POINT:
        points = [must_be(value, Kind.POINT, of="POLYGON") for value in given]
        return region(
            Kind.POLYGON, *(v for p in points for v in (p.part(0), p.part(1)))
        )
    if len(given) < 6 or len(given) % 2:
        raise AdqlError("POLYGON takes three corners or more, two numbers for each.")
    numbers = [_number(value, "POLYGON") for value in given]
    if is_galactic:
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        numbers = [value for lon, lat in pairs for value in turned(lon, lat)]
    return region(Kind.POLYGON, *numbers)


def box(values: Sequence[Value]) -> Value:
    """Return BOX(lon, lat, width, height), or of a point and two sizes.

    Its sides are great circles at right angles to the ends of a cross around its centre
    (ADQL 2.1, 4.2.10): in a gnomonic projection from there it is a rectangle.
    """
    given, is_galactic = _coordinates("BOX", values)
    # Its sides follow the frame that its centre is written in.
    is_galactic = is_galactic and len(given) == 4
    centre, sizes = _centre("BOX", given, 2)
    numbers = [centre.part(0), centre.part(1), *sizes]
    known = [value.constant for value in numbers]
    if any(number is None for number in known):
        if is_galactic:
            raise AdqlError("BOX: in GALACTIC it takes numbers, not columns.")
        made = called(named("sky_box"), numbers, kind=Kind.POLYGON, copies=8)
        return replace(made, column=Column("", unit="deg", xtype="polygon"))
    lon, lat, width, height = (float(number) for number in known if number is not None)
    if not (0 < width < 180 and 0 < height < 180):
        raise AdqlError(
            "BOX: width and height are more than 0 and less than 180 degrees."
        )
    corners = []
    for east, north in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x = east * math.tan(math.radians(width / 2))
        y = north * math.tan(math.radians(height / 2))
        sine, cosine = math.sin(math.radians(lat)), math.cos(math.radians(lat))
        corners.append(math.degrees(math.atan2(x, cosine - y * sine)) + lon)
        corners.append(
            math.degrees(
                math.atan2(sine + y * cosine, math.hypot(x, cosine - y * sine))
            )
        )
    placed = [sky.degrees(corner) for corner in corners]
    if is_galactic:
        pairs = zip(placed[::2], placed[1::2], strict=True)
        placed = [value for lon, lat in pairs for value in turned(lon, lat)]
    return region(Kind.POLYGON, *placed)


_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[-+.0-9][-+.0-9eE]*")


def stcs(values: Sequence[Value]) -> Value:
    """Return REGION of a text in STC-S: one position, circle, box or polygon."""
    (value,) = values
    if value.text is None:
        raise AdqlError("REGION takes a text itself, as 'CIRCLE ICRS 10 20 1'.")
    words = _WORD.findall(value.text)
    numbers: list[str] = []
    while words and not words[-1][0].isalpha():
        numbers.insert(0, words.pop())
    shape, *frame = [word.upper() for word in words] or [""]
    makers = {"POSITION": point, "POINT": point, "CIRCLE": circle, "BOX": box}
    makers["POLYGON"] = polygon
    counts = {"POSITION": 2, "POINT": 2, "CIRCLE": 3, "BOX": 4}
    try:
        coordinates = [sky.degrees(float(word)) for word in numbers]
    except ValueError:
        coordinates = []
    if shape not in makers or counts.get(shape, len(coordinates)) != len(coordinates):
        raise AdqlError(
            "REGION takes one shape of STC-S: POSITION, CIRCLE, BOX or POLYGON with "
            "its frame and its numbers, as 'CIRCLE ICRS 10 20 1'."
        )
    system = Value("''", Kind.TEXT, text=" ".join(frame[:1]))
    return makers[shape]([system, *coordinates])


def _holds(condition: Value) -> Value:
    """Return 1 where a condition holds, 0 where it does not."""
    told = condition.exact or condition.sql
    made = computed(f"(case {told} when true then 1 when false then 0 end)", condition)
    return replace(made, condition=condition)


def distance(values: Sequence[Value]) -> Value:
    """Return DISTANCE of two points, or of four coordinates, in degrees."""
    if len(values) == 4:
        values = [point(values[:2]), point(values[2:])]
    left, right = (must_be(value, Kind.POINT, of="DISTANCE") for value in values)
    return sky.separation(left, right)


def contains(values: Sequence[Value]) -> Value:
    """Return CONTAINS(inner, outer): 1 if one lies in the other, edge included."""
    inner, outer = (_region(value, "CONTAINS") for value in values)
    if outer.kind is Kind.POINT:
        if inner.kind is not Kind.POINT:
            # No region lies in a point; where one is missing it is not known.
            nowhere = "(len({0}) + len({1}) < 0)"
            return _holds(_told(nowhere, inner, outer))
        return _holds(sky.near(Near(inner, outer), constant(0.0)))
    if outer.kind is Kind.CIRCLE:
        if inner.kind is Kind.POINT:
            return _holds(sky.near(Near(inner, _middle(outer)), outer.part(2)))
        if inner.kind is Kind.CIRCLE:
            apart = sky.separation(_middle(inner), _middle(outer))
            reach = f"{apart.sql} + {inner.part(2).sql} <= {outer.part(2).sql}"
            return _holds(_truth(f"({reach})", inner, outer))
        # The corners tell, as long as the circle is no larger than half the sky.
        return _holds(_told("circle_holds_polygon({0}, {1})", outer, inner))
    if inner.kind is Kind.POINT:
        return _holds(_in_polygon(inner, outer))
    name = (
        "polygon_holds_circle" if inner.kind is Kind.CIRCLE else "polygon_holds_polygon"
    )
    return _holds(_told(name + "({0}, {1})", outer, inner))


def intersects(values: Sequence[Value]) -> Value:
    """Return INTERSECTS(a, b): 1 if they share a point, on an edge included."""
    left, right = (_region(value, "INTERSECTS") for value in values)
    if left.kind is Kind.POINT:
        return contains([left, right])
    if right.kind is Kind.POINT:
        return contains([right, left])
    if left.kind is Kind.CIRCLE and right.kind is Kind.CIRCLE:
        apart = sky.separation(_middle(left), _middle(right))
        reach = f"{apart.sql} <= {left.part(2).sql} + {right.part(2).sql}"
        return _holds(_truth(f"({reach})", left, right))
    if left.kind is Kind.CIRCLE:
        left, right = right, left
    name = (
        "polygon_meets_circle" if right.kind is Kind.CIRCLE else "polygon_meets_polygon"
    )
    return _holds(_told(name + "({0}, {1})", left, right))


def _truth(sql: str, *values: Value) -> Value:
    return computed(sql, *values, kind=Kind.TRUTH, copies=2)


def _told(template: str, *values: Value) -> Value:
    """Return what a macro tells of regions."""
    return called(
        lambda given: template.format(*given), values, kind=Kind.TRUTH, copies=12
    )


def _region(value: Value, name: str) -> Value:
    if value.kind is Kind.UNKNOWN or not value.kind.is_region:
        raise AdqlError(f"{name} takes geometries, and was given a {value.kind.value}.")
    return value


def _middle(value: Value) -> Value:
    """Return the centre of a circle."""
    return region(Kind.POINT, value.part(0), value.part(1))


def _in_polygon(inner: Value, outer: Value) -> Value:
    corners = outer.region and outer.region.constants
    cone = sky.bounding_cone(corners) if corners else None
    parts = sky.within_cone(inner, cone) if cone else []
    sides = _half_spaces(inner, corners) if cone and corners else []
    places = [outer, inner.part(0), inner.part(1)]
    held = _told("polygon_holds({0}, {1}, {2})", *places)
    parts += sides or [held.sql]
    return replace(
        _truth(f"({' and '.join(parts)})", inner, outer), exact=f"({held.sql})"
    )


def _half_spaces(inner: Value, corners: tuple[float, ...]) -> list[str]:
    """Return the conditions of the sides of a convex polygon; none if it is not."""
    vectors = [
        _vector(corners[at], corners[at + 1]) for at in range(0, len(corners), 2)
    ]
    sides = [
        _cross(one, vectors[(at + 1) % len(vectors)]) for at, one in enumerate(vectors)
    ]
    products = [
        sum(p * q for p, q in zip(side, corner, strict=True))
        for at, side in enumerate(sides)
        for place, corner in enumerate(vectors)
        if place not in (at, (at + 1) % len(vectors))
    ]
    # Of less than a millionth it is not told on which side a corner lies.
    if min(map(abs, products)) < 1e-9:
        return []
    if max(products) < 0:
        sides = [(-x, -y, -z) for x, y, z in sides]
    elif min(products) < 0:
        return []
    lon, lat = inner.part(0).sql, inner.part(1).sql
    x = f"cos(radians({lat})) * cos(radians({lon}))"
    y = f"cos(radians({lat})) * sin(radians({lon}))"
    z = f"sin(radians({lat}))"
    return [
        f"({a!r}::double * {x} + {b!r}::double * {y} + {c!r}::double * {z} "
        f">= -1e-15::double)"
        for a, b, c in sides
    ]


def _vector(lon: float, lat: float) -> tuple[float, float, float]:
    a, b = math.radians(lon), math.radians(lat)
    return math.cos(b) * math.cos(a), math.cos(b) * math.sin(a), math.sin(b)


def _cross(
    a: tuple[float, float, float], b: tuple[float, float, float]
) -> tuple[float, float, float]:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def area(values: Sequence[Value]) -> Value:
    """Return AREA in square degrees."""
    value = _region(values[0], "AREA")
    unit = "deg**2"
    if value.kind is Kind.POINT:
        return computed(
            f"(case when {value.sql} is not null then 0::double end)", value, unit=unit
        )
    if value.kind is Kind.CIRCLE:
        return computed(f"circle_area({value.part(2).sql})", value, unit=unit)
    return called(named("polygon_area"), [value], unit=unit, copies=8)


def centroid(values: Sequence[Value]) -> Value:
    """Return CENTROID: the centre of a circle, of a polygon that of its area."""
    value = _region(values[0], "CENTROID")
    if value.kind is Kind.POINT:
        return value
    if value.kind is Kind.CIRCLE:
        return _middle(value)
    made = computed(f"polygon_centroid({value.sql})", value, kind=Kind.POINT, copies=8)
    return replace(made, column=Column("", unit="deg", ucd="pos", xtype="point"))


def coordinate(at: int, values: Sequence[Value]) -> Value:
    """Return COORD1 or COORD2 of a point, in degrees."""
    name = f"COORD{at + 1}"
    return must_be(values[0], Kind.POINT, of=name).part(at)


def coordinate_system(values: Sequence[Value]) -> Value:
    """Return COORDSYS: all geometries are ICRS."""
    value = _region(values[0], "COORDSYS")
    return computed(
        f"(case when {value.sql} is not null then 'ICRS' end)", value, kind=Kind.TEXT
    )


GEOMETRY = {
    "POINT": point,
    "CIRCLE": circle,
    "POLYGON": polygon,
    "BOX": box,
    "REGION": stcs,
    "DISTANCE": distance,
    "CONTAINS": contains,
    "INTERSECTS": intersects,
    "AREA": area,
    "CENTROID": centroid,
    "COORD1": lambda values: coordinate(0, values),
    "COORD2": lambda values: coordinate(1, values),
    "COORDSYS": coordinate_system,
}
