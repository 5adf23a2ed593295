"""Star identities of a crowded field against a plain search in Python."""

import math
from collections import defaultdict
from itertools import combinations

# Five surveys of 40 stars each within about 9 arcsec: pairs, triangles, chains, drifts.
STARS = """
insert into matching.survey_stars by name
select
    ['apogee', 'galah', 'lamost', 'mine', 'yours'][1 + i % 5] as survey,
    i::varchar as source_id, 'star ' || i as survey_star_id, i + 1 as position_id,
    40 + 0.0026 * (hash(i) % 1000) / 1000 as ra,
    20 + 0.0026 * (hash(i, 7) % 1000) / 1000 as "dec",
    case when i % 5 < 4 then 2000.0 + i % 3 end as epoch,
    case when i % 3 = 0 then (hash(i, 8) % 600) - 300.0 end as pmra,
    -pmra as pmdec,
    case when i % 4 = 0 then 100 + i // 10 end as gaia_dr3_source_id,
    healpix_nested(29, ra, "dec") as healpix
from range(200) as numbers (i)
"""


def apart(left, right, middle):
    """Return the distance in arcsec, moved by the first motion that is known."""
    ra, dec, epoch = left[:3]
    if epoch is not None and right[2] is not None:
        motions = [star[3:5] for star in (left, right, middle) if star[3] is not None]
        pmra, pmdec = motions[0] if motions else (0.0, 0.0)
        years = right[2] - epoch
        ra += pmra / 3.6e6 * years / math.cos(math.radians(dec))
        dec += pmdec / 3.6e6 * years
    in_ra = (ra - right[0]) * math.cos(math.radians((dec + right[1]) / 2))
    return 3600 * math.hypot(in_ra, dec - right[1])


def component_of(start, links):
    found, waiting = {start}, [start]
    while waiting:
        for other in links[waiting.pop()]:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return frozenset(found)


def test_identities_are_those_of_a_plain_search(warehouse, remake_tables, sql_files):
    warehouse.execute(STARS)
    (file,) = [f for f in sql_files if f.qualified_name == "matching.star_identities"]
    remake_tables(given={"matching.positions", "matching.survey_stars"}, until=file)
    stars = {
        (survey, source): place
        for survey, source, *place in warehouse.execute(
            'select survey, source_id, ra, "dec", epoch, pmra, pmdec '
            "from matching.survey_stars"
        ).fetchall()
    }
    links = defaultdict(dict)
    for survey_left, left, survey_right, right, agree, separation in warehouse.execute(
        "select survey_left, source_id_left, survey_right, source_id_right, ids_agree, "
        "separation from matching.matches"
    ).fetchall():
        trust = 0.5 if agree is None else float(agree)
        for one, other in (
            ((survey_left, left), (survey_right, right)),
            ((survey_right, right), (survey_left, left)),
        ):
            links[one][other] = (-trust, separation)

    drifted = set()
    for middle, linked in links.items():
        by_position = [star for star, (trust, _) in linked.items() if trust > -1]
        # the SQL takes the motion of the one with the lower position_id first
        by_position.sort(key=lambda star: int(star[1]))
        for one, other in combinations(by_position, 2):
            if other in links[one]:
                continue
            if apart(stars[one], stars[other], stars[middle]) > 1:
                drifted |= {one, other}

    best = {
        star: min(linked, key=lambda other: (linked[other], int(other[1])))
        for star, linked in links.items()
    }
    expected, conflicting = set(), set()
    for star in stars:
        members = component_of(star, links)
        surveys = {survey for survey, _ in members}
        if len(surveys) < len(members) or members & drifted:
            conflicting.add(star)
            mutual = star in best and best[best[star]] == star
            members = frozenset({star, best[star]} if mutual else {star})
        expected.add(members)

    found = warehouse.execute(
        "select list((survey, source_id)), bool_or(has_conflict), "
        "bool_and(has_conflict) from matching.star_identities group by star_id"
    ).fetchall()
    assert {frozenset(members) for members, _, _ in found} == expected
    marked = {
        star for members, some, every in found if some and every for star in members
    }
    assert marked == conflicting
    # the field has all of it
    assert drifted
    assert 20 < len(conflicting) < 180
    assert max(len(members) for members in expected) > 2
