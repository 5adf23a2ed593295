"""The command that fetches published catalogue files."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stellarwh.api.chain import fetch_published
from stellarwh.cli.application import app
from stellarwh.cli.console import say
from stellarwh.cli.process import Interrupted
from stellarwh.surveys.known import read_survey

if TYPE_CHECKING:
    from stellarwh.surveys.description import PublishedFile

_KNOWN = {
    "read": "read in public code, not tried",
    "composed": "put together from a published base and name, not tried",
    "recalled": "from memory, not tried",
}


@app.command()
def download(
    survey: Annotated[str, typer.Argument(help="apogee, galah, lamost, galah_ages, …")],
    file: Annotated[
        str | None, typer.Option(help="Another published file than the usual one.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the file.")] = Path("data"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be fetched, and stop.")
    ] = False,
) -> None:
    """Fetch the published file of a survey; run again to go on after a break."""
    from stellarwh.download import choose_file, kept_bytes, size_text

    published = choose_file(read_survey(survey), file)
    if dry_run:
        _describe(published, out)
        return

    try:
        done = fetch_published(survey, published, out)
    except KeyboardInterrupt:
        target = out / published.name
        kept = kept_bytes(target)
        raise Interrupted(
            f"Stopped. {size_text(kept)} are kept in {target}.part; "
            "the same command goes on from there."
            if kept
            else "Stopped. Nothing had arrived yet."
        ) from None
    checked = (
        f"{done.checked} as published" if done.checked else "no checksum published"
    )
    there = "" if done.is_new else " is already there, nothing fetched"
    say(f"{done.path}{there}: {size_text(done.size)}, {checked}.")


def _describe(file: "PublishedFile", out: Path) -> None:
    """Print what a download would do."""
    from stellarwh.download import kept_bytes, size_text

    target = out / file.name
    standing = next(p for p in (out.absolute(), *out.absolute().parents) if p.exists())
    say(f"URL:        {file.url} ({_KNOWN[file.known]})")
    if file.mirror:
        say(f"Mirror:     {file.mirror}")
    if file.size is not None:
        size = f"{file.size:,} bytes"
    elif file.size_about is not None:
        size = f"about {size_text(file.size_about)}"
    else:
        size = "not published"
    say(f"Size:       {size}")
    say(f"SHA-1:      {file.sha1 or 'not published'}")
    state = ""
    if target.exists():
        state = " (already there)"
    elif kept_bytes(target):
        state = f" ({size_text(kept_bytes(target))} of it are kept)"
    say(f"Target:     {target}{state}")
    say(f"Free space: {size_text(shutil.disk_usage(standing).free)}")
