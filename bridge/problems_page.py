"""The table of problems as a page of the manual: ``python -m bridge problems > docs/errors.md``."""

from __future__ import annotations

import re

from .problems import TABLE

INTRODUCTION = """\
# What Persona says when something is wrong

Every message has a code. The panel shows the sentence and, below it, what to do. A command prints both in one line
that ends with the code in brackets, and ends with exit code 1:

```
persona: Nothing can be heard in voice.wav. Check that the right channel or range was recorded. [audio.silent]
```

Words in *italics* stand for the names and numbers of your case. Where a message names a log, that file holds the
details; please send it along when you report a fault. **Self-Check** in the panel tries every part of Persona and names
the one that fails.

Whatever fails, nothing of yours is changed: no half-written file, no half-written action.
"""
ROOMS = {  # first part of a code -> heading
    "audio": "Sound Files", "sound": "Sounds in the Scene", "transcript": "Transcripts", "character": "Characters",
    "rig": "Rigs", "scene": "Scenes", "action": "Actions", "request": "Settings", "score": "Gesture Scores",
    "input": "Files to Read", "output": "Files to Write", "render": "Movies", "jobs": "Tables of Jobs",
    "job": "One Job at a Time", "model": "Models", "worker": "The Worker", "wire": "Between Blender and the Worker",
    "result": "Results", "bvh": "BVH Files", "npz": "NPZ Files", "live_link": "Live Link Face Files",
    "cancelled": "Cancelled", "internal": "Faults of Persona Itself"}


def page() -> str:
    """docs/errors.md. Raises KeyError where a code belongs to no heading."""
    found: dict[str, list[str]] = {room: [] for room in ROOMS}
    for code, entry in TABLE.items():
        found[code.partition(".")[0]].append(f"| `{code}` | {_text(entry.sentence)} | {_text(entry.hint)} |")
    parts = [INTRODUCTION]
    for room, rows in found.items():
        if rows:
            parts += [f"## {ROOMS[room]}\n", "| code | what it says | what to do |", "| --- | --- | --- |", *rows, ""]
    return "\n".join(parts)


def _text(sentence: str) -> str:
    """The sentence with its gaps in italics."""
    return re.sub(r"\{(\w+)\}", lambda gap: f" *{gap[1].replace('_', ' ')}* ", sentence).replace(
        "  ", " ").replace("* .", "*.").replace("* ,", "*,").replace("* :", "*:").replace("* ;", "*;").strip()
