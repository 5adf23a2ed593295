"""Bits of the APOGEE and GALAH flag words that the simulator sets, by name.

The catalogue of all bits is ``sql/flag_bits.csv``; a test holds these to it.
"""

STARFLAG = {
    "BAD_PIXELS": 0,
    "COMMISSIONING": 1,
    "BRIGHT_NEIGHBOR": 2,
    "VERY_BRIGHT_NEIGHBOR": 3,
    "LOW_SNR": 4,
    "PERSIST_HIGH": 9,
    "PERSIST_MED": 10,
    "PERSIST_LOW": 11,
    "SUSPECT_BROAD_LINES": 17,
    "RV_REJECT": 19,
    "RV_SUSPECT": 20,
    "MULTIPLE_SUSPECT": 21,
    "RV_FAIL": 22,
    "SUSPECT_ROTATION": 23,
    "MTPFLUX_LT_75": 24,
    "MTPFLUX_LT_50": 25,
}
ASPCAPFLAG = {
    "TEFF_WARN": 0,
    "LOGG_WARN": 1,
    "VMICRO_WARN": 2,
    "M_H_WARN": 3,
    "ALPHA_M_WARN": 4,
    "C_M_WARN": 5,
    "N_M_WARN": 6,
    "STAR_WARN": 7,
    "CHI2_WARN": 8,
    "COLORTE_WARN": 9,
    "ROTATION_WARN": 10,
    "SN_WARN": 11,
    "TEFF_BAD": 16,
    "LOGG_BAD": 17,
    "VMICRO_BAD": 18,
    "M_H_BAD": 19,
    "ALPHA_M_BAD": 20,
    "C_M_BAD": 21,
    "N_M_BAD": 22,
    "STAR_BAD": 23,
    "CHI2_BAD": 24,
    "SN_BAD": 27,
    "NO_ASPCAP_RESULT": 31,
    "BAD_FRAC_LOWSNR": 34,
    "BAD_FRAC_BADPIX": 35,
    "PROBLEM_TARGET": 40,
    "MULTIPLE_SUSPECT": 41,
}
# Bits that make a star bad, and those that only warn (ASPCAP's own lists).
STAR_BAD_BITS = (16, 17, 25, 26, 28, 31, 32, 33, 34, 35, 36, 40, 41)
STAR_WARN_BITS = (0, 1, 8, 9, 10, 11, 12, 13, 29)
PARAMFLAG = {
    "GRIDEDGE_BAD": 0,
    "CALRANGE_BAD": 1,
    "FERRE_FAIL": 3,
    "FERRE_ERR_USED": 5,
    "TEFF_CUT": 6,
    "GRIDEDGE_WARN": 8,
    "SPEC_RC": 24,
    "SPEC_RGB": 25,
}
# A named abundance is withheld where any of these is set: GRIDEDGE_BAD, OTHER_BAD,
# FERRE_FAIL, TEFF_CUT.
WITHHELD_MASK = 77
EXTRATARG = {
    "NOT_MAIN": 0,
    "COMMISSIONING": 1,
    "TELLURIC": 2,
    "APO1M": 3,
    "DUPLICATE": 4,
}
RV_FLAG = {"NO_GOOD_VISITS": 8, "RV_REJECT": 10, "RV_SUSPECT": 11}
APOGEE_TARGET1 = {
    "APOGEE_WISE_DERED": 4,
    "APOGEE_EXTENDED": 10,
    "APOGEE_SHORT": 11,
    "APOGEE_LONG": 13,
}
APOGEE2_TARGET1 = {
    "APOGEE2_ONEBIN_GT_0_5": 0,
    "APOGEE2_WISE_DERED": 4,
    "APOGEE2_SFD_DERED": 5,
    "APOGEE2_SHORT": 11,
    "APOGEE2_MEDIUM": 12,
    "APOGEE2_LONG": 13,
    "APOGEE2_NORMAL_SAMPLE": 14,
    "APOGEE2_ONEBIN_GT_0_3": 16,
}
APOGEE2_TARGET2 = {
    "APOGEE2_TELLURIC": 9,
    "APOGEE2_GALAH_OVERLAP": 17,
    "APOGEE2_1M_TARGET": 22,
}
APOGEE2_TARGET3 = {"APOGEE2_MDWARF": 3}
# Powers of two as GALAH documents them.
FLAG_SP = {
    "ruwe": 1,
    "broadening": 2,
    "low_snr": 4,
    "reduction": 8,
    "emission": 16,
    "binary_tsne": 32,
    "binary_sequence": 64,
    "chi2": 128,
    "fe_lines": 256,
    "not_converged": 512,
    "grid_limit": 1024,
}


def mask_of(*bits: int) -> int:
    """Word in which exactly these bits are set."""
    return sum(1 << bit for bit in set(bits))


def by_bit(names: dict[str, int]) -> dict[int, str]:
    """Name of each bit."""
    return {bit: name for name, bit in names.items()}
