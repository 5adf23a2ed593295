"""One scale against the truth: simulated skies, calibrated and compared.

``python benchmarks/one_scale.py [--stars N] [--seeds 1,2] [--sky ideal,hard]`` prints,
of stars by the surveys that saw them, the mean absolute error of ``main.parameters``
and the spread of (value - truth) / error (1.4826 times the median absolute deviation),
the bars, the bins in which LAMOST is off, and how long it took. On the hard sky the
injected slopes and error factors stand beside the recovered ones. All data are
simulated.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

import stellarwh

QUANTITIES = ("teff", "logg", "fe_h", "alpha_fe")
SURVEYS = ("apogee", "galah", "lamost")
# Most that a mean absolute error may be on the sky without trends, in K and dex.
BARS = {
    "G": (77.8, 0.101, 0.064, 0.041),
    "L": (104.0, 0.171, 0.0845, 0.042),
    "AG": (32.7, 0.0384, 0.0181, 0.0138),
    "AL": (36.2, 0.0413, 0.0186, 0.0135),
    "GL": (55.2, 0.0773, 0.0453, 0.0288),
    "AGL": (30.0, 0.0375, 0.0178, 0.0123),
}
_STARS = """
with
truths as (
    select
        m.star_id,
        any_value(t.teff) as teff,
        any_value(t.logg) as logg,
        any_value(t.fe_h) as fe_h,
        any_value(t.alpha_fe) as alpha_fe
    from main.measurements as m
    inner join truth as t using (survey, source_id)
    where m.is_best and m.is_clean
    group by m.star_id
)

select
    list_aggregate(
        list_transform(p.{q}_sources, lambda s: upper(s[1])), 'string_agg', ''
    ) as seen_by,
    p.{q} - truths.{q} as off,
    (p.{q} - truths.{q}) / p.{q}_err as pull
from main.parameters as p
inner join truths using (star_id)
where p.{q} is not null
"""
_ROWS = """
select
    c.value - t.{q} as value_off,
    c.measured - t.{q} as measured_off,
    t.teff,
    t.logg,
    t.fe_h
from main.calibrated as c
inner join truth as t using (survey, source_id)
where c.quantity = '{q}' and c.survey = 'lamost' and c.in_range and t.is_best
"""


def spread(values: Any) -> float:
    """Return 1.4826 times the median absolute deviation."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def bins_off(off: Any, places: Any) -> int:
    """Count tenths of three parameters whose median is off by a fifth of the spread."""
    least, count = spread(off) / 5, 0
    for place in places:
        edges = np.quantile(place, np.linspace(0, 1, 11))
        part = np.clip(np.searchsorted(edges, place, "right") - 1, 0, 9)
        medians = [np.median(off[part == number]) for number in range(10)]
        count += int((np.abs(medians) > least).sum())
    return count


def compare(
    connection: duckdb.DuckDBPyConnection, truth: Path, *, has_bars: bool
) -> None:
    """Print how the parameters of a calibrated sky compare with the truth."""
    connection.register("truth", pl.read_parquet(truth))
    print("surveys  stars  " + "".join(f"{q:>22}" for q in QUANTITIES))
    found: dict[str, list[tuple[float, float, int]]] = {}
    for quantity in QUANTITIES:
        rows = connection.execute(_STARS.format(q=quantity)).fetchnumpy()
        for name in ("A", *BARS):
            mine = rows["seen_by"] == name
            if mine.sum() < 50:
                found.setdefault(name, []).append((np.nan, np.nan, int(mine.sum())))
                continue
            error = float(np.mean(np.abs(rows["off"][mine])))
            pull = np.ma.filled(rows["pull"][mine], np.nan)
            pull = spread(pull[np.isfinite(pull)])
            found.setdefault(name, []).append((error, pull, int(mine.sum())))
    for name, cells in found.items():
        bars = BARS.get(name, (np.nan,) * 4) if has_bars else (np.nan,) * 4
        text = "".join(
            f"{error:10.4g} ({pull:4.2f}){'!' if error > bar else ' ':2}   "
            for (error, pull, _), bar in zip(cells, bars, strict=True)
        )
        print(f"{name:>7} {cells[0][2]:6}   {text}")
    for quantity in QUANTITIES:
        rows = connection.execute(_ROWS.format(q=quantity)).fetchnumpy()
        places = [rows[name] for name in ("teff", "logg", "fe_h")]
        before = rows["measured_off"] - np.median(rows["measured_off"])
        poor = rows["fe_h"] < -1
        below = [np.median(off[poor]) for off in (rows["value_off"], before)]
        print(
            f"LAMOST {quantity}: {bins_off(rows['value_off'], places)} of 30 bins off "
            f"({bins_off(before, places)} with a constant offset); below [Fe/H] = -1 "
            f"{below[0]:+.4f} ({below[1]:+.4f})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stars", type=int, default=60_000)
    parser.add_argument("--seeds", default="1", help="separated by commas")
    parser.add_argument("--sky", default="ideal,hard", help="separated by commas")
    parser.add_argument(
        "--without", default="", help="surveys left out, separated by commas"
    )
    options = parser.parse_args()
    left_out = options.without.split(",")
    for sky in options.sky.split(","):
        for seed in map(int, options.seeds.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                files = stellarwh.simulate_sky(
                    Path(folder), stars=options.stars, seed=seed, sky=sky
                )
                path = Path(folder) / "stars.duckdb"
                with stellarwh.open(path, write=True) as wh:
                    for survey in SURVEYS:
                        if survey not in left_out:
                            wh.ingest(survey, files[survey])
                    wh.build()
                    started = time.process_time()
                    result = wh.calibrate()
                    used = time.process_time() - started
                    started = time.process_time()
                    wh.connection.execute(
                        "create temp table read_once as from main.parameters"
                    )
                    read = time.process_time() - started
                    print(
                        f"\n{sky} sky, seed {seed}, SIMULATED: {result.stars:,} common "
                        f"stars, scale of {result.reference}; calibrate {used:.1f} and "
                        f"main.parameters whole {read:.1f} processor seconds"
                    )
                    if left_out == [""]:
                        compare(wh.connection, files["truth"], has_bars=sky == "ideal")
                    for fact in result.facts:
                        if fact.quantity in QUANTITIES and fact.factor is not None:
                            print(
                                f"errors of {fact.survey} {fact.quantity} times "
                                f"{fact.factor:.2f} ± {fact.factor_err:.2f}"
                            )


if __name__ == "__main__":
    main()
