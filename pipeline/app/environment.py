"""The variables of the environment that give options: one that looks like them and is none is said to be ignored."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence

import click

from pipeline.app.log_output import ENVIRONMENT_PREFIX, configure_for_usage_error
from pipeline.utils.events import log

_OTHERS = ("LWA_CLIENT_ID", "LWA_CLIENT_SECRET", "LWA_REFRESH_TOKEN", "VERIFY")  # that no option is given by
_QUIET = {"-q", "--quiet"}
_MIN_LIKENESS = 0.86  # how alike names are of which one is meant for the other; a secret may have any name of its own


def warn_of_unknown_variables(group: click.Group, arguments: Sequence[str]) -> None:
    """One warning names the variables that begin as those of a command do, or are nearly one of these, and are none."""
    given = {name for name in os.environ if name.startswith(f"{ENVIRONMENT_PREFIX}_")}
    if not given or not _QUIET.isdisjoint(arguments):
        return
    known = {f"{ENVIRONMENT_PREFIX}_{name}" for name in (*_OTHERS, *_list_option_names(group))}
    commands = tuple(f"{ENVIRONMENT_PREFIX}_{name.upper()}_" for name in group.commands)
    nearest = {name: difflib.get_close_matches(name, sorted(known), 1, _MIN_LIKENESS) for name in sorted(given - known)}
    if unknown := [name for name, near in nearest.items() if near or name.startswith(commands)]:
        near = nearest[unknown[0]]
        also = f" and {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
        configure_for_usage_error(arguments)
        log.warning(
            "%s%s in the environment: no such option, ignored%s",
            unknown[0],
            also,
            f"; did you mean {near[0]}?" if near else "",
        )
        log.handlers = []


def _list_option_names(group: click.Group, prefix: str = "") -> Iterator[str]:
    """The options and arguments of all commands, each with its command before it, as the environment spells them."""
    for name, command in group.commands.items():
        spelt = f"{prefix}{name.upper().replace('-', '_')}_"
        yield from (f"{spelt}{(parameter.name or '').upper()}" for parameter in command.params)
        if isinstance(command, click.Group):
            yield from _list_option_names(command, spelt)
