"""What an action was made from, stored with it, so that it can be made again or said what has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from bridge import __version__
from bridge.problems import Problem
from bridge.rigs.rig import Rig

from . import sound

if TYPE_CHECKING:
    from bridge.messages import Request, Result
    from bridge.report import Report


def remember(action: bpy.types.Action, request: Request, result: Result, remarks: Sequence[str],
             source: Mapping[str, str]) -> None:
    """Stores request (with the score that was followed), report, hashes and the sound's origin as JSON."""
    report = replace(result.report, remarks=tuple(dict.fromkeys((*result.report.remarks, *remarks))))
    hashes = {"audio": report.found.get("audio sha256"), "rig": rig_hash(request.rig),
              "models": _models(report), "persona": __version__}
    parts = {"request": replace(request, rig=None).to_json(), "score": result.score.to_json(),
             "report": report.to_json(), "hashes": hashes, "source": dict(source)}
    for name, fields in parts.items():
        action[f"persona_{name}"] = json.dumps(fields, ensure_ascii=False)


def is_persona(action: bpy.types.Action | None) -> bool:
    return action is not None and "persona_request" in action


def played_by(block: bpy.types.ID | None) -> bpy.types.Action | None:
    """The action of Persona's that a data-block plays, its topmost NLA strip if it has no action of its own."""
    animation = block.animation_data if block else None
    if animation is None:
        return None
    if animation.action is not None:
        return animation.action if is_persona(animation.action) else None
    strips = (strip for track in reversed(animation.nla_tracks) if not track.mute for strip in track.strips)
    return next((strip.action for strip in strips if is_persona(strip.action)), None)


def request_of(action: bpy.types.Action) -> Request:
    """The request of an action, without its rig. Raises ``Problem`` where it cannot be read."""
    from bridge.messages import Request

    try:
        return Request.from_json(json.loads(action["persona_request"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Problem("action.unreadable", name=action.name, why=error) from error


def model_of(action: bpy.types.Action, request: Request) -> str:
    """The gesture model that really made the action, where the request left the choice."""
    used = part_of(action, "report").get("chosen", {}).get("gesture", {})
    return used.get("name", request.model) if request.model == "auto" else request.model


def part_of(action: bpy.types.Action, name: str) -> dict:
    """``report``, ``score``, ``hashes`` or ``source`` of an action; empty where it has none."""
    try:
        return dict(json.loads(action.get(f"persona_{name}", "{}")))
    except (TypeError, ValueError):
        return {}


def rig_hash(rig: Rig | None) -> str:
    """Hash of what the engine was told of a character, wherever it stands."""
    fields = {**rig.to_json(), "name": "", "object_matrix": ()} if rig else None
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def changes(action: bpy.types.Action, rig: Rig, audio: str) -> tuple[str, ...]:
    """What is no longer as it was when the action was made, so that the same request gives something else."""
    hashes, found = part_of(action, "hashes"), []
    if hashes.get("audio") not in (None, sound.digest(audio)):
        found.append("The sound has changed since, so the performance can differ")
    if hashes.get("rig") not in (None, rig_hash(rig)):
        found.append("The rig has changed since, so the keys can differ")
    if hashes.get("persona") not in (None, __version__):
        found.append(f"It was made with Persona {hashes['persona']}; this is {__version__}")
    return tuple(found)


def other_models(before: Mapping[str, str], report: Report) -> tuple[str, ...]:
    """What of the models of an earlier performance (task -> hash) was another one this time."""
    now = _models(report)
    return tuple(f"The {task} model is not the one of before, so the performance can differ"
                 for task, digest in before.items() if now.get(task, digest) != digest)


def _models(report: Report) -> dict[str, str]:
    return {task: used["sha256"] for task, used in report.chosen.items()
            if isinstance(used, dict) and "sha256" in used}
