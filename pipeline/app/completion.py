"""What a shell completes: codes, kinds, policies and the order ids of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

_MAX_ORDERS = 200  # order ids that a shell shows

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def complete_codes(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes of rules that begin so, each with its title."""
    from pipeline.rules import catalogue

    titles = {rule.code: catalogue.rule_title(rule) for rule in catalogue.list_catalogue()}
    return [CompletionItem(code, help=titles[code]) for code in _match(titles, incomplete.upper())]


def complete_kinds(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The kinds of files that begin so."""
    from schemas.kinds import KINDS

    titles = {kind.name: kind.title for kind in KINDS}
    return [CompletionItem(name, help=titles[name]) for name in _match(titles, incomplete)]


def complete_policies(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The policies that come with the program and begin so, then files."""
    from pipeline.policy.load import profile_names

    names = [CompletionItem(name) for name in _match(profile_names(), incomplete)]
    return names or [CompletionItem(incomplete, type="file")]


def complete_orders(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of orders of the ledger that begin so; none where there is no ledger that can be read."""
    try:
        return [CompletionItem(order_id) for order_id in _list_order_ids(context.params.get("ledger"), incomplete)]
    except Exception:  # noqa: BLE001  a shell that completes is no place for errors
        return []


def _list_order_ids(url: Any, incomplete: str) -> list[str]:
    from pipeline.ledger import list_order_ids, open_existing

    return list_order_ids(open_existing(url or "ledger"), incomplete, _MAX_ORDERS)


def _match(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
