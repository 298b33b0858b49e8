"""Files that are either whole or not there: written beside the target and renamed when complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..problems import Problem


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """A temporary path beside ``path`` to write to; it takes its name when the block ends without an error.

    Raises ``Problem`` where the folder is missing, full, or may not be written, or the target is locked.
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part{target.suffix}")
    try:
        yield part
        os.replace(part, target)
    except OSError as error:
        raise Problem("output.unwritable", path=target, why=error.strerror or error) from error
    finally:
        part.unlink(missing_ok=True)
