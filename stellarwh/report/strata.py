"""Groups of stars as ``ml.metrics`` names them, and as print has them."""

import re

_BIN = re.compile(r"(label )?(teff|logg|fe_h|snr) (\S+) to (\S+)")
_SIGNS = {"<": "<", ">=": "≥"}


def is_bin(stratum: str) -> bool:
    """Return whether a stratum of ``ml.metrics`` is a bin."""
    return bool(_BIN.fullmatch(stratum))


def group_words(stratum: str) -> str:
    """Return a group of stars as print has it: ``giants, S/N ≥ 50``."""
    words = re.sub(r"^(giant|dwarf)(?=$|,)", r"\1s", stratum)
    return re.sub(r"\bsnr(<|>=)", lambda m: f"S/N\u00a0{_SIGNS[m[1]]}\u00a0", words)
