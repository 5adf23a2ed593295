"""The GALAH DR3 main_allstar table of the simulated sky: one row per star."""

import numpy as np
import numpy.typing as npt

from stellarwh.simulate.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    ordinals,
    smooth_step,
)
from stellarwh.simulate.bits import FLAG_SP
from stellarwh.simulate.files.layout import Layout
from stellarwh.simulate.galah.abundances import ALPHA_OFFSET, fill_abundances
from stellarwh.simulate.sky.catalogues import (
    Catalogues,
    log_normal_distances,
    position_at,
)
from stellarwh.simulate.sky.faults import Injected, Injector
from stellarwh.simulate.sky.observed import Observed
from stellarwh.simulate.sky.photometry import RJCE_SLOPE, SFD_SCALE
from stellarwh.simulate.sky.stars import GALAH, Stars, pseudo_v

Rows = npt.NDArray[np.void]
_FIBRES, _RUNS_PER_NIGHT = 392, 40
_FIRST_NIGHT = np.datetime64("2013-11-16")
_NIGHTS = 1900
_HERMES = (b"galah_main", b"galah_bright", b"galah_faint", b"k2_hermes", b"tess_hermes")
_EDR2 = 2015.5


def observe_galah(
    rng: np.random.Generator,
    stars: Stars,
    catalogues: Catalogues,
    layout: Layout,
    counts: IntArray,
    injector: Injector,
) -> Observed:
    """Observe the targeted stars; ``counts`` numbers the rows of each pointing."""
    star = np.flatnonzero(stars.targeted[:, GALAH])
    seen, known = stars.take(star), catalogues.take(star)
    rows = layout.empty_rows(star.size)
    rows["sobject_id"] = _spectrum_ids(seen.pointing, ordinals(seen.pointing, counts))
    rows["star_id"] = known.twomass
    rows["dr2_source_id"], rows["dr3_source_id"] = known.gaia_dr2, known.gaia_dr3
    rows["ra_dr2"], rows["dec_dr2"] = position_at(seen, _EDR2, 0.05, rng)
    _fill_catalogues(rows, rng, seen, known)
    snr = _fill_observation(rows, rng, seen, known)
    run = rows["sobject_id"].astype(np.int64) // 100_000
    shown = rows["snr_c2_iraf"].astype(np.float64)
    injected = injector.inject("galah", seen, shown, run)
    offset, sigma = _fill_parameters(rows, rng, seen, known, snr, injected)
    flag = _fill_quality(rows, rng, seen, known, snr)
    sigma["alpha_fe"] = fill_abundances(rows, rng, seen, snr, flag, injected)
    offset["alpha_fe"] = injected.offset("alpha_fe", np.full(star.size, ALPHA_OFFSET))
    offset["radial_velocity"] = injected.offset("radial_velocity", np.zeros(star.size))
    rows["rv_galah"] += offset["radial_velocity"]
    return Observed(rows, star, shown, offset, sigma, injected)


def _spectrum_ids(pointing: IntArray, ordinal: IntArray) -> IntArray:
    """``yymmddRRRRVVFFF``: date, run, combination version and fibre."""
    run = ordinal // _FIBRES
    night = (pointing * 3 + 641 * (run // _RUNS_PER_NIGHT)) % _NIGHTS
    date = (_FIRST_NIGHT + night).astype("datetime64[D]")
    year = date.astype("datetime64[Y]").astype(np.int64) + 1970
    month = date.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (date - date.astype("datetime64[M]")).astype(np.int64) + 1
    yymmdd = (year - 2000) * 10_000 + month * 100 + day
    result: IntArray = yymmdd * 10**9 + (run % _RUNS_PER_NIGHT + 1) * 100_000 + 1000
    return result + ordinal % _FIBRES + 1


def _fill_catalogues(
    rows: Rows, rng: np.random.Generator, stars: Stars, known: Catalogues
) -> None:
    n = len(rows)
    for band in ("j", "h", "ks"):
        rows[f"{band}_m"] = getattr(known, band)
        rows[f"{band}_msigcom"] = getattr(known, f"{band}_error")
    rows["v_jk"] = pseudo_v(known.j, known.ks)
    rows["ph_qual_tmass"] = b"AAA"
    has_wise = rng.random(n) < 0.97
    rows["w2mpro"] = np.where(has_wise, known.w2, np.nan)
    rows["w2mpro_error"] = np.where(has_wise, known.w2_error, np.nan)
    rows["ph_qual_wise"] = np.where(
        has_wise, np.array([b"AAAB", b"AAAU", b"AAAA"])[rng.integers(0, 3, n)], b""
    )
    rows["ebv"] = stars.ebv_sfd
    # GALAH keeps the zero point 0.08 of the Spitzer band, and guards with E(B-V).
    by_colour = RJCE_SLOPE * (known.h - known.w2 - 0.08)
    by_map = 0.36 * stars.ebv_sfd
    is_absurd = ~has_wise | (by_colour > 3.0 * by_map)
    rows["a_ks"] = np.where(is_absurd, by_map, np.maximum(by_colour, 0.0))
    rows["e_a_ks"] = RJCE_SLOPE * np.hypot(known.h_error, known.w2_error)
    rows["parallax_dr2"] = known.parallax_dr2
    rows["parallax_error_dr2"] = known.parallax_error_dr2
    estimates = log_normal_distances(
        rng.standard_normal(n),
        known.parallax_dr2,
        known.parallax_error_dr2,
        stars.distance,
    )
    for name, values in zip(("est", "lo", "hi"), estimates, strict=True):
        rows[f"r_{name}_dr2"] = values
    rows["r_len_dr2"] = 430.0 + 900.0 * rng.random(n)
    rows["rv_gaia_dr2"], rows["e_rv_gaia_dr2"] = known.rv_gaia, known.rv_gaia_error
    rows["ruwe_dr2"] = known.ruwe_dr2


def _fill_observation(
    rows: Rows, rng: np.random.Generator, stars: Stars, known: Catalogues
) -> FloatArray:
    """Programme, S/N of the four CCDs and radial velocity; returns S/N of CCD 2."""
    n = len(rows)
    v = pseudo_v(known.j, known.ks)
    kind = np.select([v < 12.0, v > 14.0], [1, 2], 0)
    other = rng.random(n)
    kind = np.where(other < 0.15, 3, np.where(other < 0.20, 4, kind))
    rows["survey_name"] = np.where(other > 0.93, b"other", np.array(_HERMES)[kind])
    by_programme = np.select([kind == 3, kind == 4], [6546, 7117], 1)
    field = by_programme + stars.pointing % np.where(kind >= 3, 220, 6500)
    rows["field_id"] = np.where(other > 0.93, -1, field)
    rows["wg4_field"] = np.char.add(b"10k_", (1 + stars.pointing % 60).astype("S2"))
    rows["wg4_pipeline"] = b"lbol"
    snr = 27.0 * 10.0 ** (-0.14 * (v - 14.0)) * np.exp(0.28 * rng.standard_normal(n))
    snr = np.where(rng.random(n) < 0.045, snr * rng.uniform(0.1, 0.5, n), snr)
    red = 1.25 + 0.4 * smooth_step(-stars.teff, -5800.0, -4300.0)
    rows["snr_c1_iraf"] = snr * (0.95 - 0.45 * (red - 1.25) / 0.4)
    rows["snr_c2_iraf"] = snr
    rows["snr_c3_iraf"] = snr * red
    rows["snr_c4_iraf"] = snr * red * 0.95
    error = (0.08 + 0.6 / snr) * (1.0 + stars.vsini / 20.0)
    binary = np.where(stars.mass_ratio > 0, 3.0 * rng.standard_normal(n), 0.0)
    rows["rv_galah"] = stars.radial_velocity + binary + error * rng.standard_normal(n)
    rows["e_rv_galah"] = error
    return snr


def _fill_parameters(
    rows: Rows,
    rng: np.random.Generator,
    stars: Stars,
    known: Catalogues,
    snr: FloatArray,
    injected: Injected,
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Parameters on GALAH's scale, with honest errors; returns offsets and errors."""
    n = len(rows)
    dwarf = smooth_step(stars.logg, 3.3, 3.9)
    faint = np.sqrt(0.6 + 0.4 * (40.0 / np.maximum(snr, 4.0)) ** 2)
    blended = np.where(stars.neighbour < 2.0, 1.6, 1.0)
    hot = 1.0 + smooth_step(stars.teff, 6500.0, 8500.0)
    noise = rng.standard_normal((5, n))
    relative = known.parallax_error_dr2 / np.maximum(known.parallax_dr2, 0.02)
    sigma = {
        "teff": (85.0 + 5.0 * dwarf) * faint * blended * hot,
        # Log g comes from the parallax: its error does, too.
        "logg": np.hypot(
            0.115 * np.sqrt(faint) * blended, np.minimum(0.87 * relative, 0.5)
        ),
        "fe_h": 0.075 * faint * blended * hot,
    }
    hotter = np.maximum(stars.teff - 6000.0, 0.0)
    offset = {
        "teff": -25.0 + 30.0 * dwarf - 0.08 * hotter,
        "logg": np.full(n, -0.06),
        "fe_h": -0.03 - 0.05 * np.maximum(stars.fe_h, 0.0),
    }
    offset = {name: injected.offset(name, usual) for name, usual in offset.items()}
    pull = {"logg": -0.4 * stars.brightening}
    for index, name in enumerate(sigma):
        true = getattr(stars, name) + offset[name] + pull.get(name, 0.0)
        value = true + sigma[name] * noise[index]
        rows[name] = value + injected.of(name)
        rows[f"e_{name}"] = sigma[name] * injected.stated
    rows["fe_h_atmo"] = rows["fe_h"] + 0.02 * noise[3]
    rows["vmic"] = 1.1 + 1.6e-4 * (stars.teff - 5500.0) * dwarf + 0.4 * (1.0 - dwarf)
    broadening = np.hypot(stars.vsini, 5.0 + 0.02 * rng.exponential(1.0, n))
    rows["e_vbroad"] = 0.3 + 0.05 * broadening
    rows["vbroad"] = broadening * (1.0 + 0.05 * noise[4])
    rows["irfm_teff"] = np.rint(stars.teff + 70.0 * rng.standard_normal(n))
    rows["irfm_ebv"] = np.round(stars.ebv_sfd / SFD_SCALE, 3)
    rows["irfm_ebv_ref"] = np.where(stars.dec > -30.0, b"bay", b"sfd")
    rows["bc_ks"] = np.interp(
        -stars.teff, [-8000.0, -6000.0, -4700.0, -3800.0], [0.4, 1.3, 2.05, 2.65]
    )
    return offset, sigma


def _fill_quality(
    rows: Rows,
    rng: np.random.Generator,
    stars: Stars,
    known: Catalogues,
    snr: FloatArray,
) -> IntArray:
    """chi2, reduction flags and flag_sp; failed fits lose their values."""
    n = len(rows)
    drawn = rng.random((7, n))
    chi2 = np.exp(0.35 * rng.standard_normal(n)) * (0.9 + (snr / 90.0) ** 1.3)
    bad_fit = drawn[0] < 0.008
    chi2 = np.where(bad_fit, chi2 * rng.uniform(5.0, 12.0, n), chi2)
    rows["chi2_sp"] = chi2
    reduction = drawn[1] < 0.075
    rows["red_flag"] = np.where(reduction, 1 << rng.integers(0, 4, n), 0)
    rows["flag_guess"] = np.where(drawn[2] < 0.003, 8, 0)
    depth = 0.62 + 0.1 * stars.fe_h - 1.2e-4 * (stars.teff - 5200.0)
    depth = np.clip(depth + 0.05 * rng.standard_normal(n), 0.005, 0.98)
    saturated = drawn[3] < 0.03
    depth = np.where(saturated, 1.0 + 0.3 * drawn[4], depth)
    rows["flux_A_Fe"] = depth
    rows["chi_A_Fe"] = chi2 * np.exp(0.4 * rng.standard_normal(n))
    fast = stars.vsini > 45.0
    rows["e_vbroad"] = np.where(fast, 8.0 * rows["e_vbroad"], rows["e_vbroad"])
    teff, logg = rows["teff"].astype(np.float64), rows["logg"].astype(np.float64)
    pair = (stars.mass_ratio > 0.75) & (stars.brightening > 0.25)
    causes: dict[str, BoolArray] = {
        "ruwe": known.ruwe_dr2 > 1.4,
        "broadening": fast,
        "low_snr": snr < 10.0,
        "reduction": reduction,
        "emission": drawn[5] < 0.0004,
        "binary_tsne": (stars.mass_ratio > 0.7) & (drawn[6] < 0.25),
        "binary_sequence": pair & (stars.teff < 7000.0),
        "chi2": bad_fit,
        "fe_lines": (depth > 1.0) | (depth < 0.03),
        "not_converged": (snr < 5.0) | (drawn[4] < 0.012) & ~saturated,
        "grid_limit": (teff < 4000.0) | (teff > 8000.0) | (logg > 5.0) | (logg < 0.0),
    }
    flag = np.zeros(n, dtype=np.int64)
    for name, cause in causes.items():
        flag |= cause * FLAG_SP[name]
    rows["flag_sp"] = flag
    lost = causes["not_converged"]
    for name in ("teff", "logg", "fe_h", "fe_h_atmo", "vmic", "vbroad", "chi2_sp"):
        rows[name] = np.where(lost, np.nan, rows[name])
        if f"e_{name}" in (rows.dtype.fields or {}):
            rows[f"e_{name}"] = np.where(lost, np.nan, rows[f"e_{name}"])
    unreliable = lost | causes["fe_lines"]
    rows["flag_fe_h"] = np.where(unreliable, 16, 0)
    return flag
