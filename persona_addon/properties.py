"""What the file remembers of Persona: one group of settings on each scene."""

import math

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from . import compat

SOURCES = (
    ("FILE", "File", "Speak a sound or video file", "FILE_SOUND", 0),
    ("STRIP", "Strip", "Speak a sound strip of the sequencer, as it is trimmed there", "SEQ_SEQUENCER", 1),
    ("SPEAKER", "Speaker", "Speak the sound of a speaker object", "SPEAKER", 2),
)
# The engine's emotions but neutral; a test compares them. Its own list would bring numpy, and time, to start-up.
SLIDERS = ("happy", "sad", "angry", "fearful", "surprised", "disgusted", "relaxed", "old")


def _slider(name: str, description: str):
    return FloatProperty(name=name, description=description, min=0.0, max=1.0, subtype="FACTOR")


def _is_armature(_settings: bpy.types.PropertyGroup, chosen: bpy.types.Object) -> bool:
    return chosen.type == "ARMATURE"


def _has_shapes(_settings: bpy.types.PropertyGroup, chosen: bpy.types.Object) -> bool:
    return chosen.type == "MESH" and chosen.data.shape_keys is not None


def _is_speaker(_settings: bpy.types.PropertyGroup, chosen: bpy.types.Object) -> bool:
    return chosen.type == "SPEAKER"


def _sound_strip_names(settings: bpy.types.PropertyGroup, _context: bpy.types.Context, typed: str) -> list[str]:
    names = (strip.name for strip in compat.sound_strips(settings.id_data))
    return [name for name in names if typed.lower() in name.lower()]


class PersonaSettings(bpy.types.PropertyGroup):
    """The settings of the Persona tab."""

    character: PointerProperty(
        type=bpy.types.Object, poll=_is_armature, name="Character",
        description="Armature to animate; empty means that of the selected object")
    face_mesh: PointerProperty(
        type=bpy.types.Object, poll=_has_shapes, name="Face",
        description="Mesh whose shape keys are the face; empty means every mesh that follows the armature")

    source: EnumProperty(items=SOURCES, name="Sound", description="Where the speech comes from")
    file: StringProperty(
        subtype="FILE_PATH", options=compat.path_options(), name="File",
        description="Sound or video file with the speech")
    strip: StringProperty(
        search=_sound_strip_names, name="Strip", description="Sound strip of this scene's sequencer")
    speaker: PointerProperty(
        type=bpy.types.Object, poll=_is_speaker, name="Speaker", description="Speaker object with the speech")
    use_range: BoolProperty(
        name="Use a Range", description="Perform only a part of the sound")
    range_start: FloatProperty(
        name="From", description="Time in the sound where the performance starts",
        min=0.0, max=86_400.0, step=10, unit="TIME_ABSOLUTE")
    range_end: FloatProperty(
        name="To", description="Time in the sound where the performance ends",
        default=10.0, min=0.0, max=86_400.0, step=10, unit="TIME_ABSOLUTE")
    start_frame: IntProperty(
        name="Start Frame", description="Frame on which the sound begins", default=1, min=-999_999, max=999_999)
    add_strip: BoolProperty(
        name="Add to Sequencer", default=True,
        description="Put the sound into the sequencer at the start frame, unless it is there, to hear it play")

    body: BoolProperty(name="Body", default=True, description="Animate the body and the fingers")
    face: BoolProperty(name="Face", default=True, description="Animate the face and the eyes")
    happy: _slider("Happy", "How happy the performance is")
    sad: _slider("Sad", "How sad the performance is")
    angry: _slider("Angry", "How angry the performance is")
    fearful: _slider("Fearful", "How fearful the performance is")
    surprised: _slider("Surprised", "How surprised the performance is")
    disgusted: _slider("Disgusted", "How disgusted the performance is")
    relaxed: _slider("Relaxed", "How relaxed the performance is")
    old: _slider("Old", "How old the body moves, without an effect on the face")
    energy: FloatProperty(
        name="Energy", description="How lively the performance is, from calm to excited",
        default=1 / 3, min=0.0, max=1.0, subtype="FACTOR")
    seed: IntProperty(
        name="Seed", description="Another number gives another performance; the same number the same one",
        min=0, max=2**31 - 1)

    guidance: FloatProperty(
        name="Guidance", description="How strictly emotion and energy are followed; high values exaggerate",
        default=2.0, min=0.0, max=5.0)
    dense: BoolProperty(
        name="Key Every Frame", description="Write a key on every frame instead of a few with handles")
    joint_tolerance: FloatProperty(
        name="Joint Error", description="Greatest error of a joint that leaving out keys may cause",
        default=math.radians(0.5), min=math.radians(0.01), max=math.radians(20.0), subtype="ANGLE", precision=2)
    shape_tolerance: FloatProperty(
        name="Shape Error", description="Greatest error of a shape key that leaving out keys may cause",
        default=0.01, min=0.0005, max=0.5, precision=3)
    root_tolerance: FloatProperty(
        name="Root Error", description="Greatest error of the body's place that leaving out keys may cause",
        default=0.002, min=0.0001, max=0.5, subtype="DISTANCE", precision=4)
    use_transcript: BoolProperty(
        name="Use a Transcript", default=True,
        description="Read the words from the file below, or from one with the sound's name beside the sound")
    transcript: StringProperty(
        subtype="FILE_PATH", options=compat.path_options(), name="Transcript",
        description="Words of the speech (txt, srt, vtt or TextGrid)")
    to_nla: BoolProperty(
        name="Add to NLA", description="Put the performance on a new NLA track instead of the active action")

    def emotion(self, offered: tuple[str, ...] = SLIDERS) -> dict[str, float]:
        """The sliders that are moved and that the model offers."""
        return {name: told(getattr(self, name)) for name in SLIDERS
                if name in offered and getattr(self, name) > 0.0}


def told(value: float) -> float:
    """A number as the panel shows it: Blender stores 0.8 in single precision, as 0.800000011920929."""
    return round(value, 6)


CLASSES = (PersonaSettings,)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.persona = PointerProperty(type=PersonaSettings)


def unregister() -> None:
    del bpy.types.Scene.persona
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
