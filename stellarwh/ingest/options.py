"""What a user says of the files of an ingest."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from stellarwh.catalogues.epochs import is_year, no_year
from stellarwh.errors import UsageError
from stellarwh.ingest.declare import check_declared
from stellarwh.ingest.standing import HeldFile
from stellarwh.surveys.known import survey_names
from stellarwh.warehouse.raw_tables import RAW_TABLES_OF_OURS

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Options:
    """The options of `stellarwh.ingest.ingest_survey`, which tells what they mean."""

    columns: Sequence[str] | None = None
    all_columns: bool = False
    replace: bool = False
    append: bool = False
    ra: str | None = None
    dec: str | None = None
    epoch: float | None = None
    release: str | None = None
    no_position: bool = False
    position_from: str | None = None
    hdu: str | None = None
    declare: Mapping[str, str] = field(default_factory=dict)
    inherits_declared: bool = False  # of the table's other files

    @property
    def says_position(self) -> bool:
        """Whether anything is said of where positions come from."""
        given = (self.ra, self.dec, self.position_from)
        return self.no_position or given != (None, None, None)

    def for_more_of(self, name: str, held: Sequence[HeldFile]) -> "Options":
        """Return them with what a table's other files were told of their columns.

        A known survey declares its own.
        """
        if not held or name in survey_names():
            return self
        known = self
        if not self.declare:
            told = {of["name"]: of["column_name"] for f in held for of in f.declared}
            known = replace(self, declare=told, inherits_declared=bool(told))
        if self.says_position and not self.append:
            return known
        first = held[0]
        if not self.says_position:
            is_named = first.position_from is not None
            known = replace(
                known,
                ra=None if is_named else first.ra_column,
                dec=None if is_named else first.dec_column,
                position_from=first.position_from,
                no_position=first.ra_column is None,
            )
        if self.epoch is None and not known.no_position:
            known = replace(known, epoch=first.epoch)
        return known


def check_not_ours(name: str) -> None:
    """Refuse the name of a raw table that is of no catalogue."""
    if name.lower() in RAW_TABLES_OF_OURS:
        raise UsageError(
            f"raw.{name} is a table that 'stellarwh ingest-spectra' writes; take "
            "another name."
        )


def check_name(name: str, options: Options) -> bool:
    """Return whether ``name`` is a known survey; refuse what cannot be meant."""
    ra, dec, epoch = options.ra, options.dec, options.epoch
    if options.append and options.replace:
        raise UsageError("--append keeps what --replace would put another in place of.")
    if epoch is not None and not is_year(epoch):
        raise UsageError(no_year(epoch))
    if options.no_position and (ra, dec, epoch) != (None, None, None):
        raise UsageError("--no-position goes without --ra, --dec and --epoch.")
    if options.position_from is not None and (options.no_position or ra or dec):
        raise UsageError(
            "--position-from goes without --ra, --dec and --no-position: the position "
            "is the one in the name."
        )
    if options.declare and options.no_position:
        raise UsageError(
            "--declare goes without --no-position: stars of main.measurements are "
            "found by their positions."
        )
    if name in survey_names():
        if options.declare:
            raise UsageError(
                f"It is known what the columns of {name} are; --declare is for "
                "catalogues of your own."
            )
        if options.says_position or epoch is not None:
            raise UsageError(
                f"{name} has its own position columns and epoch; leave out --ra, "
                "--dec, --epoch, --position-from and --no-position, or ingest the file "
                "under another name."
            )
        return True
    if options.release is not None and ra is not None:
        raise UsageError(f"--release is for known surveys only, which '{name}' is not.")
    if name.lower() in survey_names():
        raise UsageError(f"'{name}' would hide the survey '{name.lower()}'.")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot name a table; use lower-case letters, digits and _, "
            "starting with a letter."
        )
    check_not_ours(name)
    if not options.inherits_declared:
        check_declared(options.declare)
    return False
