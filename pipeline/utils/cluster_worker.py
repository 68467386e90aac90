"""A worker of a cluster on this machine: Dask imports this module by name, and calls ``dask_setup`` as it starts."""

from __future__ import annotations

import signal

import click

from pipeline.utils.worker import prepare_worker


@click.command()
@click.argument("modules", nargs=-1)
def dask_setup(_worker: object, modules: tuple[str, ...]) -> None:
    """The worker is ready for tasks that need the modules."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the run, which ends its workers
    prepare_worker(modules)
