"""Every error a person can meet: a code, a sentence that says what is wrong, a hint that says what to do.

Raise ``Problem("audio.silent", path=name)``; the sentence and the hint are filled from ``TABLE``.
Standard library only, since Blender imports it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One row of the error table; ``{name}`` fields are filled from the details of a Problem."""

    sentence: str
    hint: str


TABLE: dict[str, Entry] = {
    "internal": Entry("Something in Persona failed that should not: {what}.",
                      "Please report it with the log at {log}"),
    "cancelled": Entry("The job was cancelled.", "Nothing was written"),
    "input.unreadable": Entry("{path} cannot be read: {why}.", "Check the path and its permissions"),
    "output.unwritable": Entry("{path} cannot be written: {why}.", "Choose another place or free the file"),
    "output.format": Entry("{path} does not end in {known}.", "Give the file one of these endings"),
    "output.none": Entry("No output was named.", "Name at least one of --motion, --face, --json, --write-score"),
    "output.none_in_scene": Entry("No output was named.", "Name at least one of --output, --render, --motion, --face"),
    "output.left_out": Entry("{path} would hold the {layer}, which is left out.",
                             "Leave out --no-{layer}, or the file"),
    "render.failed": Entry("Blender cannot render {path}: {why}.", "Choose another engine with --engine"),
    "render.empty": Entry("Blender rendered nothing to {path}.", "Look at Blender's messages above for the reason"),
    "audio.none": Entry("No audio was named.", "Say which speech to perform with --audio FILE"),
    "scene.no_camera": Entry("The scene has no camera {name}.", "Its cameras are: {known}"),
    "character.not_found": Entry("There is no armature {name}.", "The scene's armatures are: {known}"),
    "character.not_named": Entry("The scene does not have exactly one armature.", "Name one with --armature: {known}"),
    "character.no_mesh": Entry("There is no mesh {name} in the scene.", "Its meshes are: {known}"),
    "audio.missing": Entry("There is no sound file {path}.", "Check the path, or pack the sound again"),
    "audio.no_file": Entry("{path} is a folder or a device, not a sound file.", "Name a sound file"),
    "audio.unreadable": Entry("The sound file {path} cannot be opened: {why}.", "Check its permissions"),
    "audio.empty": Entry("The sound file {path} holds nothing.", "Export it again"),
    "audio.not_sound": Entry("{path} is not a sound file Persona can read.", "Convert it to WAV, FLAC, OGG or MP3"),
    "audio.format": Entry("{path} holds {format}, which Persona does not read.",
                          "Convert it to WAV (PCM), FLAC, OGG or MP3"),
    "audio.broken": Entry("The sound file {path} is damaged: {why}.", "Export it again"),
    "audio.values": Entry("{path} holds values at {seconds} s that are no sound (NaN, infinity or far too large).",
                          "Export it again"),
    "audio.rate": Entry("{path} says it has {rate} samples a second, which cannot be speech.",
                        "Convert it to 16 kHz or more"),
    "audio.channels": Entry("{path} has {channels} channels; {most} are the most.", "Mix it to mono"),
    "audio.range": Entry("{path} has no speech to use between {start} and {end} seconds.",
                         "Choose a range of at least 0.3 s within the sound"),
    "audio.short": Entry("{path} lasts {seconds} s; speech needs at least {least} s.", "Choose a longer range"),
    "audio.long": Entry("{path} is longer than the {hours} hours Persona performs at once.", "Choose a shorter range"),
    "audio.silent": Entry("Nothing can be heard in {path}.", "Check that the right channel or range was recorded"),
    "transcript.missing": Entry("There is no transcript {path}.", "Check the path"),
    "transcript.format": Entry("The transcript {path} does not end in {known}.", "Save it in one of these formats"),
    "transcript.invalid": Entry("The transcript {path} cannot be read: {why}.", "Export it again as UTF-8"),
    "transcript.empty": Entry("The transcript {path} holds no words.", "Fill it, or leave it out"),
    "score.invalid": Entry("{path} is not a gesture score: {why}.", "Write one with --write-score and change that"),
    "rig.invalid": Entry("{path} is not a rig description: {why}.", "Export it again from Blender"),
    "rig.no_match": Entry("No body was found in the armature {name}: {why}.",
                          "Check that this armature deforms the character, or name its bones as Mixamo or Rigify do"),
    "rig.ambiguous": Entry("The armature {name} holds two bodies: there is both {one} and {other}.",
                           "Separate them into two armatures"),
    "rig.no_arms": Entry("{name} has no arms that could be found, so it cannot gesture.",
                         "Turn the body off to animate the face alone, or choose another armature"),
    "rig.locked": Entry("Every bone of {name} that would move is locked.", "Unlock the bones in the pose's N panel"),
    "rig.flat": Entry("{name} cannot be scaled to metres: {why}.", "Apply its scale, or correct it"),
    "bvh.invalid": Entry("{path} is not a BVH motion: {why}.", "Export it again as BVH"),
    "npz.invalid": Entry("{path} is not a motion of Persona's layout: {why}.", "Write it again with --motion"),
    "jobs.invalid": Entry("{path} cannot be read as a table of jobs: {why}.", "Save it as UTF-8 CSV with a header"),
    "jobs.column": Entry("The jobs table has a column {name}, which is no option.", "Known are: {known}"),
    "jobs.row": Entry("The row is wrong: {why}.", "Correct it and run the same command again"),
    "request.invalid": Entry("The request cannot be carried out: {what}.", "Correct this setting and try again"),
    "job.busy": Entry("Persona is at work.", "Wait until it has finished, or cancel it"),
    "character.no_shapes": Entry("The mesh {name} has no shape keys.",
                                 "Name the mesh that has the face, or leave out --mesh"),
    "character.elsewhere": Entry("{name} is not in the scene {scene}.", "Open its scene, or link it into this one"),
    "character.linked": Entry("{name} is linked from {library} and cannot be animated here.",
                              "Make a library override of it: Object, Library Override, Make"),
    "character.locked": Entry("{name} is a library override that is not editable.",
                              "Make it so in the Outliner: Library Override, Make, Selected"),
    "character.tweaked": Entry("{name} is in the tweak mode of the NLA editor.", "Leave it with the Tab key first"),
    "character.no_bones": Entry("{name} has no bones.", "Choose another armature"),
    "character.gone": Entry("{name} was deleted while its performance was made.", "Nothing was written"),
    "character.nothing": Entry("There is nothing on {name} that could be animated.", "{why}"),
    "sound.none": Entry("No sound is chosen.", "Choose a file, a sound strip or a speaker"),
    "sound.missing": Entry("The sound {name} is not there.", "Find it again or choose another"),
    "sound.no_strip": Entry("The scene {scene} has no sound strip {name}.", "Choose another"),
    "sound.retimed": Entry("The strip {name} is retimed.", "Reset its retiming, or render the sound to a file"),
    "sound.decoder": Entry("{name} needs Blender's own decoder, which this build lacks.", "Save it as WAV or FLAC"),
    "sound.undecodable": Entry("{name} cannot be decoded: {why}.", "Save it as WAV or FLAC"),
    "sound.silent_film": Entry("{name} has no sound.", "Choose another file"),
    "action.unreadable": Entry("What Persona stored with the action {name} cannot be read: {why}.",
                               "Generate it anew"),
    "action.broken": Entry("The performance cannot be written: {why}.", "Run Self-Check and report what it says"),
    "live_link.columns": Entry("{path} has {found} columns of ARKit shapes, too few for a face.",
                               "Use the CSV that Live Link Face wrote, with its header line"),
    "live_link.empty": Entry("{path} holds no recording.", "Use the CSV that Live Link Face wrote"),
    "live_link.time": Entry("{path} has no column of times.", "It needs Timecode, timestamp_ms, timestamp or frame"),
    "live_link.timecode": Entry("Line {line} of {path} has the timecode {text}, which is none.",
                                "Timecodes look like 13:13:04:31.652"),
    "live_link.number": Entry("Line {line} of {path} holds {text}, which is no number.", "Correct or delete the line"),
    "model.none": Entry("There is no model for {task} in {folder}.", "Install Persona again"),
    "model.unknown": Entry("There is no {task} model named {name}.", "Known are: {known}"),
    "model.card": Entry("The model card {path} cannot be read: {why}.", "Install Persona again"),
    "model.missing": Entry("The weights {path} cannot be read: {why}.", "Install Persona again"),
    "model.changed": Entry("The weights {path} are not those of their card: expected {expected}, found {found}.",
                           "They were damaged or exchanged and were not opened; install Persona again"),
    "model.features": Entry("The model {name} was trained on the features {expected}, but these are {found}.",
                            "Install the model that came with this version of Persona"),
    "model.kind": Entry("{path} holds {kind}.", "Only ONNX models complete in themselves are opened"),
    "model.broken": Entry("The model {path} does not open: {why}.", "Install Persona again"),
    "wire.broken": Entry("Blender and the worker do not understand each other: {why}.",
                         "The worker was stopped; click again to start it anew"),
    "wire.version": Entry("The worker speaks version {theirs} of Persona's protocol, Blender version {ours}.",
                          "Restart Blender; if that does not help, install Persona again"),
    "wire.file": Entry("The worker's file {name} was refused: {why}.", "Nothing was written; try again"),
    "result.unsound": Entry("The worker's result was refused: {what}.", "Nothing was written; please report it"),
    "worker.start": Entry("The worker cannot be started with {path}: {why}.",
                          "Choose another Python in the preferences, or none for Blender's own"),
    "worker.died": Entry("The worker stopped{how}: {last}.", "Nothing was written; click again to start it anew"),
    "worker.silent": Entry("The worker did not answer within {seconds} s and was stopped.",
                           "Look into its log, {log}; then try again"),
    "worker.hung": Entry("The worker gave no sign of life for {seconds} s and was stopped.",
                         "Nothing was written; click again to start it anew"),
    "worker.given_up": Entry("The worker stopped {deaths} times within {minutes} minutes and is not started again.",
                             "Run Self-Check, which names what fails"),
    "worker.foreign": Entry("The worker at {path} is of Persona {theirs}, Blender's part of {ours}.",
                            "Restart Blender; if that does not help, install Persona again"),
    "worker.untested": Entry("The worker runs onnxruntime {found}; Persona is tested with {tested}.",
                             "Choose a Python with one of these in the preferences, or none for Blender's own"),
    "worker.module": Entry("The worker's Python, {python}, cannot load {module}: {why}.",
                           "Install Persona again, or choose another Python in the preferences"),
    "worker.memory": Entry("There is not enough memory for this job.", "Close other programs or use a shorter range"),
    "worker.disk": Entry("Temporary files cannot be written to {path}: {why}.",
                         "Free some space or correct the folder's permissions, then try again"),
}


class Problem(Exception):
    """An error with a code of ``TABLE`` and the names it concerns. Travels over the wire as JSON."""

    def __init__(self, code: str, **details: object) -> None:
        if code not in TABLE:
            code, details = "internal", {"what": f"unknown problem {code} {details}"}
        self.code = code
        self.details = {name: str(value) for name, value in details.items()}
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        reasons = {name: text.rstrip(".") if name in ("why", "what") else text for name, text in self.details.items()}
        return TABLE[self.code].sentence.format_map(_Blank(reasons))

    @property
    def hint(self) -> str:
        return TABLE[self.code].hint.format_map(_Blank(self.details))

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}." if self.hint else self.sentence

    def to_json(self) -> dict:
        return {"code": self.code, "details": self.details}

    @classmethod
    def from_json(cls, fields: dict) -> Problem:
        return cls(str(fields.get("code", "internal")), **dict(fields.get("details", {})))


class Cancelled(Problem):
    """Raised by ``Watch.check`` when the person has cancelled the job."""

    def __init__(self) -> None:
        super().__init__("cancelled")


class _Blank(dict):
    """Leaves a question mark where a detail is missing, so that an error message never fails itself."""

    def __missing__(self, name: str) -> str:
        return "?"
