"""The functions that ADQL leaves to a service: the VO's catalogue of them, and macros.

Names, arguments and meaning of ``ivo_…`` are those of the IVOA's Catalogue of ADQL User
Defined Functions 1.2 (Endorsed Note). ``ivo_simbadpoint`` is left out, as it asks the
network.
The others are macros of ``sql/macros`` under their own names; what is true or false
there is 1 or 0 here, since ADQL has no truth values.
"""

from stellarwh.adql.signatures import Function, declared

__all__ = ["UDF_URI", "USER_FUNCTIONS"]

UDF_URI = "ivo://ivoa.net/std/TAPRegExt#features-udf"


def _user(
    name: str, signatures: str, description: str, *, is_aggregate: bool = False
) -> Function:
    return declared(name, signatures, description, UDF_URI, is_aggregate=is_aggregate)


_CATALOGUE = (
    _user(
        "ivo_healpix_index",
        "hpxOrder INTEGER, lon DOUBLE, lat DOUBLE -> BIGINT; "
        "hpxOrder INTEGER, place POINT -> BIGINT",
        "The HEALPix cell of an order, numbered nested, that holds a position.",
    ),
    _user(
        "ivo_healpix_center",
        "hpxOrder INTEGER, hpxIndex BIGINT -> POINT",
        "The centre of a HEALPix cell of an order, numbered nested.",
    ),
    _user(
        "ivo_epoch_prop_pos",
        "ra DOUBLE, dec DOUBLE, parallax DOUBLE, pmra DOUBLE, pmdec DOUBLE, "
        "radial_velocity DOUBLE, ref_epoch DOUBLE, out_epoch DOUBLE -> POINT",
        "A position (degrees) at another epoch (Julian years), by parallax (mas), "
        "proper motion (mas/yr, pmra times cos dec) and radial velocity (km/s).",
    ),
    _user(
        "ivo_geom_transform",
        "from_sys =VARCHAR, to_sys =VARCHAR, geo POINT -> POINT; "
        "from_sys =VARCHAR, to_sys =VARCHAR, geo CIRCLE -> CIRCLE; "
        "from_sys =VARCHAR, to_sys =VARCHAR, geo POLYGON -> POLYGON",
        "A geometry in another frame, of the IVOA's vocabulary refframe.",
    ),
    _user("ivo_to_jd", "d TIMESTAMP -> DOUBLE", "A date as a Julian date."),
    _user("ivo_to_mjd", "d TIMESTAMP -> DOUBLE", "A date as a modified Julian date."),
    _user(
        "ivo_string_agg",
        "expression VARCHAR, delimiter VARCHAR -> VARCHAR",
        "The texts of a group with a delimiter between them; NULL leaves no trace.",
        is_aggregate=True,
    ),
    _user(
        "ivo_nocasematch",
        "value VARCHAR, pattern VARCHAR -> INTEGER",
        "1 if the value is like the pattern, whatever its case, else 0.",
    ),
    _user(
        "ivo_hasword",
        "haystack VARCHAR, needle VARCHAR -> INTEGER",
        "1 if all words of the second text are in the first, in any case, else 0.",
    ),
    _user(
        "ivo_hashlist_has",
        "hashlist VARCHAR, item VARCHAR -> INTEGER",
        "1 if the item is in a list of words with # between them, else 0.",
    ),
    _user(
        "ivo_histogram",
        "val DOUBLE, lower DOUBLE, upper DOUBLE, nbins INTEGER -> INTEGER[]",
        "The counts in bins between two limits, first those below, last those above.",
        is_aggregate=True,
    ),
    _user(
        "ivo_normal_random",
        "mu DOUBLE, sigma DOUBLE -> DOUBLE",
        "A random number of a normal distribution.",
    ),
    _user(
        "ivo_interval_overlaps",
        "a1 DOUBLE, b1 DOUBLE, a2 DOUBLE, b2 DOUBLE -> INTEGER",
        "1 if the intervals a1 to b1 and a2 to b2 meet, else 0.",
    ),
    _user(
        "ivo_hms_to_degrees",
        "hms VARCHAR -> DOUBLE",
        "Hours, minutes and seconds, such as 3:34:45.4, in degrees.",
    ),
    _user(
        "ivo_dms_to_degrees",
        "dms VARCHAR -> DOUBLE",
        "Degrees, minutes and seconds, such as -0:15:00, in degrees.",
    ),
)

_PLACE = "ra DOUBLE, dec DOUBLE"
_SPACE = f"{_PLACE}, distance DOUBLE"
_MOTION = f"{_SPACE}, pmra DOUBLE, pmdec DOUBLE, radial_velocity DOUBLE"
_PROPAGATE = (
    f"{_PLACE}, pmra DOUBLE, pmdec DOUBLE, epoch_from DOUBLE, epoch_to DOUBLE -> DOUBLE"
)
_CELL = "healpix_order INTEGER, cell BIGINT"
_FLAGS = "survey VARCHAR, flag_column VARCHAR, flags BIGINT"

_MACROS = (
    _user(
        "angular_separation",
        "ra1 DOUBLE, dec1 DOUBLE, ra2 DOUBLE, dec2 DOUBLE -> DOUBLE",
        "The distance of two positions in degrees, in arcsec.",
    ),
    _user("wrapped_ra", "ra DOUBLE -> DOUBLE", "A right ascension in 0 to 360."),
    _user("galactic_l", f"{_PLACE} -> DOUBLE", "The Galactic longitude, in degrees."),
    _user("galactic_b", f"{_PLACE} -> DOUBLE", "The Galactic latitude, in degrees."),
    _user("ra_of_galactic", "l DOUBLE, b DOUBLE -> DOUBLE", "ICRS right ascension."),
    _user("dec_of_galactic", "l DOUBLE, b DOUBLE -> DOUBLE", "ICRS declination."),
    _user("propagate_ra", _PROPAGATE, "The right ascension at another epoch."),
    _user("propagate_dec", _PROPAGATE, "The declination at another epoch."),
    *(
        _user(
            f"{frame}_{axis}",
            f"{_SPACE} -> DOUBLE",
            f"Where a star lies in the {frame} frame, {axis}, in kpc (distance in pc).",
        )
        for frame in ("heliocentric", "galactocentric")
        for axis in ("x", "y", "z")
    ),
    *(
        _user(
            name,
            f"{_MOTION} -> DOUBLE",
            f"A star's velocity, {name.split('_', 1)[1]}, in km/s (distance in pc).",
        )
        for name in (
            "heliocentric_u",
            "heliocentric_v",
            "heliocentric_w",
            "galactocentric_v_x",
            "galactocentric_v_y",
            "galactocentric_v_z",
        )
    ),
    _user(
        "healpix_nested",
        f"healpix_order INTEGER, {_PLACE} -> BIGINT",
        "The HEALPix cell, numbered nested, that holds a position in degrees.",
    ),
    _user(
        "healpix_parent",
        f"{_CELL}, to_order INTEGER -> BIGINT",
        "The cell of a coarser order that holds a cell.",
    ),
    _user(
        "healpix_first_child",
        f"{_CELL}, to_order INTEGER -> BIGINT",
        "The first cell of a finer order within a cell.",
    ),
    _user(
        "healpix_last_child",
        f"{_CELL}, to_order INTEGER -> BIGINT",
        "The last cell of a finer order within a cell.",
    ),
    _user(
        "healpix_ra", f"{_CELL} -> DOUBLE", "The right ascension of a cell's centre."
    ),
    _user("healpix_dec", f"{_CELL} -> DOUBLE", "The declination of a cell's centre."),
    _user(
        "has_bit",
        "flags BIGINT, bit_number INTEGER -> INTEGER",
        "1 if that bit (0 is the lowest) of a flag word is set, else 0.",
    ),
    _user(
        "has_flag",
        f"{_FLAGS}, flag_name VARCHAR -> INTEGER",
        "1 if the bit of that name is set, else 0.",
    ),
    _user(
        "flag_names",
        f"{_FLAGS} -> VARCHAR",
        "Names of the bits that are set, with a space between them.",
    ),
    _user(
        "null_if_missing", "x DOUBLE -> DOUBLE", "NULL for a value that means missing."
    ),
    _user(
        "null_if_missing_magnitude",
        "x DOUBLE -> DOUBLE",
        "NULL for a magnitude that means missing.",
    ),
    _user(
        "null_if_missing_error",
        "x DOUBLE -> DOUBLE",
        "NULL for an error that means missing, or is not positive.",
    ),
    _user(
        "giant_or_dwarf", "teff DOUBLE, logg DOUBLE -> VARCHAR", "'dwarf' or 'giant'."
    ),
    _user(
        "luminosity_class",
        "teff DOUBLE, logg DOUBLE -> VARCHAR",
        "'V', 'IV', 'III' or 'I-II'.",
    ),
    _user(
        "evolutionary_state",
        "teff DOUBLE, logg DOUBLE -> VARCHAR",
        "'giant', 'subgiant' or 'main sequence'.",
    ),
    _user(
        "rjce_extinction",
        "h_mag DOUBLE, w2_mag DOUBLE -> DOUBLE",
        "A_Ks in mag, by the colour H - W2.",
    ),
    _user(
        "gaia_dr3_zero_point",
        f"g DOUBLE, bp_rp DOUBLE, {_PLACE} -> DOUBLE",
        "What to subtract from a parallax of Gaia DR3, in mas.",
    ),
    _user(
        "ra_of_designation",
        "designation VARCHAR -> DOUBLE",
        "The right ascension that a name such as 2M19550016+4435356 holds.",
    ),
    _user(
        "dec_of_designation",
        "designation VARCHAR -> DOUBLE",
        "The declination that a name such as 2M19550016+4435356 holds.",
    ),
)

USER_FUNCTIONS = (*_CATALOGUE, *_MACROS)
