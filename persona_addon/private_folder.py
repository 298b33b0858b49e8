"""A folder that belongs to this process alone and goes with it; those of dead processes are swept. No bpy."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

PREFIX = "persona-"
_LOCK = "lock"
_YOUNG = 60.0  # seconds in which a folder without a lock may still be about to get one


class PrivateFolder:
    """Made with the mode 0700 below ``root``, locked as long as this process lives.

    Raises ``OSError`` where it cannot be made.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        sweep(root)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
        self._lock = (self.path / _LOCK).open("wb")
        _try_lock(self._lock)

    def make(self, name: str) -> Path:
        """A new folder inside; one of that name must not be there."""
        folder = self.path / name
        folder.mkdir(mode=0o700)
        return folder

    def remove(self) -> None:
        self._lock.close()
        shutil.rmtree(self.path, ignore_errors=True)


def sweep(root: Path) -> None:
    """Removes the private folders below ``root`` whose owners are gone."""
    for folder in root.glob(f"{PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime > _YOUNG and _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # another user's, or swept by another Blender at this moment


def _is_left(folder: Path) -> bool:
    lock = folder / _LOCK
    if folder.is_symlink() or not lock.is_file():
        return False
    with lock.open("r+b") as file:
        return _try_lock(file)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: BinaryIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
