"""Pages made of templates: escaped throughout, and with what their content security policy allows by its hash."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.utils.escape import escape_controls

if TYPE_CHECKING:
    from jinja2 import Environment


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
    )
    environment.filters["number"] = "{:,}".format
    return environment


def csp_hash(text: str) -> str:
    """What a content security policy calls a style or a script that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
