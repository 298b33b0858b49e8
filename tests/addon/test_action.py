"""Curves written as actions: slots, groups, keys and handles, and everything else left as it was."""

import bpy
import numpy as np
import pytest

from bridge.curves import Channel, Curves
from bridge.messages import Request
from bridge.problems import Problem
from persona_addon import action, character, compat, provenance
from tests.mock import performer, stage
from tests.mock.snapshot import differences, everything

SLOTS = compat.one_action_for_all()


def write(armature, curves=None, scene=None, **options):
    """Writes a performance; ``options`` of the request and of ``action.write`` mixed."""
    wanted = {name: options.pop(name) for name in ("body", "face", "start_frame") if name in options}
    request = Request(audio="/somewhere/voice.wav", rig=character.describe(armature), **wanted)
    result = performer.result_for(request, curves)
    return action.write(scene or bpy.context.scene, armature, result.curves, request, result, **options), result.curves


def keys_of(curve) -> np.ndarray:
    flat = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", flat)
    return flat.reshape(-1, 2)


def curves_by_path(block) -> dict:
    return {(curve.data_path, curve.array_index): curve for curve in compat.curves_of(block)}


# ---- what is written -------------------------------------------------------------------------------------

def test_every_key_and_handle_is_written_as_it_came(armature, face):
    _made, curves = write(armature)
    blocks = {"OBJECT": curves_by_path(armature), "KEY": curves_by_path(face.data.shape_keys)}
    assert sum(map(len, blocks.values())) == len(curves.channels)
    for number, channel in enumerate(curves.channels):
        span = slice(curves.starts[number], curves.starts[number + 1])
        written = blocks[channel.owner_type][channel.data_path, channel.index]
        points = written.keyframe_points
        assert np.array_equal(keys_of(written), curves.keys[span])
        for side, handles in (("left", curves.left), ("right", curves.right)):
            assert np.array_equal([tuple(getattr(point, f"handle_{side}")) for point in points], handles[span])
            assert {getattr(point, f"handle_{side}_type") for point in points} == {"FREE"}
        assert {point.interpolation for point in points} == {"BEZIER"}
        assert {point.type for point in points} == {"GENERATED"}
        assert written.group.name == channel.group


def test_interpolation_is_kept(armature):
    curves = performer.curves_for("Hero", bones=("head",), mesh=None, keys=3)
    curves.interpolation[:] = [0, 1, 2] * 4
    write(armature, curves)
    for curve in compat.curves_of(armature):
        assert [point.interpolation for point in curve.keyframe_points] == ["CONSTANT", "LINEAR", "BEZIER"]


def test_the_animation_plays_on_bones_and_shapes(armature, face):
    _made, curves = write(armature)
    bpy.context.scene.frame_set(5)
    number = next(n for n, channel in enumerate(curves.channels) if channel.data_path == 'key_blocks["jawOpen"].value')
    assert face.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(curves.keys[curves.starts[number] + 1, 1])
    head = armature.pose.bones["head"].rotation_quaternion
    assert head[0] == pytest.approx(1.0) and abs(head[1]) > 0


def test_body_and_face_share_an_action_where_blender_can(armature, face):
    made, _curves = write(armature)
    of_face = face.data.shape_keys.animation_data.action
    if SLOTS:
        assert of_face == made and len(made.slots) == 2
        assert armature.animation_data.action_slot != face.data.shape_keys.animation_data.action_slot
    else:
        assert of_face != made and of_face.name == made.name + "_face"
        assert provenance.is_persona(of_face)


def test_two_meshes_each_get_their_own_curves(armature, face):
    teeth = stage.add_face(armature, "Teeth", ("jawOpen",))
    both = performer.curves_for("Hero", mesh="Face"), performer.curves_for("Hero", (), "Teeth", ("jawOpen",))
    write(armature, joined(*both))
    assert len(compat.curves_of(teeth.data.shape_keys)) == 1
    assert len(compat.curves_of(face.data.shape_keys)) == len(stage.SHAPES)


def joined(*parts: Curves) -> Curves:
    starts = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(part.starts) for part in parts]))])
    arrays = (np.concatenate([getattr(part, name) for part in parts])
              for name in ("keys", "left", "right", "interpolation"))
    return Curves(sum((part.channels for part in parts), ()), starts.astype(np.int32), *arrays)


def test_groups_are_coloured_by_side(armature, face):
    write(armature, performer.curves_for("Hero", ("leftHand", "rightHand", "head"), None))
    colours = {curve.group.name: curve.group.color_set for curve in compat.curves_of(armature)}
    assert colours == {"leftHand": "THEME04", "rightHand": "THEME01", "head": "THEME09"}


def test_the_action_covers_the_performance(armature):
    made, _curves = write(armature, performer.curves_for("Hero", mesh=None, start=40, keys=4))
    assert (made.frame_start, made.frame_end) == (40.0, 52.0) and made.use_frame_range


def test_names_with_quotes_and_slashes(armature):
    armature.data.bones["head"].name = 'he"a\\d'
    path = f'pose.bones["{bpy.utils.escape_identifier(armature.data.bones[4].name)}"].rotation_quaternion'
    curves = performer.curves_for("Hero", ("head",), None)
    renamed = tuple(Channel("Hero", "OBJECT", path, channel.index, 'he"a\\d') for channel in curves.channels)
    write(armature, Curves(renamed, curves.starts, curves.keys, curves.left, curves.right, curves.interpolation))
    assert len(compat.curves_of(armature)) == 4


@pytest.mark.parametrize("character, clip", [("Hero", "声" * 60), ("Ж" * 31, "voice"), ("Hero", "x" * 200)])
def test_long_names_keep_character_and_suffix(character, clip):
    name = action.action_name(character, clip)
    assert name.startswith(character) and name.endswith("_persona")
    assert character != "Hero" or len(name.encode()) <= action.NAME_BYTES - len(".001_face")


def test_what_is_kept_from_before_does_not_move_a_performance_on_the_nla(armature):
    animate(armature, "location", (0, 0, 0), (1, 0, 0))
    write(armature, to_nla=True, start_frame=100)
    strip = armature.animation_data.nla_tracks[0].strips[0]
    assert strip.frame_start == strip.action_frame_start < 100
    assert strip.frame_end == strip.action_frame_end >= 100


def test_the_performance_can_go_to_the_nla(armature, face):
    made, _curves = write(armature, to_nla=True, start_frame=11)
    for block in (armature, face.data.shape_keys):
        animation = block.animation_data
        assert animation.action is None
        strip = animation.nla_tracks[0].strips[0]
        assert strip.frame_start == 11 and provenance.is_persona(strip.action)
        if SLOTS:
            assert strip.action == made and strip.action_slot.target_id_type == block.id_type
    bpy.context.scene.frame_set(15)
    assert face.data.shape_keys.key_blocks["jawOpen"].value > 0


# ---- what was there before -------------------------------------------------------------------------------

def animate(thing, path: str, *values: float) -> bpy.types.Action:
    for number, value in enumerate(values):
        target, _, name = path.rpartition(".")
        block = thing.path_resolve(target) if target else thing
        setattr(block, name, value)
        thing.keyframe_insert(path, frame=1 + 10 * number)
    return thing.animation_data.action


def test_nothing_else_is_touched(armature, face):
    """Compared before Blender evaluates the new animation."""
    armature.pose.bones["head"].rotation_mode = "ZXY"
    armature.pose.bones["hips"]["switch"] = 0.5
    armature.pose.bones["head"].constraints.new("LIMIT_ROTATION")
    face.data.shape_keys.key_blocks["jawOpen"].value = 0.25
    old = animate(armature, "location", (0, 0, 0), (1, 0, 0)), animate(face.data.shape_keys, "eval_time", 0.0, 5.0)
    bpy.context.view_layer.update()
    before = everything()
    made, _curves = write(armature)
    new = {made.name, face.data.shape_keys.animation_data.action.name}
    changed = differences(before, everything())
    expected = ("animation_data", *(f"actions[{name}]" for name in new),
                *(f"actions[{action.name}].use_fake_user" for action in old))
    assert [path for path in changed if not any(part in path for part in expected)] == []
    assert all(action.use_fake_user for action in old)


def test_the_previous_action_keeps_every_key(armature, face):
    first, _curves = write(armature)
    before = {path: value for path, value in everything().items() if path.startswith(f"actions[{first.name}]")}
    second, _curves = write(armature, start_frame=100)
    assert second != first and first.use_fake_user
    after = everything()
    assert {path for path, value in before.items() if after.get(path) != value} <= {
        f"actions[{first.name}].use_fake_user"}


def test_the_object_stays_where_its_own_keys_put_it(armature):
    animate(armature, "location", (2, 0, 0), (5, 0, 0))
    made, _curves = write(armature)
    assert {curve.data_path for curve in compat.curves_of(armature)} >= {"location"}
    bpy.context.scene.frame_set(11)
    assert armature.location.x == pytest.approx(5.0)
    assert made.name.endswith("_persona") and provenance.is_persona(made)


def test_the_body_stays_animated_where_only_the_face_is_generated(armature, face):
    first, _curves = write(armature, face=False)
    shoulder = 'pose.bones["leftShoulder"].rotation_quaternion'
    armature.keyframe_insert(shoulder, frame=3)
    second, _curves = write(armature, body=False)
    paths = {curve.data_path for curve in compat.curves_of(armature)}
    assert second != first
    assert paths == {shoulder, *(f'pose.bones["{bone}"].rotation_quaternion' for bone in ("hips", "head"))}


def test_a_new_body_does_not_mix_with_bones_of_the_old_one(armature):
    armature.keyframe_insert('pose.bones["leftToes"].rotation_quaternion', frame=3)
    write(armature)
    assert 'leftToes' not in {curve.group.name for curve in compat.curves_of(armature) if curve.group}


def test_an_action_of_several_characters_is_not_changed(armature):
    """A shared action keeps all; the copy carries nothing of the other character."""
    other = stage.add_armature("Other")
    shared = animate(armature, "location", (1, 0, 0), (2, 0, 0))
    other.animation_data_create().action = shared
    if SLOTS:
        other.animation_data.action_slot = shared.slots.new("OBJECT", "Other")
    made, _curves = write(armature)
    assert other.animation_data.action == shared
    if SLOTS:
        assert [slot.target_id_type for slot in made.slots].count("OBJECT") == 1


# ---- what cannot be written ------------------------------------------------------------------------------

def remarks_of(made) -> str:
    return " | ".join(provenance.part_of(made, "report")["remarks"])


def test_driven_shapes_are_left_to_their_driver(armature, face):
    driver = face.data.shape_keys.key_blocks["jawOpen"].driver_add("value").driver
    driver.type = "SUM"
    assert character.describe(armature).meshes[0].driven == ("jawOpen",)
    made, _curves = write(armature)
    paths = {curve.data_path for curve in compat.curves_of(face.data.shape_keys)}
    assert 'key_blocks["jawOpen"].value' not in paths and len(paths) == len(stage.SHAPES) - 1
    assert "Driven by the rig, so not written: jawOpen" in remarks_of(made)


def test_driven_bones_are_left_to_their_driver(armature):
    armature.pose.bones["head"].driver_add("rotation_quaternion", 1)
    made, _curves = write(armature)
    assert {index for path, index in curves_by_path(armature) if '"head"' in path} == {0, 2, 3}
    assert "Driven by the rig, so not written: head" in remarks_of(made)


def test_a_name_with_quotes_and_brackets_is_told_as_it_is(armature):
    name = 'a"]b\\'
    escaped = bpy.utils.escape_identifier(name)
    channel = Channel("Hero", "OBJECT", f'pose.bones["{escaped}"]["IK_FK"]', 0, name)
    assert action._subject(channel) == name


def test_a_performance_longer_than_the_scene_is_remarked(armature):
    bpy.context.scene.frame_end = 10
    made, _curves = write(armature)
    assert "ends at frame 21, after the scene's end at 10" in remarks_of(made)
    assert bpy.context.scene.frame_end == 10


def test_what_hides_a_performance_is_remarked(armature):
    armature.data.pose_position = "REST"
    armature.animation_data_create().action_blend_type = "ADD"
    made, _curves = write(armature)
    assert "rest position" in remarks_of(made) and "mixed with its NLA" in remarks_of(made)
    assert armature.data.pose_position == "REST"


def broken(curves: Curves, name: str, value) -> Curves:
    arrays = {field: getattr(curves, field).copy() for field in ("keys", "left", "right", "interpolation")}
    arrays[name].flat[3] = value
    return Curves(curves.channels, curves.starts, **arrays)


@pytest.mark.parametrize("name", ["keys", "left", "right"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none_never_reach_a_curve(armature, name, value):
    before = everything()
    with pytest.raises(Problem) as raised:
        write(armature, broken(performer.curves_for("Hero", mesh=None), name, value))
    assert raised.value.code == "action.broken" and differences(before, everything()) == {}


def test_incomplete_curves_are_refused(armature):
    whole = performer.curves_for("Hero", mesh=None)
    for curves in (Curves(whole.channels[:-1], whole.starts, whole.keys, whole.left, whole.right, whole.interpolation),
                   Curves(whole.channels, whole.starts, whole.keys[:-1], whole.left, whole.right, whole.interpolation),
                   Curves((), np.zeros(1, np.int32), whole.keys[:0], whole.left[:0], whole.right[:0],
                          whole.interpolation[:0])):
        with pytest.raises(Problem, match="cannot be written"):
            write(armature, curves)
    assert len(bpy.data.actions) == 0


def test_a_failure_in_the_middle_leaves_the_file_as_it_was(armature, face, monkeypatch):
    write(armature)
    before = everything()
    monkeypatch.setattr(provenance, "remember", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(armature)
    left = differences(before, everything())
    assert {path.rpartition(".")[2] for path in left} <= {"users"} and left == {}


def tweak(block, old) -> None:
    """Puts the action that a data-block plays on its NLA, in tweak mode."""
    animation = block.animation_data
    track = animation.nla_tracks.new()
    track.strips.new("strip", 1, old)
    animation.action = None
    track.select = track.strips[0].select = True
    animation.use_tweak_mode = True
    assert animation.use_tweak_mode


def test_tweak_mode_is_refused(armature):
    tweak(armature, animate(armature, "location", (0, 0, 0), (1, 0, 0)))
    with pytest.raises(Problem) as raised:
        write(armature)
    assert raised.value.code == "character.tweaked"


def test_a_face_in_tweak_mode_leaves_the_body(armature, face):
    key = face.data.shape_keys
    old = animate(key, 'key_blocks["jawOpen"].value', 0, 1)
    tweak(key, old)
    made, _curves = write(armature)
    assert armature.animation_data.action is made and key.animation_data.action is old
    assert "The face of Face was not written" in remarks_of(made)


def test_another_scenes_character_is_refused(armature):
    with pytest.raises(Problem) as raised:
        write(armature, scene=bpy.data.scenes.new("Elsewhere"))
    assert raised.value.code == "character.elsewhere" and "Hero" in str(raised.value)


# ---- linked characters -----------------------------------------------------------------------------------

@pytest.fixture
def library(armature, face, tmp_path) -> str:
    """A file with the character in a collection; the open file is empty again."""
    actor = bpy.data.collections.new("Actor")
    for thing in (armature, face):
        actor.objects.link(thing)
    path = str(tmp_path / "actor.blend")
    bpy.data.libraries.write(path, {actor})
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return path


def link(path: str) -> bpy.types.Collection:
    with bpy.data.libraries.load(path, link=True) as (_there, here):
        here.collections = ["Actor"]
    return here.collections[0]


def test_a_linked_character_is_refused_with_what_to_do(library):
    actor = link(library)
    bpy.context.scene.collection.children.link(actor)
    hero = actor.objects["Hero"]
    with pytest.raises(Problem, match="library override"):
        character.check(hero, bpy.context.scene)
    with pytest.raises(Problem, match="linked from"):
        write(hero)
    assert hero.animation_data is None


def override(actor, scene, editable: bool) -> bpy.types.Object:
    """The armature of a library override of the collection."""
    instance = bpy.data.objects.new("Instance", None)
    instance.instance_type, instance.instance_collection = "COLLECTION", actor
    scene.collection.objects.link(instance)
    actor.override_hierarchy_create(scene, bpy.context.view_layer, reference=instance, do_fully_editable=editable)
    return next(thing for thing in scene.objects if thing.type == "ARMATURE" and thing.override_library)


def test_an_override_that_is_not_editable_is_refused(library):
    hero = override(link(library), bpy.context.scene, editable=False)
    with pytest.raises(Problem) as raised:
        character.check(hero, bpy.context.scene)
    assert raised.value.code == "character.locked"


def test_an_overridden_character_gets_its_body_and_says_why_no_face(library):
    scene = bpy.context.scene
    hero = override(link(library), scene, editable=True)
    made, _curves = write(hero)
    assert len(compat.curves_of(hero)) == 8
    face = next(thing for thing in scene.objects if thing.type == "MESH" and thing.is_editable)
    assert face.data.shape_keys.animation_data is None
    assert "mesh is linked" in remarks_of(made)


def test_what_was_written_is_still_there_after_saving_and_loading(armature, face, tmp_path):
    write(armature)
    before = {path: keys_of(curve) for path, curve in curves_by_path(armature).items()}
    path = str(tmp_path / "shot.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    hero = bpy.data.objects["Hero"]
    after = {path: keys_of(curve) for path, curve in curves_by_path(hero).items()}
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[path], after[path]) for path in before)
    assert {p.type for curve in compat.curves_of(hero) for p in curve.keyframe_points} == {"GENERATED"}
