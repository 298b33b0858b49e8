"""A client without a worker, and performances without an engine."""

from __future__ import annotations

from enum import Enum

import numpy as np

from bridge.body.score import Score
from bridge.curves import Channel, Curves
from bridge.events import Done, Failed, Progress
from bridge.messages import Request, Result
from bridge.problems import Cancelled, Problem
from bridge.report import Report

from .stage import SHAPES

STATE = Enum("State", "OFF STARTING READY BUSY CANCELLING FAILED")


def curves_for(armature: str, bones=("hips", "head"), mesh: str | None = "Face", shapes=SHAPES, start: int = 1,
               keys: int = 6) -> Curves:
    """A few keys, with handles, on the rotation of some bones and on some shapes."""
    channels = [Channel(armature, "OBJECT", f'pose.bones["{bone}"].rotation_quaternion', index, bone)
                for bone in bones for index in range(4)]
    if mesh:
        channels += [Channel(mesh, "KEY", f'key_blocks["{shape}"].value', 0, "Face") for shape in shapes]
    frames = np.tile(start + 4.0 * np.arange(keys), len(channels))
    generator = np.random.default_rng(5)
    values = generator.uniform(0.0, 0.5, len(frames))
    values[:4 * len(bones) * keys].reshape(len(bones), 4, keys)[:, 0] = 1.0
    points = np.stack([frames, values], 1).astype(np.float32)
    left, right = points - np.float32([1.25, 0.01]), points + np.float32([1.25, 0.02])
    starts = np.arange(len(channels) + 1, dtype=np.int32) * keys
    return Curves(tuple(channels), starts, points, left, right, np.full(len(points), 2, np.uint8))


def result_for(request: Request, curves: Curves | None = None) -> Result:
    if curves is None:
        mesh = request.rig.meshes[0].name if request.face and request.rig.meshes else None
        curves = curves_for(request.rig.name, mesh=mesh, start=request.start_frame,
                            bones=("hips", "head") if request.body else ("head",))
    report = Report(found={"seconds": 1.0, "audio sha256": "0" * 64},
                    chosen={"gesture": {"name": "fake", "version": "1.0", "sha256": "a" * 64}, "seed": request.seed},
                    measured={"keys": len(curves.keys), "samples": 4 * len(curves.keys), "strokes": 3},
                    seconds={"listen": 0.1, "move": 0.5}, remarks=("The left toes were not found",))
    return Result(Score(1.0), None, None, curves, report)


class FakeClient:
    """Speaks as the client does, as fast as it is asked to; ``steps`` are the events of the next jobs.

    A step is an event without its number, or a function of the request that gives one.
    """

    def __init__(self) -> None:
        self.state, self.requests, self.stopped = STATE.OFF, [], 0
        self.log_path, self.hello, self.problem = "", {"onnxruntime": "1.23.2"}, None
        self.steps = self.performance
        self._queue = []

    @staticmethod
    def performance(number: int, request: Request):
        for stage in ("listen", "plan", "move", "settle", "speak", "fit"):
            yield Progress(number, stage, 1, 2, seconds_left=3.0)
        yield Done(number, result_for(request))

    def start(self) -> None:
        self.state = STATE.READY

    def submit(self, request: Request) -> int:
        if isinstance(self.problem, Problem):
            raise self.problem
        self.requests.append(request)
        self.state = STATE.BUSY
        self._queue = self.steps(len(self.requests), request)
        return len(self.requests)

    def poll(self, budget: float = 0.002) -> list:
        if self.state == STATE.CANCELLING:
            self.state = STATE.READY
            return [Failed(len(self.requests), Cancelled())]
        event = next(iter(self._queue), None)
        if isinstance(event, Done | Failed):
            self.state = STATE.READY
        return [event] if event is not None else []

    def cancel(self) -> None:
        self.state = STATE.CANCELLING

    def stop(self) -> None:
        self.state, self.stopped = STATE.OFF, self.stopped + 1
