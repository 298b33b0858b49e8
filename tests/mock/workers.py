"""What the tests of the worker and of its faults share."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

PLAYERS = Path(__file__).parents[1] / "faults" / "players.py"


def load_players() -> ModuleType:
    """The players' file as a module; it is a script, not part of any package."""
    described = importlib.util.spec_from_file_location("players", PLAYERS)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def runs(pid: int) -> bool:
    """Whether a process still does anything; one that has ended and waits to be asked for its code does not."""
    try:
        if sys.platform == "linux":
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        os.kill(pid, 0)
    except OSError:
        return False
    return True
