"""HATS collections: what lsdb says of them, and brute force of their margins."""

import logging
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.dataset as pds
import pyarrow.parquet as pq
import pytest
from astropy import units as u
from astropy.io.votable import parse_single_table
from astropy_healpix import HEALPix
from scipy.spatial import KDTree

from stellarwh.catalogues.hats_folder import cell_files, hats_in, read_hats
from stellarwh.errors import UsageError, WarehouseError
from stellarwh.export.export import export_table
from stellarwh.export.hats.options import HatsOptions
from stellarwh.ingest import ingest_survey
from tests.match.grid import unit_vectors
from tests.match.skies import scattered, troublesome_places

MARGIN, ROWS = 10.0, 60


@pytest.fixture
def sky(connection, tmp_path):
    """A raw table: positions where cells make trouble, and rows without one."""
    rng = np.random.default_rng(11)
    ra, dec = scattered(rng, troublesome_places(rng), 10, 1.5 * MARGIN)
    name = [f"s{i}" if i % 5 else None for i in range(len(ra))]
    table = pa.table(
        {
            "source_id": np.arange(len(ra)) + 2**60,
            "ra": np.where((ra > 185) & (np.arange(len(ra)) % 7 == 0), ra - 360, ra),
            "dec": dec,
            "name": name,
            "counts": pa.array([i if i % 3 else None for i in range(len(ra))], "int32"),
            "flags": pa.array(
                [[["a", None], None, []][i % 3] for i in range(len(ra))],
                pa.list_(pa.string()),
            ),
        }
    )
    nowhere = table.slice(0, 2).set_column(1, "ra", pa.array([None, 1.0], "double"))
    nowhere = nowhere.set_column(2, "dec", pa.array([1.0, None], "double"))
    fields = {"ra": {"unit": "deg", "ucd": "pos.eq.ra"}, "counts": {"unit": "ct"}}
    schema = pa.schema(f.with_metadata(fields.get(f.name)) for f in table.schema)
    path = tmp_path / "sky.parquet"
    pq.write_table(pa.concat_tables([table, nowhere]).cast(schema), path)
    ingest_survey(connection, "sky", path, ra="ra", dec="dec")
    return connection


@pytest.fixture
def collection(sky, tmp_path):
    """It as a collection, cut fine."""
    folder = tmp_path / "sky_hats"
    options = HatsOptions(margin=MARGIN, rows=ROWS)
    assert export_table(sky, "raw.sky", folder, kind="hats", hats=options) == rows(sky)
    return folder


def rows(sky) -> int:
    return sky.execute("select count(healpix) from raw.sky").fetchall()[0][0]


def read(catalogue) -> list[tuple[int, int, pa.Table]]:
    """Return each partition of a catalogue: its order, its cell and its rows."""
    found = []
    for path in cell_files(read_hats(catalogue)):
        order = int(path.parent.parent.name.removeprefix("Norder="))
        found.append((order, int(path.stem.removeprefix("Npix=")), pq.read_table(path)))
    return found


@pytest.mark.filterwarnings("ignore")  # those of dask and pandas
def test_the_validator_and_lsdb_take_it(lsdb, collection, sky, caplog):
    from hats.io.validation import is_valid_collection  # noqa: PLC0415 - it warns

    with caplog.at_level(logging.WARNING):
        assert is_valid_collection(collection, strict=True), caplog.text
    catalogue = lsdb.open_catalog(collection)
    assert len(catalogue) == rows(sky)
    assert catalogue.margin.hc_structure.catalog_info.margin_threshold == MARGIN
    order, cell, part = read(collection / "sky_hats")[-1]
    found = catalogue.get_partition(order, cell).compute()
    assert found["source_id"].tolist() == part["source_id"].to_pylist()
    assert found.index.name == "_healpix_29"


def test_partitions_are_cells_of_the_sky_sorted_and_not_too_large(collection, sky):
    parts = read(collection / "sky_hats")
    assert len({order for order, *_ in parts}) > 2
    for order, cell, part in parts:
        assert part.schema.names[0] == "_healpix_29"
        index = part["_healpix_29"].to_numpy()
        assert (np.diff(index) >= 0).all()
        assert set(index >> 2 * (29 - order)) == {cell}
        assert part.num_rows <= ROWS or order == 9
        ra = part["ra"].to_numpy() % 360
        places = ra * u.deg, part["dec"].to_numpy() * u.deg
        expected = HEALPix(2**20, order="nested").lonlat_to_healpix(*places)
        assert (index >> 18 == expected).all()
    # No coarser cell would do: those of a parent together are too many.
    parents = {}
    for order, cell, part in parts:
        if order:
            key = order - 1, cell >> 2
            parents[key] = parents.get(key, 0) + part.num_rows
    total = {key: 0 for key in parents}
    for order, cell, part in parts:
        for above in range(order):
            key = above, cell >> 2 * (order - above)
            if key in total:
                total[key] += part.num_rows
    assert min(total.values()) > ROWS


@pytest.mark.parametrize("margin", [MARGIN, 900.0])
@pytest.mark.filterwarnings("ignore")  # those of dask and pandas
def test_every_row_near_a_partition_is_in_its_margin_and_none_from_afar(
    lsdb, sky, tmp_path, margin
):
    folder = tmp_path / "wide"
    options = HatsOptions(margin, rows=ROWS)
    export_table(sky, "raw.sky", folder, kind="hats", hats=options)
    main = read(folder / "wide")
    margins = {(o, c): t for o, c, t in read(folder / f"wide_{margin:g}arcs")}
    everything = pa.concat_tables([part for *_, part in main])
    ids = everything["source_id"].to_numpy()
    places = unit_vectors((everything["ra"].to_numpy(), everything["dec"].to_numpy()))
    tree = KDTree(places)
    near = 2 * np.sin(np.radians(margin / 3600) / 2)
    found = 0
    # LSDB looks beyond the edge of the catalogue, too: cells without rows have margins.
    catalogue = lsdb.open_catalog(folder).hc_structure
    empty = [
        (pixel.order, pixel.pixel, everything.slice(0, 0))
        for pixel in catalogue.generate_negative_tree_pixels()
    ]
    assert len(empty) > 100
    assert set(margins) <= {(order, cell) for order, cell, _ in main + empty}
    for order, cell, part in main + empty:
        inside = set(part["source_id"].to_pylist())
        held = margins.get((order, cell), part.slice(0, 0))
        held = set(held["source_id"].to_pylist())
        assert not held & inside
        own = unit_vectors((part["ra"].to_numpy(), part["dec"].to_numpy()))
        edge = _border(order, cell, tree, near)
        if not len(own) + len(edge):
            assert not held or margin > MARGIN
            continue
        close = _least(places, np.concatenate([own, edge]), near) <= near * (1 - 1e-9)
        wanted = set(ids[close].tolist()) - inside
        assert wanted <= held, (order, cell)
        found += len(wanted)
        # Where cells as wide as the margin hold several partitions, whole ones are in.
        if held and margin == MARGIN:
            assert _least(places[np.isin(ids, list(held))], edge).max() <= 3 * near
    assert found > 300
    assert sum(part.num_rows for part in margins.values()) < 60 * found


def _border(order, cell, tree, near):
    """Return points of a cell's border: half an arcsecond apart where rows are near."""
    grid = HEALPix(2**order, order="nested")

    def points(side, along):
        zero, one = np.zeros_like(along), np.ones_like(along)
        dx, dy = [(along, zero), (one, along), (along, one), (zero, along)][side]
        lon, lat = grid.healpix_to_lonlat(np.full(along.shape, cell), dx, dy)
        return unit_vectors((lon.to_value(u.deg), lat.to_value(u.deg)))

    found = []
    steps = 2 ** max(12 - order, 0)  # of some 50 arcsec
    for side in range(4):
        along = np.arange(steps + 1) / steps
        coarse = points(side, along)
        far = near + 2 * np.radians(60 / 3600)
        close = tree.query(coarse, distance_upper_bound=far)[0] < far
        begun = along[:-1][close[:-1] | close[1:]]
        parts = np.linspace(0, 1, int(np.radians(60 / 3600) / near * 20) + 2)
        found.append(points(side, (begun[:, None] + parts[None] / steps).ravel()))
    return np.concatenate(found)


def _least(of, to, within=np.inf):
    """Return the chord from each of some unit vectors to the nearest of others."""
    return KDTree(to).query(of, distance_upper_bound=within)[0]


def test_units_and_null_values_are_in_every_file(collection, sky):
    for _, _, part in read(collection / "sky_hats"):
        assert part.schema.field("ra").metadata[b"unit"] == b"deg"
        assert part.schema.field("_healpix_29").metadata[b"ucd"] == b"pos.healpix"
    path = cell_files(hats_in(collection))[0]
    content = pq.read_metadata(path).metadata[b"IVOA.VOTable-Parquet.content"]
    fields = {f.name: f for f in parse_single_table(BytesIO(content)).fields}
    assert (fields["ra"].unit, fields["counts"].unit) == (u.deg, u.ct)
    assert fields["ra"].ucd == "pos.eq.ra"
    common = pq.read_schema(collection / "sky_hats" / "dataset" / "_common_metadata")
    assert common.field("counts").metadata[b"unit"] == b"count"
    assert "healpix" not in common.names
    everything = pds.dataset(cell_files(hats_in(collection))).to_table()
    stored = sky.sql(
        "select source_id, ra, dec, name, counts, flags from raw.sky "
        "where healpix is not null order by source_id"
    ).to_arrow_table()
    found = everything.sort_by("source_id").select(stored.schema.names)
    assert found.to_pylist() == stored.to_pylist()


def test_rows_without_a_position_are_left_out_and_said(
    sky, tmp_path, on_terminal, capsys
):
    select = "select source_id as id, ra, dec from raw.sky"
    written = export_table(
        sky, select, tmp_path / "q.hats", columns=["id", "ra", "dec"]
    )
    assert written == rows(sky)
    assert "2 rows have no position" in capsys.readouterr().err.replace("\n", " ")
    assert hats_in(tmp_path / "q.hats").rows == written


def test_a_table_without_rows_is_a_collection_too(sky, tmp_path):
    assert export_table(sky, "from raw.sky where false", tmp_path / "none.hats") == 0
    assert read_hats(tmp_path / "none.hats" / "none").rows == 0


def test_without_a_margin_there_is_none(sky, tmp_path):
    folder = tmp_path / "alone"
    export_table(sky, "raw.sky", folder, kind="hats", hats=HatsOptions(margin=0))
    assert sorted(f.name for f in folder.iterdir()) == [
        "alone",
        "collection.properties",
    ]


def test_a_folder_of_something_else_stays(sky, tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "thesis.tex").write_text("years")
    with pytest.raises(UsageError, match="no HATS folder"):
        export_table(sky, "raw.sky", folder, kind="hats", overwrite=True)
    assert [f.name for f in folder.iterdir()] == ["thesis.tex"]


def test_what_fails_leaves_what_was_there(collection, sky, tmp_path):
    before = sorted(f.name for f in tmp_path.iterdir())
    with pytest.raises(UsageError, match="add --overwrite"):
        export_table(sky, "raw.sky", collection, kind="hats")
    broken = "select ra, dec, error('no ' || source_id) as x from raw.sky"
    with pytest.raises(WarehouseError, match="no 1152"):
        export_table(sky, broken, collection, kind="hats", overwrite=True)
    assert sorted(f.name for f in tmp_path.iterdir()) == before
    assert hats_in(collection).rows == rows(sky)
    export_table(sky, "from raw.sky limit 7", collection, kind="hats", overwrite=True)
    assert hats_in(collection).rows == 7
    assert sorted(f.name for f in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("asked", "options", "said"),
    [
        ("select source_id from raw.sky", {}, "no columns named ra and dec"),
        ("select name as ra, dec from raw.sky", {}, "ra is VARCHAR, no degrees"),
        ("raw.sky", {"margin": -1.0}, "must be from 0"),
        ("raw.sky", {"rows": 0}, "holds none"),
    ],
)
def test_what_cannot_be_cut_is_refused(sky, tmp_path, asked, options, said):
    with pytest.raises(UsageError, match=said):
        export_table(
            sky, asked, tmp_path / "x", kind="hats", hats=HatsOptions(**options)
        )
    assert not (tmp_path / "x").exists()


def test_margins_are_of_hats_alone(sky, tmp_path):
    with pytest.raises(UsageError, match="give --format hats"):
        export_table(sky, "raw.sky", tmp_path / "x.fits", hats=HatsOptions())


def test_warehouse_of_an_earlier_version_is_to_be_built(sky, tmp_path):
    sky.execute("drop macro healpix_reach")
    with pytest.raises(WarehouseError, match=r"run 'stellarwh build'") as told:
        export_table(sky, "raw.sky", tmp_path / "out.hats", hats=HatsOptions())
    assert "cannot be written" not in str(told.value)
    assert not (tmp_path / "out.hats").exists()
