"""Put APOGEE results under the published column names."""

import numpy as np
import numpy.typing as npt

from stellarwh.simulate import bits
from stellarwh.simulate.apogee.abundances import ELEMENTS, ELEMTOH, IRON, Abundances
from stellarwh.simulate.apogee.flags import Verdict
from stellarwh.simulate.apogee.spectra import Fit, Spectra
from stellarwh.simulate.arrays import FloatArray, TextArray
from stellarwh.simulate.files.text import bit_names, concatenate
from stellarwh.simulate.sky.catalogues import Catalogues, log_normal_distances
from stellarwh.simulate.sky.photometry import RJCE_SLOPE, RJCE_ZERO
from stellarwh.simulate.sky.pointings import galactic
from stellarwh.simulate.sky.stars import Stars

Rows = npt.NDArray[np.void]
_AK_PER_SFD = 0.302  # Schlafly & Finkbeiner 2011
_UNNAMED = ("GE", "RB", "ND", "C13")
_VISITS_PER_ROW = 100


def fill_photometry(
    rows: Rows, rng: np.random.Generator, stars: Stars, known: Catalogues
) -> FloatArray:
    """Write 2MASS, Gaia and extinction columns; returns A_Ks used in targeting."""
    for band, name in (("j", "J"), ("h", "H"), ("ks", "K")):
        rows[name] = getattr(known, band)
        rows[f"{name}_ERR"] = getattr(known, f"{band}_error")
    ak_wise = RJCE_SLOPE * (known.h - known.w2 - RJCE_ZERO)
    has_wise = rng.random(stars.ra.size) < 0.97
    rows["AK_WISE"] = np.where(has_wise, ak_wise, np.nan)
    rows["SFD_EBV"] = stars.ebv_sfd
    _, latitude = galactic(stars.ra, stars.dec)
    by_sfd = (np.abs(latitude) > 20.0) | ~has_wise
    ak = np.where(by_sfd, _AK_PER_SFD * stars.ebv_sfd, np.maximum(ak_wise, 0.0))
    rows["AK_TARG"] = ak
    rows["AK_TARG_METHOD"] = np.where(by_sfd, b"SFD", b"RJCE_WISE")
    _fill_gaia(rows, stars, known)
    return ak


def _fill_gaia(rows: Rows, stars: Stars, known: Catalogues) -> None:
    # Now and then no Gaia source lies within the 3 arcsec of the match: the same
    # stars in every field, so this must not be drawn per row.
    found = known.gaia_dr3 % 251 != 0
    rows["GAIAEDR3_SOURCE_ID"] = np.where(found, known.gaia_dr3, 0)
    columns: dict[str, FloatArray] = {
        "PARALLAX": known.parallax,
        "PARALLAX_ERROR": known.parallax_error,
        "PMRA": known.pmra,
        "PMRA_ERROR": known.pmra_error,
        "PMDEC": known.pmdec,
        "PMDEC_ERROR": known.pmdec_error,
        "PHOT_G_MEAN_MAG": known.g,
        "PHOT_BP_MEAN_MAG": known.bp,
        "PHOT_RP_MEAN_MAG": known.rp,
        "DR2_RADIAL_VELOCITY": known.rv_gaia,
        "DR2_RADIAL_VELOCITY_ERROR": known.rv_gaia_error,
    }
    for kind, precision in (("GEO", 1.0), ("PHOTOGEO", 0.8)):
        error = precision * known.parallax_error
        estimates = log_normal_distances(
            known.distance_noise, known.parallax, error, stars.distance
        )
        for label, values in zip(("MED", "LO", "HI"), estimates, strict=True):
            columns[f"R_{label}_{kind}"] = values
    for name, values in columns.items():
        rows[f"GAIAEDR3_{name}"] = np.where(found, values, np.nan)


def fill_spectra(
    rows: Rows, rng: np.random.Generator, stars: Stars, spectra: Spectra
) -> None:
    """Write visits, S/N, STARFLAG and radial velocities."""
    n = len(rows)
    rows["NVISITS"] = spectra.n_visits
    rows["SNR"], rows["SNREV"] = spectra.snr, spectra.snrev
    rows["STARFLAG"] = spectra.starflag
    rows["STARFLAGS"] = bit_names(spectra.starflag, bits.by_bit(bits.STARFLAG))
    # ANDFLAG keeps what every visit shares: all for one visit, persistence for none.
    once = spectra.n_visits == 1
    lasting = bits.mask_of(1, 21, 23)
    common = np.where(once, spectra.starflag, spectra.starflag & lasting)
    rows["ANDFLAG"] = common
    rows["ANDFLAGS"] = bit_names(common, bits.by_bit(bits.STARFLAG))
    rows["VHELIO_AVG"] = spectra.velocity
    rows["VSCATTER"], rows["VERR"] = spectra.velocity_scatter, spectra.velocity_error
    failed = spectra.failed
    noise = rng.standard_normal((5, n))
    templates = (
        ("RV_TEFF", stars.teff, 150.0),
        ("RV_LOGG", stars.logg, 0.3),
        ("RV_FEH", stars.fe_h, 0.15),
        ("RV_ALPHA", stars.alpha_fe, 0.08),
        ("RV_CARB", stars.abundances["c"], 0.1),
    )
    for (name, value, sigma), draw in zip(templates, noise, strict=True):
        rows[name] = np.where(failed, np.nan, value + sigma * draw)
    chi2 = 1.0 + (spectra.snr / 120.0) ** 1.5 * (1.0 + rng.random(n))
    rows["RV_CHI2"] = np.where(failed, np.nan, chi2)
    rows["RV_CCFWHM"], rows["RV_AUTOFWHM"] = spectra.ccf_width, spectra.template_width
    flag = np.where(failed, 1 << bits.RV_FLAG["NO_GOOD_VISITS"], 0)
    for name in ("RV_REJECT", "RV_SUSPECT"):
        is_set = spectra.starflag >> bits.STARFLAG[name] & 1
        flag |= is_set << bits.RV_FLAG[name]
    rows["RV_FLAG"] = flag
    count = np.where(spectra.is_binary, 2, 1)
    rows["N_COMPONENTS"] = np.where(failed | (spectra.snr < 10.0), -1, count)
    rows["MEANFIB"] = spectra.fibre
    rows["SIGFIB"] = np.where(once, 0.0, 30.0 * rng.exponential(1.0, n))


def fill_parameters(rows: Rows, fit: Fit, verdict: Verdict) -> None:
    """Write ASPCAP parameters; what the pipeline distrusts stays NaN."""
    good = verdict.is_usable
    flags = verdict.paramflag
    m_h_good = good & (flags[:, 3] & bits.WITHHELD_MASK == 0)
    alpha_good = m_h_good & (flags[:, 6] & bits.WITHHELD_MASK == 0)
    fitted, value, error = fit.fitted, fit.calibrated, fit.error
    giant = fit.is_giant_grid
    last = 10.0 ** fitted[:, 7]
    published = {
        "TEFF": (value[:, 0], good),
        "TEFF_ERR": (error[:, 0], good),
        "TEFF_SPEC": (fitted[:, 0], good),
        "LOGG": (value[:, 1], good),
        "LOGG_ERR": (error[:, 1], good),
        "LOGG_SPEC": (fitted[:, 1], good),
        "VMICRO": (10.0 ** fitted[:, 2], good),
        "VMACRO": (np.where(giant, last, 0.0), good),
        "VSINI": (last, good & ~giant),
        "M_H": (value[:, 3], m_h_good),
        "M_H_ERR": (error[:, 3], m_h_good),
        "ALPHA_M": (value[:, 6], alpha_good),
        "ALPHA_M_ERR": (error[:, 6], alpha_good),
    }
    for name, (values, where) in published.items():
        rows[name] = np.where(where, values, np.nan)
    failed = verdict.aspcapflag >> bits.ASPCAPFLAG["NO_ASPCAP_RESULT"] & 1
    rows["ASPCAP_GRID"] = np.where(failed == 1, b"", fit.grid)
    rows["ASPCAP_CHI2"] = np.where(failed == 1, np.nan, verdict.chi2)
    rows["PARAMFLAG"] = flags
    rows["ASPCAPFLAG"] = verdict.aspcapflag
    rows["ASPCAPFLAGS"] = bit_names(verdict.aspcapflag, bits.by_bit(bits.ASPCAPFLAG))


def fill_abundances(rows: Rows, found: Abundances, verdict: Verdict) -> None:
    """Write the element arrays and the named columns made from them."""
    good = verdict.is_usable
    has_value = np.isfinite(found.x_h)
    m_h = rows["M_H"].astype(np.float64)[:, None]
    rows["X_H"] = found.x_h
    rows["X_H_ERR"] = np.where(has_value, found.x_h_error, np.nan)
    rows["X_M"] = found.x_h - m_h
    rows["X_M_ERR"] = np.where(has_value, found.x_h_error, np.nan)
    raw = np.where(good[:, None], found.x_h_raw, np.nan)
    rows["X_H_SPEC"], rows["X_M_SPEC"] = raw, raw - m_h
    rows["ELEM_CHI2"], rows["ELEMFRAC"] = found.chi2, found.good_fraction
    kept = (found.flag & bits.WITHHELD_MASK == 0) & good[:, None]
    for index, name in enumerate(ELEMENTS):
        column = "FE_H" if index == IRON else f"{name}_FE"
        if name in _UNNAMED or column not in (rows.dtype.fields or {}):
            continue
        both = kept[:, index] & kept[:, IRON]
        iron = 0.0 if index == IRON else found.x_h[:, IRON]
        iron_raw = 0.0 if index == IRON else raw[:, IRON]
        rows[column] = np.where(both, found.x_h[:, index] - iron, np.nan)
        rows[f"{column}_SPEC"] = np.where(both, raw[:, index] - iron_raw, np.nan)
        measured = both & has_value[:, index]
        rows[f"{column}_ERR"] = np.where(measured, found.x_h_error[:, index], np.nan)
        rows[f"{column}_FLAG"] = found.flag[:, index]


def fill_quality(rows: Rows, rng: np.random.Generator, spectra: Spectra) -> None:
    """Write the fractions of bad pixels."""
    rows["FRAC_BADPIX"], rows["FRAC_LOWSNR"] = (
        spectra.fraction_bad,
        spectra.fraction_low,
    )
    rows["FRAC_SIGSKY"] = 0.02 + 0.03 * rng.random(len(rows))


def fill_full_width(
    rows: Rows,
    rng: np.random.Generator,
    stars: Stars,
    known: Catalogues,
    fit: Fit,
    found: Abundances,
) -> None:
    """Write the columns that only the full table has."""
    n = len(rows)
    identity: TextArray = rows["APOGEE_ID"]
    telescope: TextArray = rows["TELESCOPE"]
    field: TextArray = rows["FIELD"]
    rows["FILE"] = concatenate(b"apStar-dr17-", identity, b".fits")
    rows["TARGET_ID"] = concatenate(telescope, b".", field, b".", identity)
    rows["APSTAR_ID"] = concatenate(
        b"apogee.", telescope, b".stars.", field, b".", identity
    )
    rows["ASPCAP_ID"] = concatenate(
        b"apogee.", telescope, b".dr17.", field, b".", identity
    )
    south = telescope == b"lco25m"
    rows["LOCATION_ID"] = np.where(south, 5500, 4100) + stars.pointing
    rows["LOCATION_ID"][telescope == b"apo1m"] = 1
    rows["SRC_H"] = b"2MASS"
    rows["WISE_4_5"], rows["WISE_4_5_ERR"] = known.w2, known.w2_error
    rows["TARG_4_5"], rows["TARG_4_5_ERR"] = known.w2, known.w2_error
    rows["WASH_DDO51_GIANT_FLAG"] = rows["WASH_DDO51_STAR_FLAG"] = -1
    rows["TARG_PMRA"], rows["TARG_PMDEC"] = known.pmra, known.pmdec
    rows["TARG_PM_SRC"] = b"URAT1"
    rows["FPARAM"], rows["PARAM"] = fit.fitted, fit.calibrated
    diagonal = np.arange(fit.error.shape[1])
    for name in ("FPARAM_COV", "PARAM_COV"):
        covariance = np.zeros((n, diagonal.size, diagonal.size), dtype=np.float32)
        covariance[:, diagonal, diagonal] = fit.error**2
        rows[name] = covariance
    rows["ELEMFLAG"] = found.flag
    m_h = fit.calibrated[:, 3][:, None]
    rows["FELEM"] = found.x_h_raw - np.where(ELEMTOH == 1, 0.0, m_h)
    rows["FELEM_ERR"] = found.x_h_error
    best = _grid_slots(fit.grid)
    grids = np.full((n, 21, 9), np.nan, dtype=np.float32)
    grids[np.arange(n), best] = fit.fitted
    rows["FPARAM_GRID"] = grids
    chi2 = np.full((n, 21), np.nan, dtype=np.float32)
    chi2[np.arange(n), best] = rows["ASPCAP_CHI2"]
    rows["CHI2_GRID"] = chi2
    first = rng.integers(0, 2_600_000, n)
    visit = np.arange(_VISITS_PER_ROW)
    used = visit < rows["NVISITS"][:, None]
    empty = np.int64(-(2**31))
    rows["VISIT_PK"] = np.where(used, first[:, None] + visit, empty)


def _grid_slots(grid: TextArray) -> npt.NDArray[np.int64]:
    """Position of each grid among the 21: BA, then five for each LSF group."""
    names = ["BA"] + [
        f"{k}_{g}" for g in "abcd" for k in ("GKg", "GKd", "Mg", "Md", "Fd")
    ]
    index = {name.encode(): slot for slot, name in enumerate(names)}
    found, inverse = np.unique(grid, return_inverse=True)
    slots = np.array([index[bytes(name)] for name in found], dtype=np.int64)
    result: npt.NDArray[np.int64] = slots[inverse]
    return result
