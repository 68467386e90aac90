"""Pages made of templates: escaped throughout, and with what their content security policy allows by its hash."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.utils.escape import escape_controls

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Environment
    from jinja2.bccache import Bucket


def create_environment(folder: Path) -> Environment:
    """Jinja with escaping on, and an error for whatever a template of the folder names that is not there."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else escape_controls(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FileSystemLoader(folder),
        bytecode_cache=None if sys.dont_write_bytecode else _keep_compiled(folder),
    )
    environment.filters["number"] = "{:,}".format
    return environment


def _keep_compiled(folder: Path) -> BytecodeCache:
    """Compiled templates, beside the modules that Python keeps compiled: compiling took 70 ms of a small run."""
    import jinja2

    from pipeline import __version__

    class CompiledTemplates(jinja2.FileSystemBytecodeCache):
        def load_bytecode(self, bucket: Bucket) -> None:
            try:
                super().load_bytecode(bucket)
            except Exception:  # noqa: BLE001  whatever a damaged file raises: it is compiled again
                bucket.reset()

        def dump_bytecode(self, bucket: Bucket) -> None:
            with contextlib.suppress(OSError):  # such as a folder of another user: it is compiled again
                super().dump_bytecode(bucket)

    return CompiledTemplates(str(folder / "__pycache__"), f"%s.jinja-{jinja2.__version__}-{__version__}.cache")


def csp_hash(text: str) -> str:
    """What a content security policy calls a style or a script that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
