"""Exact counts in cells: of all stars, in bounds that SQL can name."""

import base64
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest

from stellarwh.report.cube.axes import AXES, STEP, CubeAxis, fit_axis
from stellarwh.report.cube.coding import encode, varints
from stellarwh.report.cube.cubes import LEVELS, cubes_of
from stellarwh.report.cube.stars import CubeStars, choose_source, read_stars

# Two floats beside each bound of each axis, and what is no number.
EDGES = """
create or replace table main.stars as
select
    row_number() over () as star_id,
    (hash(i) % 3458764513820540928)::bigint as healpix,
    [['a', 'b'], ['a'], ['b']][1 + i % 3] as surveys
from range(3000) as r(i);

create or replace table main.parameters as
select
    star_id,
    4000 + 50 * (star_id % 40) + [0, -1e-9, 1e-9][1 + star_id % 3] as teff,
    ((star_id % 90)::double * 5 + [0, 0, 3][1 + star_id % 3]) / 100 as logg,
    case
        when star_id % 50 = 1 then null
        when star_id % 50 = 2 then 'nan'
        when star_id % 50 = 3 then 'inf'
        else ((star_id % 80)::double * 25 - 1500) / 1000
    end as fe_h,
    case when star_id % 7 > 1 then ((star_id % 41)::double - 5) / 100 end as alpha_fe
from main.stars;
"""


def read(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys and counts of a cube, by another way than the page's."""
    numbers, value, bits = [], 0, 0
    for byte in zlib.decompress(base64.b64decode(text)):
        value |= (byte & 127) << bits
        bits += 7
        if byte < 128:
            numbers.append(value)
            value, bits = 0, 0
    half = len(numbers) // 2
    return np.cumsum(numbers[:half]), np.array(numbers[half:])


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(tmp_path / "w.duckdb") as connection:  # noqa: TID251 - no warehouse
        connection.execute(EDGES)
        yield connection


@pytest.fixture
def stars(warehouse: duckdb.DuckDBPyConnection) -> CubeStars:
    return read_stars(warehouse, "main.parameters")


def test_every_number_comes_back() -> None:
    numbers = np.array([0, 1, 127, 128, 16383, 16384, 2**31, 2**40])
    keys, counts = read(encode(np.sort(numbers), numbers))
    assert (keys.tolist(), counts.tolist()) == (numbers.tolist(), numbers.tolist())
    assert varints(np.array([300])) == bytes([0b10101100, 0b10])
    assert read(encode(np.array([], dtype=int), np.array([], dtype=int)))[0].size == 0


def test_an_axis_begins_and_ends_at_cells_of_any_width() -> None:
    axis = fit_axis(AXES[1], np.array([-3, 7, 40]), np.array([5000, 1, 5000]))
    assert (axis.first, axis.n) == (-12, 60)
    assert (axis.low, axis.high) == (-0.6, 2.4)
    # One star in two thousand at either end lies off it.
    far = fit_axis(AXES[1], np.array([-900, 7, 40, 900]), np.array([1, 5000, 5000, 1]))
    assert (far.first, far.n) == (0, 48)
    wide = fit_axis(AXES[0], np.array([0, 2000]), np.array([50, 50]))
    assert wide.n <= 240
    assert wide.n % STEP == 0
    assert (wide.low, wide.high > 2000 * 50) == (0, True)
    nothing = np.array([], dtype=np.int64)
    assert fit_axis(AXES[0], nothing, nothing) == AXES[0]


@pytest.mark.parametrize("width", [1, 3])
def test_cells_hold_what_sql_counts_between_their_bounds(
    warehouse: duckdb.DuckDBPyConnection, stars: CubeStars, width: int
) -> None:
    for name, axis in stars.axes.items():
        told = axis.told(width)
        edges = [
            (told["first"] + i) * told["num"] / told["den"]
            for i in range(told["n"] + 1)
        ]
        asked = ", ".join(
            f"count(*) filter (where {name} >= {low!r} and {name} < {high!r})"
            for low, high in pairwise(edges)
        )
        query = f"select {asked} from main.parameters"
        rows = warehouse.execute(query).fetchall()
        units = stars.units[name]
        found = np.bincount(units[units < 254] // width, minlength=told["n"])
        assert found.tolist() == list(rows[0])


def test_no_star_is_lost(stars: CubeStars) -> None:
    data = cubes_of(stars)
    assert data["n"] == 3000
    assert sum(data["perSet"]) == 3000
    for text in data["cubes"].values():
        assert read(text)[1].sum() == 3000
    # NaN is no value; infinity is none either.
    assert data["lost"]["fe_h"] == {"missing": 180, "off": 0}
    assert data["lost"]["alpha_fe"]["missing"] == 3000 - len(
        [i for i in range(1, 3001) if i % 7 > 1]
    )


def test_cubes_agree_with_each_other(stars: CubeStars) -> None:
    data = cubes_of(stars)
    axes = data["axes"]
    sky = 12 * 4 ** data["order"]
    kiel = axes["teff"]["n"] * axes["logg"]["n"] + 1
    chemistry = axes["fe_h"]["n"] * (axes["alpha_fe"]["n"] + 2) + 1
    sides = {"sky_kiel": (sky, kiel), "sky_chemistry": (sky, chemistry),
             "kiel_chemistry": (kiel, chemistry)}  # fmt: skip
    margins: dict[str, list[list[int]]] = {}
    for name, (first, second) in sides.items():
        keys, counts = read(data["cubes"][name])
        for side, size, cells in (
            (name.split("_")[0], first, keys // second % first),
            (name.split("_")[1], second, keys % second),
        ):
            found = np.bincount(cells, counts, size).astype(int).tolist()
            margins.setdefault(side, []).append(found)
    assert all(one == other for one, other in margins.values())


def test_cells_become_wider_until_they_fit(stars: CubeStars) -> None:
    free = cubes_of(stars)
    tight = cubes_of(stars, budget=6000)
    assert sum(map(len, tight["cubes"].values())) <= 6000
    assert tight["axes"]["teff"]["num"] > free["axes"]["teff"]["num"]
    none = cubes_of(stars, budget=1)
    assert none["order"] == LEVELS[-1][0]
    assert read(none["cubes"]["sky_kiel"])[1].sum() == 3000


@pytest.mark.parametrize("few", [1, 100, 10_000])
def test_a_first_count_of_some_stars_changes_nothing(
    warehouse: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    stars = read_stars(warehouse, "main.parameters")
    found = cubes_of(stars, budget=6000)
    assert found["axes"] != cubes_of(stars)["axes"]
    monkeypatch.setattr("stellarwh.report.cube.cubes._FEW", few)
    assert cubes_of(stars, budget=6000) == found


def test_without_values_there_is_a_sky(warehouse: duckdb.DuckDBPyConnection) -> None:
    data = cubes_of(read_stars(warehouse, ""))
    assert list(data["cubes"]) == ["sky"]
    assert read(data["cubes"]["sky"])[1].sum() == 3000


def test_names_its_source(warehouse: duckdb.DuckDBPyConnection) -> None:
    both = {"main.stars", "main.parameters"}
    assert choose_source(warehouse, both) == "main.parameters"
    assert choose_source(warehouse, {"main.stars"}) == ""
    warehouse.execute(
        "insert into main.stars select star_id + 1e7::bigint, healpix, surveys "
        "from main.stars, range(60)"
    )
    assert choose_source(warehouse, both) == ""


def test_an_axis_tells_its_bounds_as_whole_numbers() -> None:
    axis = CubeAxis("fe_h", 25, 1000, first=-96, n=120)
    assert axis.told(4) | {"symbol": "", "unit": ""} == {
        "name": "fe_h", "symbol": "", "unit": "", "first": -24, "n": 30, "num": 100,
        "den": 1000, "reversed": False,
    }  # fmt: skip
