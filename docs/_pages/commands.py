"""Pages of the command line: commands, environment variables, exit statuses."""

from typing import Any

import typer

from _pages.text import code, entry, page, plain, table
from stellarwh.cli import app
from stellarwh.cli.examples import EXAMPLES
from stellarwh.cli.process import EXIT_STATUSES

_SHARED = ("warehouse", "wait", "quiet")  # by every command


def pages() -> dict[str, str]:
    """Return the page, by its name."""
    group: Any = typer.main.get_command(app)
    root = group.make_context("stellarwh", ["status"], resilient_parsing=True)
    return {
        "commands": page(
            "Commands",
            "`stellarwh COMMAND -h` prints the same. Every command takes the shared "
            "options, too, before its name or behind it.",
            entry("shared-options", "Shared options", _options(group, root)),
            *(
                _command(name, command, root)
                for name, command in sorted(group.commands.items())
            ),
            entry("environment", "Environment variables", _variables(group)),
            entry("exit-statuses", "Exit statuses", _statuses()),
        )
    }


def _command(name: str, command: Any, root: Any) -> str:
    example = EXAMPLES[name].removeprefix("Example: ")
    return entry(
        f"command-{name}",
        f"stellarwh {name}",
        plain(command.help),
        f"```\n{example}\n```",
        _options(command, root, but=_SHARED),
    )


def _options(command: Any, root: Any, but: tuple[str, ...] = ()) -> str:
    rows = []
    for option in command.params:
        if option.name in but or option.hidden or "completion" in option.name:
            continue
        shown = option.get_help_record(root)
        if shown is not None:
            rows.append((code(shown[0]), plain(shown[1])))
    return table(("option", "what it does"), rows) if rows else ""


def _variables(group: Any) -> str:
    rows = [
        (code(option.envvar), f"`{option.opts[0]}`: {plain(option.help)}")
        for option in group.params
        if option.envvar
    ]
    rows += [
        ("`NO_COLOR`", "Where it is set, messages on a terminal have no colours."),
        (
            "`XDG_CONFIG_HOME`",
            "Folder of the user's settings, `~/.config` where it is not set: in its "
            "`stellarwh` lies the key that tells your own training runs from others'.",
        ),
    ]
    return table(("variable", "stands for"), rows)


def _statuses() -> str:
    return table(
        ("status", "means"),
        [(str(number), plain(text)) for number, text in sorted(EXIT_STATUSES.items())],
    )
