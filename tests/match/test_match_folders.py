"""Matches with folders, patterns and HATS catalogues: the pairs of stored tables."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units as u
from astropy_healpix import HEALPix

from stellarwh.errors import StellarwhError
from stellarwh.match import MODES, Side, bands, match_tables, sift
from tests.match.oracle import moved, separation

YEAR = 2016.0


def catalogue(rng, count, *, near=None):
    """Positions all over the sky, at its poles and around 0 h; some near others."""
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, count)))
    ra = rng.uniform(0, 360, count)
    part = count // 10
    dec[:part] = rng.choice([-1, 1], part) * (90 - rng.exponential(0.001, part) % 1)
    ra[part : 2 * part] = rng.exponential(0.0005, part)
    ra[2 * part : 3 * part] = 360 - rng.exponential(0.0005, part)
    dec[part : 3 * part] = rng.uniform(-0.01, 0.01, 2 * part)
    if near is not None:
        some = rng.integers(0, near["ra"].size, count // 2)
        turn = rng.uniform(0, 2 * np.pi, some.size)
        apart = rng.uniform(0, 1.5, some.size)
        place = (near["ra"][some], near["dec"][some])
        ra[-some.size :], dec[-some.size :] = moved(place, turn, apart)
    names = rng.permutation(count) + 2**60
    return {"source_id": names, "ra": ra, "dec": dec}


def write_files(folder, columns, files, group=250):
    """Write rows in a few files; return the pattern of their names."""
    folder.mkdir(exist_ok=True)
    rows = np.arange(len(columns["ra"]))
    for number, some in enumerate(np.array_split(rows, files)):
        table = pa.table({n: np.asarray(v)[some] for n, v in columns.items()})
        pq.write_table(
            table, folder / f"part-{number:02}.parquet", row_group_size=group
        )
    return str(folder / "*.parquet")


def in_order_of_sky(columns):
    order = np.lexsort((columns["ra"], np.floor(columns["dec"])))
    return {name: values[order] for name, values in columns.items()}


def store(connection, name, columns):
    connection.register("rows_to_store", pa.table(columns))
    connection.execute(f"create or replace table raw.{name} as from rows_to_store")
    connection.unregister("rows_to_store")


@pytest.fixture(scope="module")
def skies():
    rng = np.random.default_rng(5)
    right = catalogue(rng, 3000)
    return catalogue(rng, 500, near=right), right


def rows_of(matched):
    return matched.pairs.to_pylist()


@pytest.fixture(params=["in order", "in no order", "both large"])
def files(request, skies, tmp_path, connection, monkeypatch):
    """Give both sides as stored tables and as files of the same rows."""
    left, right = skies
    if request.param != "in no order":
        right = in_order_of_sky(right)
    store(connection, "lefts", left)
    store(connection, "rights", right)
    there = write_files(tmp_path / "right", right, 7)
    here = "raw.lefts"
    if request.param == "both large":
        here = write_files(tmp_path / "left", left, 3)
    monkeypatch.setattr(sift, "_FEW", 100)
    return here, there


@pytest.mark.parametrize("mode", MODES)
def test_files_give_the_pairs_of_tables(connection, files, mode):
    options = {"radius": 200.0 if mode == "mutual" else 1.0, "mode": mode}
    expected = match_tables(connection, "raw.lefts", "raw.rights", **options)
    assert expected.pairs.num_rows > 100
    assert rows_of(match_tables(connection, *files, **options)) == rows_of(expected)


@pytest.mark.parametrize("mode", MODES)
def test_many_rows_are_compared_in_bands(
    connection, skies, tmp_path, rng, mode, monkeypatch
):
    """Crowds and borders of bands included: four bands of one sky, by its rows."""
    left, right = skies
    store(connection, "lefts", left)
    store(connection, "rights", right)
    there = write_files(tmp_path / "right", right, 7)
    options = {"radius": 200.0 if mode == "one-to-one" else 1.5, "mode": mode}
    expected = match_tables(connection, "raw.lefts", "raw.rights", **options)
    monkeypatch.setattr(bands, "_BAND_ROWS", 150)
    assert rows_of(match_tables(connection, "raw.lefts", there, **options)) == rows_of(
        expected
    )
    moving_right = moving(rng, right, (2016.0, 2000.0))
    store(connection, "rights", moving_right)
    there = write_files(tmp_path / "right", moving_right, 7)
    options |= {"epoch": 2000.0}
    lefts = Side("raw.lefts", epoch=2000.0)
    expected = match_tables(connection, lefts, "raw.rights", **options)
    assert expected.pairs.num_rows > 100
    assert rows_of(match_tables(connection, lefts, there, **options)) == rows_of(
        expected
    )


def test_files_are_left_or_right(connection, files):
    options = {"radius": 100.0, "mode": "one-to-one"}
    expected = match_tables(connection, "raw.rights", "raw.lefts", **options)
    found = match_tables(connection, *files[::-1], **options)
    assert rows_of(found) == rows_of(expected)


def test_files_give_the_pairs_of_brute_force(connection, files, skies):
    left, right = skies
    found = match_tables(connection, *files, radius=1.0).pairs
    pairs = set(
        zip(*(found[n].to_pylist() for n in ("left_id", "right_id")), strict=True)
    )
    expected = set()
    for i in range(left["ra"].size):
        close = np.flatnonzero(np.abs(right["dec"] - left["dec"][i]) < 0.001)
        place = left["ra"][i : i + 1], left["dec"][i : i + 1]
        apart = separation(place, (right["ra"][close], right["dec"][close]))
        near = right["source_id"][close[apart <= 1.0]]
        expected |= {(int(left["source_id"][i]), int(name)) for name in near}
    assert pairs == expected
    assert len(pairs) > 150


def moving(rng, columns, epochs):
    """Give stars proper motions, and take them back to where they were."""
    count = columns["ra"].size
    speed = 10 ** rng.uniform(0, 4, count)
    turn = rng.uniform(0, 2 * np.pi, count)
    pmra, pmdec = speed * np.sin(turn), speed * np.cos(turn)
    pmra[::7] = np.nan
    pmdec[3::11] = -9999
    epoch = np.full(count, epochs[0])
    epoch[::2] = epochs[1]
    still = np.isnan(pmra) | (pmdec == -9999)
    apart = np.where(still, 0, speed * (2000 - epoch) / 1000)
    ra, dec = moved((columns["ra"], columns["dec"]), turn + np.pi, -apart)
    return columns | {
        "ra": ra,
        "dec": dec,
        "pmra": pmra,
        "pmdec": pmdec,
        "ref_epoch": epoch,
    }


@pytest.mark.parametrize(
    ("mode", "epochs", "is_left_moving"),
    [
        ("all", (2016.0, 2016.0), False),
        ("all", (2016.0, 1991.25), True),
        ("one-to-one", (2016.0, 1991.25), False),
    ],
)
def test_motions_and_epochs_give_the_pairs_of_tables(
    connection, skies, tmp_path, rng, mode, epochs, is_left_moving, monkeypatch
):
    monkeypatch.setattr(sift, "_FEW", 100)
    left, right = skies
    right = moving(rng, in_order_of_sky(right), epochs)
    if is_left_moving:
        left = moving(rng, left, (1985.0, 1985.0))
    store(connection, "lefts", left)
    store(connection, "rights", right)
    here = write_files(tmp_path / "left", left, 3)
    there = write_files(tmp_path / "right", right, 7)
    epoch = None if is_left_moving else 2000.0
    options = {"radius": 2.0, "mode": mode, "epoch": 2000.0}
    sides = [Side("raw.lefts", epoch=epoch), "raw.rights"]
    expected = match_tables(connection, *sides, **options)
    assert expected.epoch == 2000.0
    assert expected.pairs.num_rows > 100
    for sides in (
        [Side("raw.lefts", epoch=epoch), there],
        [Side(here, epoch=epoch), there],
        [Side(here, epoch=epoch), "raw.rights"],
    ):
        found = match_tables(connection, *sides, **options)
        assert rows_of(found) == rows_of(expected)
        assert [n for n in found.notes if "proper motion" in n] == [
            n for n in expected.notes if "proper motion" in n
        ]


def test_errors_magnitudes_and_columns_come_from_files(
    connection, skies, tmp_path, rng
):
    left, right = skies
    left = left | {"err": rng.uniform(0.1, 0.6, 500), "g": rng.uniform(10, 15, 500)}
    right = right | {
        "err": rng.uniform(0.1, 0.6, 3000),
        "mag": rng.uniform(10, 15, 3000),
        "name": np.array([f"Star {i}" for i in range(3000)]),
    }
    store(connection, "lefts", left)
    store(connection, "rights", right)
    sides = [
        [Side(lefts, error="err", magnitude="g"),
         Side(rights, error="err", magnitude="mag")]
        for lefts, rights in (
            ("lefts", "raw.rights"),
            ("lefts", write_files(tmp_path / "r", right, 5)),
            (write_files(tmp_path / "l", left, 2), str(tmp_path / "r")),
        )
    ]  # fmt: skip
    options = {"sigmas": 2.0, "magnitude_limit": 1.0, "columns": ["all"]}
    expected, *found = (match_tables(connection, *pair, **options) for pair in sides)
    assert expected.pairs.num_rows > 20
    assert "name" in expected.pairs.column_names
    for each in found:
        assert rows_of(each) == rows_of(expected)


def test_rows_go_by_their_number_through_all_files(connection, skies, tmp_path):
    right = {name: skies[1][name] for name in ("ra", "dec")}
    store(connection, "lefts", skies[0])
    there = write_files(tmp_path / "right", right, 7)
    found = match_tables(connection, "raw.lefts", there).pairs["right_id"]
    for row, place in zip(found.to_pylist(), found.to_pylist(), strict=True):
        assert 1 <= row <= 3000
        assert place == row
    store(connection, "rights", right)
    expected = match_tables(connection, "raw.lefts", "raw.rights").pairs["right_id"]
    assert found.to_pylist() == expected.to_pylist()


def test_reads_only_what_may_hold_a_partner(connection, skies, tmp_path):
    right = in_order_of_sky(skies[1])
    there = write_files(tmp_path / "right", right, 7)
    at = np.flatnonzero(right["dec"] < 89)[-1]
    few = {"id": [1], "ra": right["ra"][at : at + 1], "dec": right["dec"][at : at + 1]}
    store(connection, "few", few)
    found = match_tables(connection, "raw.few", there)
    assert found.pairs["right_id"].to_pylist() == [right["source_id"][at]]
    assert (
        f"{there}: 1 of 7 files (1 of 14 row groups) read; no partner can be in the "
        "others." in found.notes
    )


def test_what_has_no_position_is_counted(connection, skies, tmp_path):
    right = {name: values.copy() for name, values in skies[1].items()}
    right["ra"][10:20] = np.nan
    right["dec"][20:23] = 91
    right["ra"][30:35] -= 360
    right["ra"][30:35] = np.clip(right["ra"][30:35], -179, -1)
    there = write_files(tmp_path / "right", right, 7)
    store(connection, "lefts", skies[0])
    found = match_tables(connection, "raw.lefts", there)
    assert found.notes == (
        f"13 of 3,000 rows of {there} without a position: nothing is matched "
        "with them.",
        f"5 negative right ascensions of {there}: 360 was added.",
    )


def test_leaves_nothing_behind(connection, files):
    match_tables(connection, *files, columns=["all"])
    left = connection.execute("select table_name from duckdb_tables() where temporary")
    assert left.fetchall() == []
    with pytest.raises(StellarwhError, match="Neither side has a column 'nothing'"):
        match_tables(connection, *files, columns=["nothing"])
    left = connection.execute(
        "select view_name from duckdb_views() where temporary and not internal"
    )
    assert left.fetchall() == []


def write_hats(folder, columns, kind):
    """Write a HATS catalogue as the IVOA note has it.

    That its columns of positions are ``alpha`` and ``delta`` only its properties say.
    """
    order = 2
    cells = HEALPix(2**order, order="nested").lonlat_to_healpix(
        columns["ra"] * u.deg, columns["dec"] * u.deg
    )
    zero = np.zeros(columns["ra"].size)
    table = pa.table(
        {
            "source_id": columns["source_id"],
            "alpha": columns["ra"],
            "delta": columns["dec"],
            "ra": zero,
            "dec": zero,
        }
    )
    dataset = folder / "dataset"
    (dataset / f"Norder={order}" / "Dir=0").mkdir(parents=True)
    for cell in np.unique(cells):
        path = dataset / f"Norder={order}" / "Dir=0" / f"Npix={cell}.parquet"
        pq.write_table(table.filter(cells == cell), path)
    pq.write_table(table.slice(0, 5), dataset / "data_thumbnail.parquet")
    pq.write_metadata(table.schema, dataset / "_common_metadata")
    (folder / "hats.properties").write_text(
        f"#HATS catalog\nobs_collection=x\ndataproduct_type={kind}\n"
        f"hats_nrows={table.num_rows}\nhats_col_ra=alpha\nhats_col_dec=delta\n"
    )


@pytest.fixture
def collection(skies, tmp_path):
    """A HATS collection with a margin, whose rows are those of the catalogue again."""
    folder = tmp_path / "collection"
    for name, kind in (("stars", "object"), ("stars_margin", "margin")):
        write_hats(folder / name, skies[1], kind)
    (folder / "collection.properties").write_text(
        "#HATS Collection\nobs_collection=x\nhats_primary_table_url=stars\n"
        "all_margins=stars_margin\ndefault_margin=stars_margin\n"
    )
    return folder


def by_place(matched):
    return sorted(map(tuple, (row.values() for row in matched.pairs.to_pylist())))


def test_a_hats_catalogue_is_matched_without_its_margin(connection, skies, collection):
    left, right = skies
    store(connection, "lefts", left)
    store(connection, "rights", right)
    expected = match_tables(connection, "raw.lefts", "raw.rights")
    for source in (
        collection,
        collection / "stars",
        collection / "**" / "*.parquet",
        collection / "stars" / "dataset" / "Norder=2",
    ):
        found = match_tables(connection, "raw.lefts", str(source), mode="all")
        assert by_place(found) == by_place(expected)
        assert not any("says that it has" in line for line in found.warnings)
    assert any("stars_margin is left out" in note for note in match_tables(
        connection, "raw.lefts", str(collection / "**/*.parquet")).notes)  # fmt: skip


def test_a_margin_is_no_catalogue(connection, skies, collection):
    store(connection, "lefts", skies[0])
    with pytest.raises(StellarwhError, match=r"margin of a HATS catalogue"):
        match_tables(connection, "raw.lefts", str(collection / "stars_margin"))


def test_a_part_of_a_hats_catalogue_is_said_to_be_one(connection, skies, collection):
    store(connection, "lefts", skies[0])
    next(collection.glob("stars/dataset/Norder=2/Dir=0/Npix=1*.parquet")).unlink()
    found = match_tables(connection, "raw.lefts", str(collection))
    assert "says that it has 3,000 rows, and has 2," in found.warnings[0]


def test_decimals_are_numbers(connection, tmp_path):
    degrees = "(i * 0.37)::decimal(22, 2) as ra, (i * 0.01 - 5)::decimal(10, 4) as dec"
    for name in ("left", "right"):
        rows = connection.sql(f"select i as id, {degrees} from range(500) as r(i)")
        pq.write_table(rows.to_arrow_table(), tmp_path / f"{name}.parquet")
    matched = match_tables(
        connection, str(tmp_path / "left.parquet"), str(tmp_path / "*.parquet")
    )
    # Each star of the left file has itself in both files of the right side.
    assert matched.pairs.num_rows == 1000
    assert set(matched.pairs["separation"].to_pylist()) == {0.0}
