"""The linked diagrams of the overview: what the page holds and says of them."""

import json
from typing import Any

import numpy as np
from markupsafe import Markup

from stellarwh.report.cube.cubes import cubes_of
from stellarwh.report.cube.stars import MOST_LIVE, choose_source, read_stars
from stellarwh.report.formats import count, significant
from stellarwh.report.names import cut
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader

# Degrees of a side of a HEALPix cell of order 0: the root of a twelfth of the sky.
_SIDE = 58.63
_KEPT = (
    "Values are those of main.parameters, all surveys on one scale, as the last "
    "calibration kept them in scale.star_parameters."
)
_LIVE = "Values are those of main.parameters, all surveys on one scale."
WITHOUT_SOURCE = (
    f"There are more than {count(MOST_LIVE)} stars, and main.parameters takes minutes "
    "to work out for so many; 'stellarwh calibrate' keeps what it gives, and the next "
    "report shows it here."
)


def linked_data(reader: Reader) -> dict[str, Any] | None:
    """Return what the linked diagrams of a page are made of; None without stars."""
    if not reader.has("main.stars"):
        return None
    connection = reader.connection
    stars = read_stars(connection, choose_source(connection, reader.objects))
    if not stars.size:
        return None
    data = cubes_of(stars)
    return data | {
        "names": [cut(survey.upper(), 48) for survey in data["surveys"]],
        "notes": notes_of(data),
    }


def source_note(data: dict[str, Any]) -> str:
    """Return in words where the values of linked diagrams are from."""
    if data["source"] == "scale.star_parameters":
        return _KEPT
    if data["source"]:
        return _LIVE
    return WITHOUT_SOURCE


def json_of(data: Any) -> Markup:
    """Return data as JSON that nothing in it can end."""
    text = json.dumps(data, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\x7f", "\\u007f"))


def notes_of(data: dict[str, Any]) -> dict[str, str]:
    """Return what stands below each diagram: what a cell is, and who is not in it."""
    order = data["order"]
    side = significant(_SIDE / 2**order, 2)
    notes = {"sky": f"HEALPix cells of order {order}, {side}° wide, as they are."}
    if not data["source"]:
        return notes
    lost = data["lost"]
    notes["kiel"] = (
        f"A cell is {_width(data, 'teff')} × {_width(data, 'logg')}."
        + _absent(lost["kiel"], "Teff or log g")
    )
    notes["chemistry"] = (
        f"A cell is {_width(data, 'fe_h')} × {_width(data, 'alpha_fe')}."
        + _absent({"missing": 0, "off": lost["alpha_fe"]["off"]}, "")
    )
    notes["metallicity"] = f"Bars are {_width(data, 'fe_h')} wide." + _absent(
        lost["fe_h"], "[Fe/H]"
    )
    return notes


def _width(data: dict[str, Any], name: str) -> str:
    axis = data["axes"][name]
    unit = "K" if quantity(name).unit == "K" else "dex"
    return f"{np.format_float_positional(axis['num'] / axis['den'], trim='-')} {unit}"


def _absent(lost: dict[str, int], what: str) -> str:
    told = []
    if lost["missing"]:
        told.append(f"{count(lost['missing'])} stars have no {what}")
    if lost["off"]:
        told.append(f"{count(lost['off'])} lie beyond the axes")
    return f" {'; '.join(told)}." if told else ""
