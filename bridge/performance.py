"""The pipeline: a ``Request`` in, a performance out. One short function for each step, in order."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import __version__, audio, cards, curves
from .body.motion import Motion
from .body.score import Score
from .curves import Curves
from .face.track import FaceTrack
from .messages import Request, Result
from .problems import Problem
from .report import Report
from .speech.speech import Speech, Word
from .watch import Watch

STAGES = ("listen", "plan", "move", "settle", "speak", "fit")
TRANSCRIPTS = (".TextGrid", ".srt", ".vtt", ".txt")


def perform(request: Request, watch: Watch) -> Result:
    """Generates what ``request`` asks for. Raises ``Problem`` with a sentence, ``Cancelled`` when cancelled."""
    notes = _Notes()
    watch.stage("listen")
    speech = listen(request, notes, watch)
    watch.stage("plan")
    score = plan(request, speech)
    notes.hear(request, speech, score)
    body = face = fitted = None
    if request.body:
        watch.stage("move")
        moved = move(request, speech, score, notes, watch)
        watch.stage("settle")
        body = settle(moved, watch)
    if request.face:
        watch.stage("speak")
        face = speak(request, speech, score, notes, watch)
    frames = scene_frames(speech.seconds, request.fps)
    del speech  # of an hour it is a few hundred megabytes, which fitting needs
    if request.rig is not None:
        watch.stage("fit")
        fitted = fit(request, frames, body, face, notes, watch)
    watch.stage("")
    return Result(score, body, face, fitted, notes.report(watch))


def listen(request: Request, notes: _Notes, watch: Watch) -> Speech:
    """The sound's range decoded and heard, with the words of a transcript if there is one."""
    from .speech.listen import listen as hear

    speech = hear(audio.read(request.audio, request.start, request.end))
    notes.remarks += speech.remarks
    transcript = transcript_of(request)
    if transcript is None:
        return speech
    notes.found["transcript"] = str(transcript)
    return replace(speech, words=read_along(transcript, request.start, speech, notes, watch))


def read_along(transcript: Path, start: float, speech: Speech, notes: _Notes, watch: Watch) -> tuple[Word, ...]:
    """The transcript's words, each where it is said: seconds from the beginning of the range, ``start`` in the file."""
    from .face.listener import hear
    from .speech import align
    from .speech.words import read_transcript

    words = read_transcript(transcript)
    if transcript.suffix.lower() == ".textgrid":  # its times are those of words, others tell those of lines
        return tuple(replace(word, start=word.start - start, end=word.end - start)
                     for word in words if start <= word.start < start + speech.seconds)
    heard = hear(speech.phones, cards.open_session(cards.find("face")), watch)
    found = align.align(words, heard.phones, watch)
    if found.agreement < align.FITS:
        notes.remarks.append(f"{transcript.name} does not seem to be what is said; its words may come at wrong times")
    return found.words


def transcript_of(request: Request) -> Path | None:
    """The transcript named in the request, or one of the audio's stem beside the audio."""
    if request.transcript:
        return Path(request.transcript)
    if not request.use_transcript:
        return None
    beside = (Path(request.audio).with_suffix(suffix) for suffix in TRANSCRIPTS)
    return next((path for path in beside if path.is_file()), None)


def plan(request: Request, speech: Speech) -> Score:
    """The score of the request, or a new one planned from the speech."""
    if request.score is not None:
        return request.score
    from .body.planner import plan as write_score

    return write_score(speech, request.emotion_weights(), request.energy, request.seed)


def move(request: Request, speech: Speech, score: Score, notes: _Notes, watch: Watch) -> Motion:
    """The body's motion at 30 fps on the canonical skeleton, as the diffusion model gives it."""
    from .body import gesture

    card = cards.find("gesture", request.model)
    notes.use("gesture", card)
    return gesture.move(speech, score, card=card, emotion=request.emotion_weights(), energy=request.energy,
                        guidance=request.guidance, seed=request.seed, watch=watch)


def settle(motion: Motion, watch: Watch) -> Motion:
    """Feet locked, hands out of the body, joints within human limits."""
    from .body.settle import settle as keep_human

    return keep_human(motion, watch)


def speak(request: Request, speech: Speech, score: Score, notes: _Notes, watch: Watch) -> FaceTrack:
    """The face at 100 fps; the head too where no body carries it."""
    from .face.speak import speak as utter

    card = cards.find("face")
    notes.use("face", card)
    return utter(speech, card=card, emotion=request.emotion_weights(), seed=request.seed, score=score,
                 watch=watch, head=not request.body)


def fit(request: Request, frames: int, body: Motion | None, face: FaceTrack | None,
        notes: _Notes, watch: Watch) -> Curves:
    """Body and face on the request's rig over so many scene frames, as few keys within the tolerance."""
    tracks = _bone_tracks(request, body, face, frames, notes)
    if face is not None:
        from .face.shapes import face_tracks

        shapes, remarks = face_tracks(face, request.rig, request.fps, request.start_frame, frames,
                                      request.tolerance.weight)
        tracks += shapes
        notes.remarks += remarks
    fitted = curves.fit(tracks, request.start_frame, dense=request.dense, watch=watch)
    samples = sum(track.values.size for track in tracks)
    notes.measured |= {"channels": len(fitted.channels), "keys": len(fitted.keys), "samples": samples}
    return fitted


def _bone_tracks(request: Request, body: Motion | None, face: FaceTrack | None, frames: int,
                 notes: _Notes) -> list[curves.Track]:
    """The body's bones, or the head's where the face goes without one; and eye bones, where no shape turns the eyes."""
    from .rigs import face_bones, matching, retarget

    try:
        match = matching.match(request.rig)
    except Problem as problem:
        if body is not None:
            raise
        notes.remarks.append(f"The head stays still: {problem.sentence}")
        return []
    notes.found |= {"rig family": match.family, "joints": len(match.joints)}
    notes.remarks += match.remarks
    place = (request.rig, match, request.fps, request.start_frame, frames, request.tolerance)
    parts = [retarget.body_tracks(body, *place) if body is not None else face_bones.head_tracks(face, *place)]
    if face is not None:
        parts.append(face_bones.eye_tracks(face, *place))
    notes.remarks += [remark for _, remarks in parts for remark in remarks]
    return [track for tracks, _ in parts for track in tracks]


def scene_frames(seconds: float, fps: float) -> int:
    """Whole frames of a scene that a range of sound covers, its first and last frame included."""
    return int(np.ceil(round(seconds * fps, 6))) + 1


class _Notes:
    """What the steps find out, gathered for the report."""

    def __init__(self) -> None:
        self.found: dict = {}
        self.chosen: dict = {}
        self.measured: dict = {}
        self.remarks: list[str] = []

    def use(self, task: str, card: cards.Card) -> None:
        self.chosen[task] = {"name": card.name, "version": card.version, "sha256": card.sha256}

    def hear(self, request: Request, speech: Speech, score: Score) -> None:
        self.found |= {"seconds": round(speech.seconds, 3), "phrases": len(speech.phrases),
                       "accents": sum(accent.strength > 0 for accent in speech.accents),
                       "audio sha256": _sha256(request.audio)}
        self.measured["strokes"] = len(score.events)
        self.chosen |= {"persona": __version__, "seed": request.seed}

    def report(self, watch: Watch) -> Report:
        self.chosen["providers"] = cards.providers_in_use()
        seconds = {stage: round(spent, 4) for stage, spent in watch.seconds.items()}
        return Report(self.found, self.chosen, self.measured, seconds, tuple(self.remarks))


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
