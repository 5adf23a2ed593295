"""The typer application and the options that every command shares."""

import copy
import errno
import inspect
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from stellarwh import __version__
from stellarwh.api.arguments import path_of
from stellarwh.cli.console import QUIET, Terminal
from stellarwh.cli.examples import EXAMPLES, PANELS
from stellarwh.cli.explained import explained
from stellarwh.cli.process import Interrupted, Unread
from stellarwh.errors import UsageError
from stellarwh.runtime.listening import listening
from stellarwh.runtime.offline import no_network
from stellarwh.warehouse.files.waiting import waiting_up_to

DEFAULT_WAREHOUSE = Path("warehouse/stellar.duckdb")

# Commands that talk to other programs of this machine.
_TO_PROGRAMS = ("send", "receive")
# Commands that say themselves what they may reach.
_OWN_REACH = ("download", "match")

# How it was found out is of no use to whoever wrote the value.
_PARSED = re.compile(r", unable to parse string as an? \w+")


class _Commands(TyperGroup):
    """Commands that take the shared options, too, and end their help with an example.

    These are ``--warehouse``, ``--wait`` and ``--quiet``.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.epilog = EXAMPLES[""]
        _check_values(self)
        shared = {option.name: option for option in self.params}
        panels = {name: panel for panel, names in PANELS.items() for name in names}
        listed = {name: self.commands[name] for name in panels}
        self.commands = {**listed, **self.commands}
        for name, command in self.commands.items():
            command.rich_help_panel = panels.get(name)  # type: ignore[attr-defined]
            command.epilog = EXAMPLES.get(name)
            assert command.callback is not None
            option: Any
            if "context" in inspect.signature(command.callback).parameters:
                for found, take in (("warehouse", _set_warehouse), ("wait", _set_wait)):
                    option = copy.copy(shared[found])
                    option.default = option.envvar = None
                    option.expose_value = False
                    option.callback = take
                    command.params.append(option)
            option = copy.copy(shared["quiet"])
            option.envvar = None
            option.expose_value = False
            command.params.append(option)
            _check_values(command)

    def make_context(self, *args: Any, **settings: Any) -> Any:
        """Read the command line, as `invoke` runs it."""
        with _untouched():
            return super().make_context(*args, **settings)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; at an interrupt, typer would end it without a word."""
        with explained(ctx), _untouched():
            return super().invoke(ctx)


class WrongOptions(TyperException):
    """Options that do not go together, as one that takes one value, given twice."""

    exit_code = 2

    def __init__(self, message: str, context: Any = None) -> None:
        super().__init__(message)
        self.ctx = context


def _check_values(command: Any) -> None:
    """Let a command refuse an option that is given twice, and a path that is empty.

    typer would take the last, and the folder that one is in.
    """
    parser_of = command.make_parser

    def make_parser(context: Any) -> Any:
        parser = parser_of(context)
        parse = parser.parse_args

        def parse_args(args: list[str]) -> Any:
            found = parse(args)
            for option, times in Counter(found[2]).items():
                takes_one = option.param_type_name == "option" and not option.is_flag
                if times > 1 and takes_one and not option.multiple:
                    name = option.opts[0]
                    message = f"{name} is given twice; give it once."
                    raise WrongOptions(message, context)
            for option in command.params:
                given = found[0].get(option.name)
                values = given if isinstance(given, list | tuple) else [given]
                if "Path" in option.bare_type() and any(map(_is_blank, values)):
                    message = f"{_name_of(option)} is empty: it names no file."
                    raise WrongOptions(message, context)
            return found

        parser.parse_args = parse_args
        return parser

    command.make_parser = make_parser


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _name_of(option: Any) -> str:
    is_option = option.param_type_name == "option"
    return str(option.opts[0] if is_option else option.name.upper())


@contextmanager
def _untouched() -> Iterator[None]:
    """Pass on what typer would otherwise take for its own."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted from None
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # it has shown the help
            raise
        typer.echo(_usage_line(error), err=True)
        raise typer.Exit(error.exit_code) from None
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise Unread from None
        raise


def _usage_line(error: TyperException) -> str:
    """Return what is wrong with a command line, and where its help is."""
    # What typer reads values with says of each that it is one.
    error.message = error.message.removeprefix("Value error, ")
    text = " ".join(error.format_message().split())
    text = _PARSED.sub("", text).replace("Input should", "it should")
    context = getattr(error, "ctx", None)
    command = "stellarwh" if context is None else context.command_path
    stop = "" if text.endswith((".", "?", ")")) else "."
    return f"Error: {text}{stop} Try '{command} -h'."


def _set_warehouse(context: Any, _: Any, path: Path | None) -> Path | None:
    """Take a warehouse that is named behind the command."""
    if path is not None:
        path = path_of(path)
        root = context.find_root()
        named = root.get_parameter_source("warehouse").name == "COMMANDLINE"
        if named and root.obj != path:
            raise UsageError(
                f"--warehouse names two files, {root.obj} and {path}; give one of them."
            )
        root.obj = path
    return path


def _set_wait(context: Any, _: Any, seconds: float | None) -> float | None:
    """Take a time to wait that is named behind the command."""
    if seconds is not None:
        context.with_resource(waiting_up_to(seconds))
    return seconds


app = typer.Typer(
    name="stellarwh",
    help="A DuckDB-backed local warehouse for stellar spectroscopic surveys.",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"stellarwh {__version__}")
        raise typer.Exit


def _be_quiet(value: bool) -> None:
    if value:
        # For processes that this one starts, too.
        os.environ[QUIET] = "1"


@app.callback()
def _shared_options(
    context: typer.Context,
    warehouse: Annotated[
        Path,
        typer.Option(envvar="STELLARWH_WAREHOUSE", help="The DuckDB file to work in."),
    ] = DEFAULT_WAREHOUSE,
    wait: Annotated[
        float,
        typer.Option(
            envvar="STELLARWH_WAIT",
            min=0,
            metavar="SECONDS",
            help="How long to wait for another process that writes.",
        ),
    ] = 0,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            envvar=QUIET,
            callback=_be_quiet,
            help="Show no progress; warnings stay.",
        ),
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    context.obj = path_of(warehouse)
    context.with_resource(listening(Terminal()))
    _set_wait(context, None, wait)
    if context.invoked_subcommand not in _OWN_REACH:
        within = context.invoked_subcommand in _TO_PROGRAMS
        context.with_resource(no_network(everywhere=True, loopback=within))


def warehouse_of(context: typer.Context) -> Path:
    """Return the warehouse file that the user named."""
    path = context.find_root().obj
    assert isinstance(path, Path)
    return path
