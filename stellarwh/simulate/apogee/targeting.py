"""Why APOGEE observed a star: targeting words, magnitude limits and EXTRATARG."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stellarwh.simulate import bits
from stellarwh.simulate.apogee.spectra import Spectra, combine
from stellarwh.simulate.arrays import BoolArray, FloatArray, IntArray, TextArray
from stellarwh.simulate.files.text import bit_names, concatenate
from stellarwh.simulate.sky.catalogues import Catalogues
from stellarwh.simulate.sky.pointings import galactic
from stellarwh.simulate.sky.stars import GALAH, Stars


@dataclass
class Targets:
    """Targeting of each row."""

    words: dict[str, IntArray]
    bit_texts: dict[str, TextArray]
    survey: TextArray
    programme: TextArray
    faint_limit: FloatArray
    blue_limit: FloatArray
    is_problem: BoolArray
    extratarg: IntArray


def choose_targets(
    rng: np.random.Generator,
    stars: Stars,
    catalogues: Catalogues,
    telescope: TextArray,
    ak_targ: FloatArray,
) -> Targets:
    """Find the programme each star would have been selected for."""
    n = stars.ra.size
    _, latitude = galactic(stars.ra, stars.dec)
    halo = np.abs(latitude) > 20.0
    blue_limit = np.where(halo, 0.3, 0.5)
    colour = catalogues.j - catalogues.ks - 1.5 * ak_targ
    h = catalogues.h
    small = telescope == b"apo1m"
    # APOGEE-1 observed a third of the northern fields.
    first = (stars.pointing % 3 == 0) & (telescope == b"apo25m")
    main = (colour >= blue_limit) & ~small & (rng.random(n) < 0.93)
    cohort = np.select([h < 12.2, h < 12.8], [0, 1], 2)
    telluric = (stars.teff > 7200.0) & (h < 11.5) & ~small
    cool = (stars.teff < 4000.0) & (stars.logg > 4.0)
    overlap = stars.targeted[:, GALAH] & ~main & ~telluric
    second = main & ~first
    # ASPCAP knows unsuitable targets by words such as this one in TARGFLAGS.
    is_problem = rng.random(n) < 0.002
    causes = {
        "APOGEE_TARGET1": (
            bits.APOGEE_TARGET1,
            {
                "APOGEE_WISE_DERED": main & first,
                "APOGEE_SHORT": main & first & (cohort < 2),
                "APOGEE_LONG": main & first & (cohort == 2),
                "APOGEE_EXTENDED": is_problem,
            },
        ),
        "APOGEE2_TARGET1": (
            bits.APOGEE2_TARGET1,
            {
                "APOGEE2_ONEBIN_GT_0_5": second & ~halo,
                "APOGEE2_ONEBIN_GT_0_3": second & halo,
                "APOGEE2_WISE_DERED": second & ~halo,
                "APOGEE2_SFD_DERED": second & halo,
                "APOGEE2_SHORT": second & (cohort == 0),
                "APOGEE2_MEDIUM": second & (cohort == 1),
                "APOGEE2_LONG": second & (cohort == 2),
                "APOGEE2_NORMAL_SAMPLE": second,
            },
        ),
        "APOGEE2_TARGET2": (
            bits.APOGEE2_TARGET2,
            {
                "APOGEE2_TELLURIC": telluric,
                "APOGEE2_GALAH_OVERLAP": overlap,
                "APOGEE2_1M_TARGET": small,
            },
        ),
        "APOGEE2_TARGET3": (bits.APOGEE2_TARGET3, {"APOGEE2_MDWARF": cool & ~main}),
    }
    words = {key: combine(why, names) for key, (names, why) in causes.items()}
    texts = {
        key: bit_names(words[key], bits.by_bit(names))
        for key, (names, _) in causes.items()
    }
    survey = np.select(
        [small, first, telescope == b"lco25m"],
        [b"apo1m", b"apogee", b"apogee2s"],
        b"apogee2",
    )
    extra = combine(
        {"NOT_MAIN": ~main, "TELLURIC": telluric, "APO1M": small}, bits.EXTRATARG
    )
    return Targets(
        words=words,
        bit_texts=texts,
        survey=survey,
        programme=np.where(halo, b"halo", b"disk"),
        faint_limit=np.array([12.2, 12.8, 13.8])[cohort],
        blue_limit=blue_limit,
        is_problem=is_problem,
        extratarg=extra,
    )


def fill_targeting(
    rows: npt.NDArray[np.void],
    targets: Targets,
    spectra: Spectra,
    is_duplicate: BoolArray,
) -> None:
    """Write the targeting columns and EXTRATARG."""
    for name, word in targets.words.items():
        rows[name] = word
    text: TextArray = np.zeros(len(rows), dtype="S132")
    for part in targets.bit_texts.values():
        comma = np.where((text != b"") & (part != b""), b",", b"")
        text = concatenate(text, comma, part)
    rows["TARGFLAGS"] = text
    rows["SURVEY"] = targets.survey
    rows["PROGRAMNAME"] = targets.programme
    rows["MIN_H"], rows["MAX_H"] = 7.0, targets.faint_limit
    rows["MIN_JK"], rows["MAX_JK"] = targets.blue_limit, 9999.99
    early = spectra.starflag >> bits.STARFLAG["COMMISSIONING"] & 1
    rows["EXTRATARG"] = (
        targets.extratarg
        | early << bits.EXTRATARG["COMMISSIONING"]
        | is_duplicate.astype(np.int64) << bits.EXTRATARG["DUPLICATE"]
    )
