"""The one performance that is being made: asked of the worker, watched, and written when it has come.

Between two ticks nothing of the file is held but names and session numbers, so that saving, undoing, renaming
and deleting in the meantime do no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import bpy

from bridge.problems import Problem

from . import sound
from .character import Kept, is_in

if TYPE_CHECKING:
    from bridge.events import Progress
    from bridge.messages import Request, Result

# Share of each stage in the whole, for one bar that only moves forward; measured on a minute of speech.
STAGES = {"start": 0.08, "listen": 0.10, "plan": 0.01, "move": 0.33, "settle": 0.18, "speak": 0.05, "fit": 0.25}


@dataclass
class Job:
    """A performance under way. ``result`` or ``problem`` is set when it has ended."""

    request: Request
    scene: Kept
    armature: Kept
    faces: dict[str, Kept]
    source: dict[str, str]
    to_nla: bool = False
    add_strip: bool = False
    remarks: tuple[str, ...] = ()
    models: dict[str, str] = field(default_factory=dict)
    number: int = 0
    progress: Progress | None = None
    cancelling: bool = False
    result: Result | None = None
    problem: Problem | None = None

    @property
    def fraction(self) -> float:
        """How much of the whole is done, 0..1."""
        now, before = self.progress, 0.0
        if now is None or now.stage not in STAGES:
            return 0.0
        for stage, share in STAGES.items():
            if stage == now.stage:
                return before + share * (min(now.done / now.total, 1.0) if now.total else 0.0)
            before += share
        return before


_client: Any = None
_job: Job | None = None
_last_problem: Problem | None = None


def make_client() -> Any:
    """A new client by the preferences; tests put another function here."""
    from .client import Client
    from .preferences import client_options

    return Client(**client_options())


def client() -> Any:
    """The client, made when first asked for. Its worker is started by the first job."""
    global _client
    if _client is None:
        _client = make_client()
    return _client


def current() -> Job | None:
    return _job


def last_problem() -> Problem | None:
    """What the last job failed of; None if it did not."""
    return _last_problem


def log_path() -> str:
    """The worker's log; empty before the first start."""
    return str(_client.log_path or "") if _client is not None else ""


def begin(scene: bpy.types.Scene, armature: bpy.types.Object, faces: Iterable[bpy.types.Object], request: Request,
          source: Mapping[str, str], *, to_nla: bool = False, add_strip: bool = False,
          remarks: tuple[str, ...] = (), models: Mapping[str, str] | None = None) -> Job:
    """Sends the request to the worker. Raises ``Problem`` where a job is under way or the worker cannot start.

    remarks: to be stored with the report's own. models: hashes of those that an earlier performance used.
    """
    global _job, _last_problem
    if _job is not None:
        raise Problem("job.busy")
    _last_problem = None
    job = Job(request, Kept.of(scene), Kept.of(armature), {face.name: Kept.of(face) for face in faces},
              dict(source), to_nla, add_strip, remarks, dict(models or {}))
    try:
        job.number = client().submit(request)
    except Problem as problem:
        _last_problem = problem
        raise
    _job = job
    return job


def tick() -> Job | None:
    """Reads what the worker has said, for 2 ms at most; the job, once it has ended."""
    global _job, _last_problem
    from bridge.events import Done, Progress  # bring numpy, which would lengthen Blender's start

    job = _job
    if job is None:
        return None
    for event in client().poll():
        if event.job != job.number:
            continue
        if isinstance(event, Progress):
            job.progress = event
        elif isinstance(event, Done):
            job.result, _job = event.result, None
        else:
            job.problem, _job = event.problem, None
            _last_problem = None if event.problem.code == "cancelled" else event.problem
    return None if _job is job else job


def cancel() -> None:
    if _job is not None and not _job.cancelling:
        _job.cancelling = True
        client().cancel()


def stop() -> None:
    """Forgets the job and ends the worker: another file is loaded, or the extension or Blender ends."""
    global _client, _job, _last_problem
    _job = _last_problem = None
    if _client is not None:
        gone, _client = _client, None
        gone.stop()


def land(job: Job) -> bpy.types.Action:
    """Writes the job's result on the character it was asked for. Raises ``Problem`` where that is gone."""
    global _last_problem
    try:
        return _write(job)
    except Problem as problem:
        _last_problem = problem
        raise


def _write(job: Job) -> bpy.types.Action:
    from . import action, provenance  # bring numpy, which would lengthen Blender's start

    scene, armature = job.scene.find(), job.armature.find()
    if armature is None:
        raise Problem("character.gone", name=job.armature.name)
    if scene is None or not is_in(armature, scene):
        raise Problem("character.elsewhere", name=armature.name, scene=job.scene.name)
    if job.result.curves is None:
        raise Problem("action.broken", why="the engine returned no curves")
    faces = {name: face for name, kept in job.faces.items() if (face := kept.find()) is not None}
    remarks = job.remarks + provenance.other_models(job.models, job.result.report)
    made = action.write(scene, armature, job.result.curves, job.request, job.result, meshes=faces,
                        source=job.source, to_nla=job.to_nla, remarks=remarks)
    if job.add_strip and job.source.get("kind") == "FILE":
        sound.add_to_sequencer(scene, job.source["name"], job.request.start_frame, job.request.start,
                               job.request.end)
    return made
