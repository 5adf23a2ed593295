"""What ADQL's own functions, and those of the IVOA and ours, are in SQL."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from stellarwh.adql.tables import Column
from stellarwh.adql.user_functions import USER_FUNCTIONS
from stellarwh.adql.writing.geometry import GEOMETRY, named
from stellarwh.adql.writing.values import Kind, Value, called, computed, must_be, region
from stellarwh.errors import AdqlError

__all__ = ["CALLS", "Call"]

Call = Callable[[Sequence[Value]], Value]


def _plain(
    template: str, kind: Kind = Kind.NUMBER, unit: str = "", copies: int = 1
) -> Call:
    """Return a function of a template, in which ``{0}`` is its first argument."""

    def made(values: Sequence[Value]) -> Value:
        return called(
            lambda given: template.format(*given),
            values,
            kind=kind,
            unit=unit,
            copies=copies,
        )

    return made


def _kept(template: str, name: str) -> Call:
    """Return a function whose result has the unit of its first argument."""

    def made(values: Sequence[Value]) -> Value:
        sql = template.format(*(value.sql for value in values))
        found = computed(sql, *values, unit=values[0].unit)
        described = values[0].column.description
        about = f"{name} of: {described}" if described else ""
        return replace(found, column=replace(found.column, description=about))

    return made


# A number that is none (of log(-1)) would be larger than all others to DuckDB.
def _finite(template: str) -> Call:
    return _plain(f"nullif({template}, 'nan'::double)")


def _truth(template: str) -> Call:
    """Return a function that tells 1 where a condition holds, else 0."""

    def made(values: Sequence[Value]) -> Value:
        sql = template.format(*(value.sql for value in values))
        condition = computed(sql, *values, kind=Kind.TRUTH)
        number = computed(
            f"(case {sql} when true then 1 when false then 0 end)", condition
        )
        return replace(number, condition=condition)

    return made


def _of_text(name: str, template: str) -> Call:
    """Return a function from texts to texts."""

    def made(values: Sequence[Value]) -> Value:
        texts = [must_be(value, Kind.TEXT, of=name) for value in values]
        return _plain(template, Kind.TEXT)(texts)

    return made


def _places(template: str) -> Call:
    """Return ROUND or TRUNCATE, with or without a number of places."""

    def made(values: Sequence[Value]) -> Value:
        places = values[1].sql if len(values) > 1 else "0"
        sql = template.format(values[0].sql, places)
        if len(values) == 1:
            sql = template.replace(", {1}", "").format(values[0].sql)
        return computed(sql, *values, unit=values[0].unit)

    return made


# ADQL's own, but those of geometry, aggregates, CAST, COALESCE and IN_UNIT.
_NUMBERS: dict[str, Call] = {
    "ABS": _kept("abs({0})", "absolute value"),
    "CEILING": _kept("ceil({0})", "next whole number up"),
    "FLOOR": _kept("floor({0})", "next whole number down"),
    "DEGREES": _plain("degrees({0})", unit="deg"),
    "RADIANS": _plain("radians({0})", unit="rad"),
    "EXP": _plain("exp({0})"),
    "LOG": _finite("ln({0}::double)"),
    "LOG10": _finite("log10({0}::double)"),
    "MOD": _plain("({0} % nullif({1}, 0))"),
    "PI": _plain("pi()"),
    "POWER": _finite("pow({0}::double, {1}::double)"),
    # DuckDB has no seed for one query: with one, too, numbers differ each time.
    "RAND": _plain("random()"),
    "ROUND": _places("round({0}, {1})"),
    "TRUNCATE": _places("trunc({0}, {1})"),
    "SQRT": _finite("sqrt({0}::double)"),
    "ACOS": _finite("acos({0}::double)"),
    "ASIN": _finite("asin({0}::double)"),
    "ATAN": _plain("atan({0})"),
    "ATAN2": _plain("atan2({0}, {1})"),
    "COS": _finite("cos({0}::double)"),
    "COT": _finite("cot({0}::double)"),
    "SIN": _finite("sin({0}::double)"),
    "TAN": _finite("tan({0}::double)"),
}
_TEXTS: dict[str, Call] = {
    "LOWER": _of_text("LOWER", "lower({0})"),
    "UPPER": _of_text("UPPER", "upper({0})"),
}


def _healpix_index(values: Sequence[Value]) -> Value:
    order, *at = values
    if len(at) == 1:
        place = must_be(at[0], Kind.POINT, of="ivo_healpix_index")
        at = [place.part(0), place.part(1)]
    made = called(named("healpix_nested"), [order, *at], copies=12)
    return replace(made, column=replace(made.column, ucd="pos.healpix"))


def _healpix_centre(values: Sequence[Value]) -> Value:
    order, cell = values
    return region(
        Kind.POINT,
        called(named("healpix_ra"), [order, cell], unit="deg", copies=8),
        called(named("healpix_dec"), [order, cell], unit="deg", copies=8),
    )


def _moved(values: Sequence[Value]) -> Value:
    return called(named("moved_in_space"), values, kind=Kind.LIST, copies=30)


def _moved_place(values: Sequence[Value]) -> Value:
    moved = _moved(values)
    return replace(
        moved,
        sql=f"({moved.sql})[1:2]",
        kind=Kind.POINT,
        column=Column("", unit="deg", ucd="pos", xtype="point"),
    )


_FRAMES = {"ICRS": "ICRS", "FK5": "ICRS", "GALACTIC": "GALACTIC"}


def _transformed(values: Sequence[Value]) -> Value:
    """Return a geometry in another frame, ICRS or GALACTIC."""
    old, new, shape = values
    frames = []
    for frame in (old, new):
        known = _FRAMES.get((frame.text or "").upper())
        if known is None:
            raise AdqlError(
                "ivo_geom_transform knows the frames 'ICRS' and 'GALACTIC', each "
                "written as a text itself."
            )
        frames.append(known)
    if not shape.kind.is_region:
        raise AdqlError(
            f"ivo_geom_transform takes a geometry, and was given a {shape.kind.value}."
        )
    if frames[0] == frames[1]:
        return shape
    if shape.region is None and shape.kind is Kind.POLYGON:
        raise AdqlError(
            "ivo_geom_transform takes polygons whose corners are written in the query."
        )
    to_icrs = frames[1] == "ICRS"
    names = (
        ("ra_of_galactic", "dec_of_galactic")
        if to_icrs
        else ("galactic_l", "galactic_b")
    )
    numbers = (
        list(shape.region.numbers)
        if shape.region is not None
        else [shape.part(at) for at in range(3 if shape.kind is Kind.CIRCLE else 2)]
    )
    radius = numbers[2:] if shape.kind is Kind.CIRCLE else []
    places = numbers[:2] if radius else numbers
    moved: list[Value] = []
    for lon, lat in zip(places[::2], places[1::2], strict=True):
        moved += [
            called(named(name), [lon, lat], unit="deg", copies=6) for name in names
        ]
    return region(shape.kind, *moved, *radius)


# Of a histogram, whose list is made in memory that no limit counts.
_MOST_BINS = 100_000


def _histogram(values: Sequence[Value]) -> Value:
    """Return ivo_histogram: counts of a group in bins, with those on either side."""
    number = values[3].constant
    if number is None or not 1 <= number <= _MOST_BINS:
        raise AdqlError(f"ivo_histogram takes a number of bins of 1 to {_MOST_BINS:,}.")
    value, low, high, bins = (one.sql for one in values)
    place = (
        f"(case when {value} < {low} then 0 when {value} >= {high} then {bins} + 1 "
        f"else 1 + floor(({value} - {low}) * {bins} / ({high} - {low})) end)::bigint"
    )
    made = (
        f"list_transform([histogram({place})], lambda m: list_transform("
        f"range({bins} + 2), lambda i: coalesce(m[i], 0)::integer))[1]"
    )
    return computed(made, *values, kind=Kind.LIST, copies=3)


def _sexagesimal(factor: int) -> Call:
    """Return a function of a text of hours or degrees, minutes and seconds."""
    parts = "string_split_regex(trim(trim({0}), '+-'), '[: ]+')::double[]"
    template = (
        "(case when trim({0}) like '-%' then -1 else 1 end * "
        f"{factor}::double * list_transform([{parts}], "
        "lambda p: p[1] + coalesce(p[2], 0) / 60 + coalesce(p[3], 0) / 3600)[1])"
    )
    return _plain(template, unit="deg", copies=2)


# Of any script: \w is ASCII alone. Braces are doubled, as it stands in a template.
_WORD = "[\\p{{L}}\\p{{M}}\\p{{N}}_]+"
# The IVOA's "Catalogue of ADQL User Defined Functions", EN 1.2.
_IVOA: dict[str, Call] = {
    "IVO_HASWORD": _truth(
        f"(len(list_filter(regexp_extract_all(lower({{1}}), '{_WORD}'), lambda w: "
        f"not list_contains(regexp_extract_all(lower({{0}}), '{_WORD}'), w))) = 0)"
    ),
    "IVO_HASHLIST_HAS": _truth(
        "list_contains(string_split(lower({0}), '#'), lower({1}))"
    ),
    "IVO_NOCASEMATCH": _truth("({0} ilike {1})"),
    "IVO_TO_JD": _plain("(epoch({0}::timestamp) / 86400 + 2440587.5)", unit="d"),
    "IVO_TO_MJD": _plain("(epoch({0}::timestamp) / 86400 + 40587)", unit="d"),
    "IVO_HEALPIX_INDEX": _healpix_index,
    "IVO_HEALPIX_CENTER": _healpix_centre,
    "IVO_EPOCH_PROP_POS": _moved_place,
    "IVO_GEOM_TRANSFORM": _transformed,
    "IVO_INTERVAL_OVERLAPS": _truth("({0} <= {3} and {2} <= {1})"),
    "IVO_HISTOGRAM": _histogram,
    "IVO_HMS_TO_DEGREES": _sexagesimal(15),
    "IVO_DMS_TO_DEGREES": _sexagesimal(1),
    "IVO_NORMAL_RANDOM": _plain(
        "({0} + {1} * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))"
    ),
}


def _arcsec(values: Sequence[Value]) -> Value:
    angle = GEOMETRY["DISTANCE"](values)
    arcsec = called(named("angular_separation"), values, unit="arcsec", copies=8)
    return replace(arcsec, column=replace(arcsec.column, ucd=angle.column.ucd))


def _macro(name: str) -> Call:
    """Return a macro of the warehouse."""

    def made(values: Sequence[Value]) -> Value:
        return called(
            named(name),
            values,
            kind=_MACRO_KINDS.get(name, Kind.NUMBER),
            unit=_MACRO_UNITS.get(name, ""),
            copies=8,
        )

    return made


_MACRO_KINDS = dict.fromkeys(
    ("giant_or_dwarf", "luminosity_class", "evolutionary_state"), Kind.TEXT
)
_MACRO_UNITS = {
    **dict.fromkeys(
        ("wrapped_ra", "galactic_l", "galactic_b", "ra_of_galactic", "dec_of_galactic"),
        "deg",
    ),
    **dict.fromkeys(("propagate_ra", "propagate_dec"), "deg"),
    **dict.fromkeys(("healpix_ra", "healpix_dec"), "deg"),
    "rjce_extinction": "mag",
    "gaia_dr3_zero_point": "mas",
}
# Macros of the warehouse that are not called as they stand.
_OURS: dict[str, Call] = {
    "HEALPIX_NESTED": _healpix_index,
    "ANGULAR_SEPARATION": _arcsec,
    "HAS_BIT": _truth("has_bit({0}, {1})"),
    "HAS_FLAG": _truth("has_flag({0}, {1}, {2}, {3})"),
    "FLAG_NAMES": _plain(
        "array_to_string(flag_names({0}, {1}, {2}), ' ')", Kind.TEXT, copies=2
    ),
    "NULL_IF_MISSING": _kept("null_if_missing({0})", "known value"),
}
_KNOWN = {**_NUMBERS, **_TEXTS, **GEOMETRY, **_IVOA, **_OURS}
# What neither these nor the grammar of aggregates has is a macro of that name.
CALLS: dict[str, Call] = {
    **_KNOWN,
    **{
        f.name.upper(): _macro(f.name)
        for f in USER_FUNCTIONS
        if f.name.upper() not in _KNOWN and not f.name.startswith("ivo_")
    },
}
