"""What the worker writes to stderr, kept in a file that never grows beyond a limit. Imports no bpy."""

from __future__ import annotations

from pathlib import Path

LIMIT = 5_000_000
KEPT = 5  # logs of so many starts of Blender
_TAIL = 8192


class WorkerLog:
    """Two files of half the limit each: ``path``, and ``NAME.1.log`` with what came before.

    ``tail`` holds the last lines, for reports. What cannot be written is lost: a full disk must not stop a job.
    """

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self.path = path
        self._limit = limit
        self._size = 0
        self._end = b""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def write(self, content: bytes) -> None:
        self._end = (self._end + content)[-_TAIL:]
        content = content[-self._limit // 2:]
        try:
            if self._size + len(content) > self._limit // 2:
                self.path.replace(self.older)
                self._size = 0
            with self.path.open("ab") as file:
                self._size += file.write(content)
        except OSError:
            pass

    @property
    def older(self) -> Path:
        return self.path.with_suffix(".1.log")

    @property
    def tail(self) -> list[str]:
        """The last 20 lines."""
        return self._end.decode("utf-8", "replace").splitlines()[-20:]


def make_room(folder: Path) -> None:
    """Removes all but the newest logs of ``folder``."""
    logs = sorted(folder.glob("worker-*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in logs[2 * (KEPT - 1):]:
        path.unlink(missing_ok=True)
