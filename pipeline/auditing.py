"""A whole audit as a caller sees it: files in, what they are like placed at a folder, counts out. Nothing is judged."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import account, admitting, findings, policy, settling, todo
from pipeline.admitting import Planned, Progress, untold
from pipeline.audit import compare, profile
from pipeline.batch import Changes, Claims, Context, Settled
from pipeline.engine import exchange
from pipeline.engine.spool import Spool
from pipeline.ingest import sources
from pipeline.ledger import store
from pipeline.ledger.memory import Memory
from pipeline.nightly import Job, Misused, NothingToRead, Result, context_of, result
from pipeline.profiles import FATES, Night
from pipeline.publish import OutputRefused, check_out, publish_audit
from pipeline.publish.outgoing import of_audit
from pipeline.publish.quality import JSON
from pipeline.reconcile import sightings
from pipeline.rules import cancellations
from schemas.kind import Kind
from schemas.kinds import KINDS, REPORTS


@dataclass(frozen=True)
class Audit(Job):
    """What a caller asks for; ``against`` are folders of earlier audits, and ledgers."""

    against: tuple[str, ...] = ()


_ASKED = ("FIL", "FMT", "ORD", "POL", cancellations.reason_without_item.code)  # codes, or how they begin
OPTIONS = tuple(field.name for field in fields(Audit) if field.name not in ("paths", "ledger", "means"))


def work(job: Audit, progress: Progress = untold) -> Result:
    """The audit done and its outputs placed; Misused or NothingToRead where it cannot be begun."""
    try:
        context, nights = context_of(job), before(job.against)
        with tempfile.TemporaryDirectory(prefix="feedwarden-") as scratch:
            check_out(job.out)
            found = sources.discover(job.paths, scratch)
            if not found:
                raise NothingToRead("no files to read in what was given")
            settled = compare.compared(audit(admitting.planned(found, context), context, progress), nights)
            published = publish_audit(settled, job.out, dry_run=job.dry_run)
    except (OutputRefused, account.AccountError, policy.PolicyError, sources.MissingInput) as wrong:
        raise Misused(str(wrong)) from wrong
    return result(of_audit(settled), published.summary)


def audit(planned: Sequence[Planned], context: Context, progress: Progress = untold) -> Settled:
    """Every column of every file, each row by itself and the reports beside each other; no order is judged."""
    spool = Spool()
    first = admitting.first_pass(planned, admitting.Task(context, exchange.ONE, spool, every=True), progress=progress)
    plans, files = first.plans, exchange.newest(first.plans, first.parts)
    given, aside = (exchange.bucket(at, plans, first.parts, files) for at in (0, None))
    rows = settling.complete(given | aside)
    told = settling.believed({kind.name: nightly(rows[kind.name], kind) for kind in KINDS})
    seen = sightings.see([sightings.prepared(told[name], name) for name in REPORTS if len(told[name])])
    names = [one.source.name for one in plans]
    beside = settling.reports_beside_each_other(seen, rows["unshipped"], names, context)
    fates = [part.assign(accepted=part["believed"], skipped=part["ignored"]) for part in rows.values()]
    nothing = pd.DataFrame()
    return Settled(
        context,
        tuple(plans),
        tuple(exchange.tally(plans, first.parts, exchange.fates(fates, len(plans)))),
        findings.sort(findings.join([first.filed, *exchange.told(first.parts, plans, spool), *beside])),
        *(nothing, nothing, nothing),
        Changes(nothing, nothing, [], nothing, nothing, None),
        todo=todo.none(),
        metrics=(),
        claims=Claims(*(nothing, nothing, nothing, nothing), [], nothing),
        kinds=profile.audited(plans, rows),
    )


def nightly(rows: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """The rows with the columns that a night reads: by these are the reports held beside each other."""
    beyond = {name for column in kind.columns if column.audit for name in (column.text, column.value)}
    return rows[[name for name in rows.columns if name not in beyond]]


def before(folders: Sequence[str]) -> list[Night]:
    """The audits and runs of the folders, oldest first. Misused where a folder is neither."""
    return sorted((night for one in folders for night in _nights(one)), key=lambda night: night.as_of)


def _nights(folder: str) -> list[Night]:
    told = Path(folder) / JSON
    if told.is_file():
        return [_night(told)]
    if (Path(folder) / "runs").is_dir():
        return [_as_audited(night) for night in Memory(store.Ledger(folder)).nights()]
    raise Misused(f"--against {folder}: neither the output of an audit nor a ledger")


def _as_audited(night: Night) -> Night:
    """The run with the findings alone that an audit could have made too: it judges no order."""
    found = night.summary.get("findings", {})
    mine = {code: number for code, number in found.items() if code.startswith(_ASKED)}
    return night._replace(summary={**night.summary, "findings": mine}) if found else night


def _night(path: Path) -> Night:
    try:
        told = json.loads(path.read_bytes())
        night = Night(str(told["as_of"]), {}, told["summary"])
        _checked(night.summary)
    except (ValueError, LookupError, TypeError, AttributeError) as wrong:
        raise Misused(f"--against {path}: not an audit that can be read here ({type(wrong).__name__})") from wrong
    return night


def _checked(summary: dict[str, Any]) -> None:
    """The summary has what is compared; LookupError, TypeError or ValueError where it does not."""
    counts = [summary["lines"][fate] for fate in FATES] + list(summary["findings"].values())
    for kind in summary["kinds"].values():
        counts.append(kind["rows"])
        for column in kind["columns"].values():
            counts += [column["rows"], column.get("filled", 0), *column.get("values", {}).values()]
    if not all(isinstance(number, int) for number in counts):
        raise ValueError("a count is not a number")
