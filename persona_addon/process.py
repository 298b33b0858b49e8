"""The worker's process and its three pipes, none of which is ever waited for. Imports no bpy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from bridge import pipes

_DROPPED = "PYTHON"  # variables of this beginning belong to Blender's Python, not to the worker's


class Process:
    """A child in a group of its own that ends when this process does.

    Raises ``OSError`` where it cannot be started.
    """

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        options = {"creationflags": _windows_flags()} if sys.platform == "win32" else {"start_new_session": True}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
        self._child = subprocess.Popen(command, env=inherited | environment, cwd=folder, bufsize=0,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       **options)
        self._job = _tie_to_this_process(self._child) if sys.platform == "win32" else None
        self._unsent = bytearray()
        pipes.unblock_writing(self._child.stdin.fileno())
        pipes.unblock_reading(self._child.stdout.fileno())
        pipes.unblock_reading(self._child.stderr.fileno())

    @property
    def pid(self) -> int:
        return self._child.pid

    def exit_code(self) -> int | None:
        """None while it runs; on POSIX minus the signal that ended it."""
        return self._child.poll()

    def read(self) -> bytes | None:
        """What came over stdout since; None at its end."""
        return pipes.read_some(self._child.stdout.fileno())

    def read_errors(self) -> bytes | None:
        """What came over stderr since; None at its end."""
        return pipes.read_some(self._child.stderr.fileno())

    def write(self, content: bytes = b"") -> None:
        """Sends ``content`` after what could not be sent before; what the pipe does not take now is kept."""
        self._unsent += content
        try:
            while self._unsent and (taken := pipes.write_some(self._child.stdin.fileno(), bytes(self._unsent))):
                del self._unsent[:taken]
        except BrokenPipeError:
            self._unsent.clear()  # nobody reads any more; the end of stdout says the rest

    def close_input(self) -> None:
        """Ends stdin, which ends the worker."""
        self._child.stdin.close()

    def kill(self) -> None:
        """Ends the child and all it started, without a chance to object."""
        if self._child.poll() is None:
            _kill_group(self._child)

    def close(self) -> None:
        """Closes the pipes; the child must have ended or been killed."""
        for pipe in (self._child.stdin, self._child.stdout, self._child.stderr):
            pipe.close()

    def wait(self, seconds: float) -> bool:
        """Whether the child has ended, after waiting at most so long."""
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def how_it_ended(code: int | None) -> str:
    """Words for an exit code: " with SIGSEGV", " with code 1"; empty where it is not known."""
    if code is None:
        return ""
    if code < 0:
        try:
            return f" with {signal.Signals(-code).name}"
        except ValueError:
            return f" with signal {-code}"
    return f" with code {code if code < 1 << 31 else hex(code)}"


def _kill_group(child: subprocess.Popen) -> None:
    if sys.platform == "win32":
        child.kill()
        return
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        child.kill()


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _BasicLimits(ctypes.Structure):
        _fields_ = (("PerProcessUserTimeLimit", ctypes.c_int64), ("PerJobUserTimeLimit", ctypes.c_int64),
                    ("LimitFlags", wintypes.DWORD), ("MinimumWorkingSetSize", ctypes.c_size_t),
                    ("MaximumWorkingSetSize", ctypes.c_size_t), ("ActiveProcessLimit", wintypes.DWORD),
                    ("Affinity", ctypes.c_size_t), ("PriorityClass", wintypes.DWORD),
                    ("SchedulingClass", wintypes.DWORD))

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (("BasicLimitInformation", _BasicLimits), ("IoInfo", ctypes.c_uint64 * 6),
                    ("ProcessMemoryLimit", ctypes.c_size_t), ("JobMemoryLimit", ctypes.c_size_t),
                    ("PeakProcessMemoryUsed", ctypes.c_size_t), ("PeakJobMemoryUsed", ctypes.c_size_t))

    _EXTENDED_LIMITS, _KILL_ON_JOB_CLOSE = 9, 0x2000
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateJobObjectW.restype = wintypes.HANDLE
    _kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    _kernel.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
    _kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)

    class _JobObject:
        """A job of Windows that ends its processes when its last handle, this one, is closed."""

        def __init__(self, child: subprocess.Popen) -> None:
            self.handle = _kernel.CreateJobObjectW(None, None)
            limits = _ExtendedLimits()
            limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
            if not (self.handle
                    and _kernel.SetInformationJobObject(self.handle, _EXTENDED_LIMITS, ctypes.byref(limits),
                                                        ctypes.sizeof(limits))
                    and _kernel.AssignProcessToJobObject(self.handle, int(child._handle))):
                raise ctypes.WinError(ctypes.get_last_error())

        def __del__(self) -> None:
            if self.handle:
                _kernel.CloseHandle(self.handle)

    def _tie_to_this_process(child: subprocess.Popen) -> _JobObject | None:
        """None where Windows forbids it: then the end of stdin alone ends the child."""
        try:
            return _JobObject(child)
        except OSError:
            return None

    def _windows_flags() -> int:
        return (subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
                | subprocess.BELOW_NORMAL_PRIORITY_CLASS)
