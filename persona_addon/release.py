"""Whether the add-on and the engine beside it are of one release."""

from __future__ import annotations

import bridge

VERSION = "0.1.0"


def mismatch() -> str:
    """Why they do not fit; empty if they do. After an update Blender still holds the old engine in memory."""
    if bridge.__version__ == VERSION:
        return ""
    return f"Restart Blender to finish updating Persona ({VERSION} found an engine {bridge.__version__})"
