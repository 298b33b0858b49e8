"""Pipes that never make anybody wait. Standard library only, since Blender imports it.

POSIX has non-blocking descriptors. Windows asks before it reads (PeekNamedPipe) and gives the writing end the
mode PIPE_NOWAIT.
"""

from __future__ import annotations

import errno
import os
import sys

MOST = 1 << 16


def unblock_reading(descriptor: int) -> None:
    """Prepares the reading end of a pipe for ``read_some``."""
    if sys.platform != "win32":
        os.set_blocking(descriptor, False)


def unblock_writing(descriptor: int) -> None:
    """Prepares the writing end of a pipe for ``write_some``."""
    if sys.platform == "win32":
        _no_wait(descriptor)
    else:
        os.set_blocking(descriptor, False)


def read_some(descriptor: int) -> bytes | None:
    """What there is to read now, at most ``MOST`` bytes; b"" if nothing yet, None at the end of the stream."""
    try:
        if sys.platform == "win32":
            ready = _waiting(descriptor)
            return os.read(descriptor, min(ready, MOST)) if ready else b""
        return os.read(descriptor, MOST) or None
    except BlockingIOError:
        return b""
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.EBADF, errno.EINVAL, errno.EIO):
            return None
        raise


def write_some(descriptor: int, content: bytes) -> int:
    """How many bytes the pipe took, 0 if it is full. Raises ``BrokenPipeError`` where nobody reads."""
    try:
        return os.write(descriptor, content)
    except BlockingIOError:
        return 0
    except OSError as error:
        if error.errno == errno.ENOSPC:  # how the C library of Windows names a full pipe
            return 0
        raise BrokenPipeError(error.errno, error.strerror) from error


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.PeekNamedPipe.argtypes = (wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p,
                                      ctypes.POINTER(wintypes.DWORD), ctypes.c_void_p)
    _kernel.SetNamedPipeHandleState.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD),
                                                ctypes.c_void_p, ctypes.c_void_p)
    _PIPE_NOWAIT = 1

    def _waiting(descriptor: int) -> int:
        """Bytes ready to be read; an ``OSError`` of errno EPIPE at the end of the stream."""
        ready = wintypes.DWORD()
        handle = msvcrt.get_osfhandle(descriptor)
        if not _kernel.PeekNamedPipe(handle, None, 0, None, ctypes.byref(ready), None):
            raise OSError(errno.EPIPE, "the pipe has ended")
        return ready.value

    def _no_wait(descriptor: int) -> None:
        mode = wintypes.DWORD(_PIPE_NOWAIT)
        if not _kernel.SetNamedPipeHandleState(msvcrt.get_osfhandle(descriptor), ctypes.byref(mode), None, None):
            raise ctypes.WinError(ctypes.get_last_error())
