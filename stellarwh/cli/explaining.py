"""The command that tells how the values of one star came to be."""

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stellarwh.api.warehouse import MOST_RADIUS, Warehouse
from stellarwh.cli.application import WrongOptions, app, warehouse_of
from stellarwh.cli.console import say
from stellarwh.errors import nearest_name

# Hours and degrees with blanks in place of colons.
_SEXAGESIMAL_WORDS = 6
_NUMBER = re.compile(r"-[\d.]")
_OPTIONS = (
    "--quantity",
    "--radius",
    "--kind",
    "--json",
    "--html",
    "--out",
    "--warehouse",
    "--wait",
    "--quiet",
)


class Kind(StrEnum):
    """What a star may be called by."""

    STAR_ID = "star_id"
    GAIA_DR3 = "gaia_dr3"
    GAIA_DR2 = "gaia_dr2"
    NAME = "name"
    POSITION = "position"


def _check_radius(radius: float) -> float:
    if not 0 < radius <= MOST_RADIUS:
        raise typer.BadParameter(
            f"{radius:g} is not above 0 and at most {MOST_RADIUS:,} arcsec."
        )
    return radius


# A declination may be below zero.
@app.command(context_settings={"ignore_unknown_options": True})
def explain(
    context: typer.Context,
    star: Annotated[
        list[str],
        typer.Argument(
            metavar="STAR",
            help="star_id, Gaia DR3 or DR2 id, a survey's id or name of it, or RA DEC: "
            "degrees, or with colons.",
            show_default=False,
        ),
    ],
    quantity: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="teff,logg and so on, or all; by default teff, logg, fe_h, alpha_fe.",
        ),
    ] = None,
    radius: Annotated[
        float,
        typer.Option(
            help="How far from RA DEC the star may be, in arcsec: above 0, up to "
            f"{MOST_RADIUS:,}.",
            callback=_check_radius,
        ),
    ] = 5.0,
    kind: Annotated[
        Kind | None,
        typer.Option(help="What STAR is, where it may be several things."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, for programs.")
    ] = False,
    as_page: Annotated[
        bool, typer.Option("--html", help="Write a page, with figures, and name it.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where --html writes; by default a file named after the star in "
            "reports/.",
        ),
    ] = None,
) -> None:
    """Tell how a star's values came to be, from raw cells on, each with its SQL."""
    for word in star:
        if word.startswith("-") and not _NUMBER.match(word):
            near = nearest_name(word.partition("=")[0], _OPTIONS)
            hint = f" Did you mean {near}?" if near else ""
            if near == word:
                hint = " Options stand before --."
            raise WrongOptions(f"No such option: {word}.{hint}", context)
    if len(star) > 2 and len(star) != _SEXAGESIMAL_WORDS:
        raise WrongOptions(
            f"{len(star)} words name no star; give one, or RA and DEC.", context
        )
    if as_page and as_json:
        raise WrongOptions("--html and --json are one too many; give one.", context)
    if out is not None and not as_page:
        raise WrongOptions("--out is the page of --html; give both.", context)
    with Warehouse(warehouse_of(context), write=False) as warehouse:
        asked = " ".join(star)
        quantities = quantity if quantity is not None else ()
        if as_page:
            page = warehouse.star_page(
                asked, out, quantity=quantities, radius=radius, kind=kind
            )
            say(str(page))
            return
        told = warehouse.explain(asked, quantity=quantities, radius=radius, kind=kind)
    if as_json:
        typer.echo(json.dumps(told.to_dict(), indent=1, allow_nan=False))
        return
    for line in str(told).splitlines():
        say(line)
