"""Where ONNX Runtime computes: the providers in order of preference, and how many threads it may take.

onnxruntime is imported only when asked, and only in the worker: inside Blender on Windows its libraries clash.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

ORDER = ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CoreMLExecutionProvider",
         "DmlExecutionProvider", "CPUExecutionProvider")
# Versions every model was tried with, the first inside and the last outside.
TESTED = ((1, 23, 2), (1, 32))


def available() -> list[str]:
    """The providers of this machine's onnxruntime that Persona uses, best first."""
    import onnxruntime

    offered = onnxruntime.get_available_providers()
    if "CUDAExecutionProvider" in offered and hasattr(onnxruntime, "preload_dlls"):
        onnxruntime.preload_dlls()  # finds the CUDA libraries that pip installed
    return [name for name in ORDER if name in offered]


def is_tested(version: str) -> bool:
    """Whether a version of onnxruntime lies in the range that was tried."""
    low, high = TESTED
    return low <= _numbers(version) < high


def tested_range() -> str:
    low, high = TESTED
    return f"{'.'.join(map(str, low))} to {high[0]}.{high[1] - 1}"


def session_options(threads: int | None = None) -> Any:
    """Options that leave Blender usable while it plays back: few threads, no spinning, one node at a time."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or default_threads()
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options


def default_threads() -> int:
    """``PERSONA_THREADS`` where it is set, else as many as leave Blender a core."""
    wanted = os.environ.get("PERSONA_THREADS", "")
    return max(1, int(wanted)) if wanted.isdecimal() else max(1, min(4, physical_cores() - 1))


def physical_cores() -> int:
    """Cores this process may use, hyper-threads counted once where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        logical = os.sched_getaffinity(0)
        siblings = {_siblings(cpu) for cpu in logical}
        return max(1, len(siblings))
    logical_count = os.cpu_count() or 1
    return logical_count if sys.platform == "darwin" else max(1, logical_count // 2)


def _siblings(cpu: int) -> str:
    try:
        return Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def _numbers(version: str) -> tuple[int, ...]:
    parts = []
    for part in version.split(".")[:3]:
        digits = part[:len(part) - len(part.lstrip("0123456789"))] or "0"
        parts.append(int(digits))
    return tuple(parts)
