"""Benchmark stars and clusters: what is shipped of them, and who is found.

The numbers are those of the published files: version 3 of the Gaia FGK benchmark stars
(Soubiran et al. 2024), version 2.1 (Jofré et al. 2018) as GALAH ships it, members of
globular clusters seen by APOGEE (Mészáros et al. 2015), and APOGEE DR12 joined to
Hipparcos, by TOPCAT.
"""

import csv
from collections import Counter

import astropy.units as u
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import (
    CartesianDifferential,
    CartesianRepresentation,
    SkyCoord,
)
from astropy.io import fits
from astropy.table import Table

from stellarwh.content import content_dir
from stellarwh.ingest import ingest_survey
from stellarwh.warehouse.build import build_views

pytestmark = [
    pytest.mark.filterwarnings("ignore::astropy.units.UnitsWarning"),
    pytest.mark.filterwarnings("ignore:It is strongly recommended"),
    # A column of it has empty logical values.
    pytest.mark.filterwarnings("ignore:Column 'duplicated_source'"),
]


def number(value):
    """Return a cell of a FITS table, or None where it is empty."""
    if np.ma.is_masked(value) or not np.isfinite(value):
        return None
    return round(float(value), 6)  # some are 32-bit floats


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select count(*) from meta.benchmark_stars", 198),
        (
            "select edition, quantity, count(*) from meta.benchmark_values "
            "group by all order by all",
            [
                *(("v2.1", q, 23) for q in ("ca_h",)),
                *(("v2.1", q, 34) for q in ("fe_h", "logg")),
                *(("v2.1", q, 23) for q in ("mg_h", "si_h")),
                ("v2.1", "teff", 34),
                ("v2.1", "ti_h", 23),
                *(("v3", q, 192) for q in ("fe_h", "logg", "teff")),
            ],
        ),
        (
            "select cluster_kind, count(*) from meta.clusters group by all "
            "order by all",
            [("globular", 28), ("open", 23)],
        ),
        ("select count(*) from meta.clusters where radial_velocity is null", 2),
        (
            # alone M30 has none
            "select count(distinct cluster) from meta.cluster_values "
            "where quantity = 'fe_h'",
            50,
        ),
        (
            "select value, err, mark from meta.benchmark_values where "
            "benchmark = 'Arcturus' and quantity = 'teff' order by edition",
            [(4286.0, 35.0, "S"), (4277.0, 23.0, "S")],
        ),
        (
            "select value, err, mark, is_recommended from meta.benchmark_values where "
            "benchmark = 'HD 140283' and quantity = 'teff' order by edition",
            [(5522.0, 105.0, "R", False), (5788.0, 45.0, "S", True)],
        ),
        (
            "select distance, pmra, pmdec, radial_velocity, ebv from meta.clusters "
            "where cluster = '47 Tuc'",
            [(4520.0, 5.2516, -2.5515, -17.45, 0.04)],
        ),
        (
            "select source, value, is_preferred from meta.cluster_values "
            "where cluster = 'M67' and quantity = 'fe_h' order by is_preferred desc, "
            "source",
            [
                ("Netopil et al. 2016, high quality", 0.03, True),
                ("Dias et al. 2021", 0.07, False),
                ("GALAH DR3, validation", -0.05, False),
                ("OCCAM, APOGEE DR16", 0.01, False),
                ("Spina et al. 2021, APOGEE and GALAH", 0.0, False),
            ],
        ),
        ("select ra from meta.clusters where cluster = 'NGC 7789'", 359.334),
    ],
)
def test_what_is_shipped(built, sql, expected):
    rows = built.execute(sql).fetchall()
    assert (rows if isinstance(expected, list) else rows[0][0]) == expected


def test_every_value_has_a_star_or_cluster_and_a_source(built):
    lost = built.execute(
        "select benchmark from meta.benchmark_values as v anti join "
        "meta.benchmark_stars using (benchmark) union all "
        "select cluster from meta.cluster_values anti join meta.clusters using "
        "(cluster) union all select benchmark from meta.benchmark_stars "
        "where (pmra is null) <> (motion_source is null) "
        "or (parallax is null) <> (parallax_source is null)"
    ).fetchall()
    assert lost == []
    twice = built.execute(
        "select cluster, quantity from meta.cluster_values where is_preferred "
        "group by all having count(*) > 1"
    ).fetchall()
    assert twice == []


@pytest.mark.parametrize(
    "name",
    [
        "benchmark_stars",
        "benchmark_values",
        "clusters",
        "cluster_values",
        "index_definitions",
    ],
)
def test_all_of_the_file_is_loaded(built, name):
    """No number loses digits on its way, and no cell is shifted."""
    with (content_dir("sql") / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = ", ".join(f'"{column}"' for column in rows[0])
    found = built.execute(f"select {columns} from meta.{name}").fetchall()

    def read(text, like):
        if text == "":
            return None
        if isinstance(like, bool):
            return text == "true"
        return type(like)(text)

    assert found == [
        tuple(read(cell, own) for cell, own in zip(row.values(), got, strict=True))
        for row, got in zip(rows, found, strict=True)
    ]


def test_version_3_is_the_published_table(built, realdata):
    """All stars, with their places, motions, parameters and errors."""
    table = Table.read(realdata / "reference" / "gaia_benchmark_stars_v3.fits")
    found = {
        hip: rest
        for hip, *rest in built.execute(
            'select hip, ra, "dec", pmra, pmdec, '
            "max(value) filter (quantity = 'teff'), "
            "max(err) filter (quantity = 'teff'), "
            "max(value) filter (quantity = 'logg'), "
            "max(err) filter (quantity = 'logg'), "
            "max(value) filter (quantity = 'fe_h') from meta.benchmark_stars "
            "inner join meta.benchmark_values using (benchmark) "
            "where edition = 'v3' group by all"
        ).fetchall()
    }
    assert set(found) == set(table["hip_int"].tolist())
    names = [
        "ra_j2000",
        "dec_j2000",
        "pmra_hip",
        "pmdec_hip",
        "teff",
        "e_teff",
        "logg",
        "e_logg",
        "fe_h",
    ]
    expected = [[number(row[name]) for name in names] for row in table]
    np.testing.assert_allclose(
        [found[hip] for hip in table["hip_int"].tolist()], expected, rtol=0, atol=2e-5
    )


def test_version_2_1_is_the_table_that_galah_ships(built, realdata):
    """All that was read of it; what was recalled stands in no file."""
    table = Table.read(realdata / "reference" / "GALAH_GBS2.1.fits")
    columns = {
        "teff": ("Teff", "e_Teff"),
        "logg": ("logg", "e_logg"),
        "fe_h": ("__Fe_H_", "e__Fe_H_"),
        **{f"{x.lower()}_h": (f"__{x}_H_", f"e__{x}_H_") for x in ("Mg", "Si", "Ca")},
        "ti_h": ("__Ti_H_", "e__Ti_H_"),
    }
    expected = {
        (str(row["StarID3"]).removeprefix("HIP"), quantity): (
            number(row[value]),
            number(row[err]),
        )
        for row in table
        for quantity, (value, err) in columns.items()
        if str(row["StarID3"]).startswith("HIP") and number(row[value]) is not None
    }
    found = {
        (hip, quantity): (value, err)
        for hip, quantity, value, err in built.execute(
            "select hip::varchar, quantity, value, err from meta.benchmark_values "
            "inner join meta.benchmark_stars using (benchmark) "
            "where edition = 'v2.1' and benchmark_values.mark = 'S' and hip is not null"
        ).fetchall()
    }
    assert found == expected


def test_apogee_rows_of_benchmark_stars_are_those_of_their_hip_numbers(
    warehouse, realdata
):
    path = realdata / "apogee" / "APOGEE-allStar-v603-Hipparcos.fits.gz"
    ingest_survey(warehouse, "apogee", path)
    build_views(warehouse)
    with fits.open(path) as file:
        theirs = {int(row["HIP"]): row["APSTAR_ID"].strip() for row in file[1].data}
    stars = warehouse.execute(
        "select hip from meta.benchmark_stars where hip is not null"
    ).fetchall()
    expected = sorted(hip for (hip,) in stars if hip in theirs)
    assert expected == [28011, 56127, 57477, 74793, 84950, 90344, 99663, 103598]
    found = warehouse.execute(
        "select hip from main.benchmark_stars where is_best order by hip"
    ).fetchall()
    assert [hip for (hip,) in found] == expected
    # Of 137.6, 196.0, 111.4, 55.6, 54.4, 85.0, 38.2 and 138.7 K, by hand.
    n, difference = warehouse.execute(
        "select count(*), median(difference) from main.benchmark_residuals "
        "where scale = 'measured' and quantity = 'teff' and is_best and is_newest"
    ).fetchone()
    assert n == 8
    assert difference == pytest.approx(98.2, abs=0.1)


@pytest.fixture(scope="module")
def of_clusters(realdata):
    """Return stars with a radial velocity of APOGEE and GALAH: members and others."""
    rows = []
    lines = (realdata / "reference" / "gc_szabolcs.dat").read_text().splitlines()
    for line in lines[1:]:
        name, cluster, velocity, *_ = line.split()
        digits = name.removeprefix("2M")
        ra = int(digits[:2]) + int(digits[2:4]) / 60 + int(digits[4:8]) / 360_000
        dec = int(digits[9:11]) + int(digits[11:13]) / 60 + int(digits[13:]) / 36_000
        south = digits[8] == "-"
        rows.append((cluster, 15 * ra, -dec if south else dec, float(velocity), None))
    for name, ra, dec, velocity in (
        ("galah/GALAH_DR3_main_allstar-1170rows.fits", "ra_dr2", "dec_dr2", "rv_galah"),
        ("apogee/allStar-dr14-320rows-plus-orbits.fits", "RA", "DEC", "VHELIO_AVG"),
        ("apogee/APOGEE-allStar-v603-Hipparcos.fits.gz", "RA", "DEC", "VHELIO_AVG"),
    ):
        with fits.open(realdata / name) as file:
            data = file[1].data
            metals = data["fe_h"] if velocity == "rv_galah" else [np.nan] * len(data)
            rows += [
                (None, *map(float, row))
                for row in zip(data[ra], data[dec], data[velocity], metals, strict=True)
            ]
    names = ("listed", "ra", "dec", "radial_velocity", "fe_h")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def test_members_by_velocity_are_those_of_mészáros(warehouse, sql_files, of_clusters):
    """Without proper motions, where the velocity of the cluster is that of few.

    Of 356 listed members of the seven such clusters 354 are found, and none in another
    cluster. Among 4,734 rows of other files 13 more are: by their velocities and [Fe/H]
    they are members.
    """
    warehouse.register("given", of_clusters)
    warehouse.execute(
        "create table seen as select *, row_number() over () as star_id from given;"
        "insert into main.stars by name select star_id, ra, dec, 2000 as epoch, "
        "healpix_nested(29, ra, dec) as healpix from seen;"
        "insert into main.measurements_apogee by name select star_id, 'apogee' as "
        "survey, star_id::varchar as source_id, ra, dec, 2000 as epoch, "
        "null_if_missing(radial_velocity) as radial_velocity from seen"
    )
    (members,) = (f for f in sql_files if f.qualified_name == "main.cluster_members")
    warehouse.execute(members.sql)
    found = dict(
        warehouse.execute(
            "select listed, (count(*), count(*) filter (case listed when 'N5466' "
            "then 'NGC 5466' else listed end = cluster), count(cluster)) from seen "
            "left join main.cluster_members using (star_id) where listed is not null "
            "group by listed"
        ).fetchall()
    )
    assert found == {
        "M13": (81, 81, 81),
        "M15": (23, 23, 23),
        "M3": (59, 57, 57),
        "M5": (122, 122, 122),
        "M53": (16, 16, 16),
        "M92": (47, 47, 47),
        "N5466": (8, 8, 8),
        # at -35, -4 and -23 km/s a velocity alone says nothing
        "M107": (42, 0, 0),
        "M2": (18, 0, 0),
        "M71": (12, 0, 0),
    }
    others = warehouse.execute(
        "select cluster, count(*), min(fe_h), max(fe_h) from main.cluster_members "
        "inner join seen using (star_id) where listed is null "
        "group by cluster order by cluster"
    ).fetchall()
    assert [(name, n) for name, n, *_ in others] == [
        ("M3", 3),
        ("M5", 2),
        ("NGC 1851", 1),
        ("NGC 362", 7),
    ]
    (ngc_362,) = (row for row in others if row[0] == "NGC 362")
    assert -1.05 < ngc_362[2] < ngc_362[3] < -0.9


def by_brute_force(rows, clusters):
    """Return pairs of rows and clusters within the cuts, with their worst deviation.

    As main.cluster_members says it, with the motions of astropy.
    """
    stars = SkyCoord(rows["ra"] * u.deg, rows["dec"] * u.deg)
    found = {}
    for row in clusters:
        name, kind, ra, dec, radius, distance, parallax, pmra, pmdec, velocity = row
        is_open = kind == "open"
        centre = SkyCoord(
            ra * u.deg,
            dec * u.deg,
            distance=distance * u.pc,
            pm_ra_cosdec=pmra * u.mas / u.yr,
            pm_dec=pmdec * u.mas / u.yr,
            radial_velocity=(velocity or 0) * u.km / u.s,
        )
        reach = 3 * radius if is_open else np.degrees(np.arctan2(50, distance))
        near = np.flatnonzero(stars.separation(centre).deg <= reach)
        if not len(near):
            continue
        there = SkyCoord(
            CartesianRepresentation(
                stars[near].cartesian.xyz * distance * u.pc
            ).with_differentials(
                CartesianDifferential(
                    np.repeat(centre.velocity.d_xyz[:, None], len(near), axis=1)
                )
            )
        )
        own = {name: column[near] for name, column in rows.items()}
        spread = 1.5 if is_open else 7.0
        depth = np.tan(np.radians(radius)) if is_open else 0.0
        parallax = parallax or 1000 / distance
        of_motion = (
            (spread * u.km / u.s / (distance * u.pc))
            .to(u.mas / u.yr, u.dimensionless_angles())
            .value
            ** 2
            + 0.01
            + (pmra**2 + pmdec**2) * depth**2
        )
        motion = np.sqrt(
            (own["pmra"] - there.pm_ra_cosdec.value) ** 2
            / (of_motion + own["pmra_err"] ** 2)
            + (own["pmdec"] - there.pm_dec.value) ** 2
            / (of_motion + own["pmdec_err"] ** 2)
        )
        along = np.abs(own["radial_velocity"] - there.radial_velocity.value) / np.sqrt(
            spread**2 + 4
        )
        across = np.abs(own["parallax"] - parallax) / np.sqrt(
            0.05**2 + (parallax * depth) ** 2 + own["parallax_err"] ** 2
        )
        if velocity is None:
            along[:] = 0
        worst = np.maximum(np.maximum(motion, along), across)
        for index, deviation in zip(near, worst, strict=True):
            if deviation <= min(3, found.get(index, (4, ""))[0]):
                found[index] = (deviation, name)
    return {int(index): name for index, (_, name) in found.items()}


def test_members_are_those_of_brute_force(warehouse, sql_files, realdata):
    """Of 3,244 rows with motions and parallaxes of Hipparcos, as astropy moves them.

    Among them are nine rows of Coma Berenices and four of the Pleiades.
    """
    table = Table.read(realdata / "apogee" / "APOGEE-allStar-v603-Hipparcos.fits.gz")
    names = {
        "ra": "RA",
        "dec": "DEC",
        "pmra": "pmRA_1",
        "pmra_err": "e_pmRA",
        "pmdec": "pmDE",
        "pmdec_err": "e_pmDE",
        "parallax": "Plx",
        "parallax_err": "e_Plx",
        "radial_velocity": "VHELIO_AVG",
    }
    rows = {
        ours: np.ma.getdata(table[theirs]).astype("float64")
        for ours, theirs in names.items()
    }
    warehouse.register("given", pa.table(rows))
    warehouse.execute(
        "create table seen as select *, row_number() over () - 1 as star_id from given;"
        "insert into main.stars by name select star_id, ra, dec, 2000 as epoch, "
        "healpix_nested(29, ra, dec) as healpix from seen;"
        "insert into main.measurements_apogee by name select 'apogee' as survey, "
        "star_id::varchar as source_id, 2000 as epoch, * from seen"
    )
    (members,) = (f for f in sql_files if f.qualified_name == "main.cluster_members")
    warehouse.execute(members.sql)
    clusters = warehouse.execute(
        'select cluster, cluster_kind, ra, "dec", radius, distance, parallax, pmra, '
        "pmdec, radial_velocity from meta.clusters"
    ).fetchall()
    found = dict(
        warehouse.execute(
            "select star_id, cluster from main.cluster_members"
        ).fetchall()
    )
    assert found == by_brute_force(rows, clusters)
    counts = Counter(found.values())
    assert (counts["Coma Ber"], counts["Pleiades"]) == (9, 4)
