"""Workers that behave well, and workers that do not, each played by ``python players.py NAME [ARGUMENT]``.

The well-behaved ones are the real worker with a performance that needs no model. The others speak the wire
themselves, badly, and import no onnxruntime.
"""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

import bridge
from bridge import packing, parcel, wire
from bridge.body.motion import Motion
from bridge.body.score import Accent, GestureEvent, Score
from bridge.body.skeleton import CANONICAL
from bridge.curves import Channel, Curves
from bridge.face.track import FaceTrack
from bridge.messages import Request, Result
from bridge.report import Report

# ---- performances ------------------------------------------------------------------------------------------

def sample_result(request: Request, seconds: float = 2.0) -> Result:
    """A sound result for a request, random by its seed."""
    rng = np.random.default_rng(request.seed)
    body = face = curves = None
    if request.body:
        frames = int(np.ceil(seconds * 30))
        turns = rng.standard_normal((frames, len(CANONICAL), 4))
        turns /= np.linalg.norm(turns, axis=-1, keepdims=True)
        body = Motion(CANONICAL, turns.astype(np.float32), rng.random((frames, 3), np.float32), 30.0,
                      rng.random((frames, 4), np.float32))
    if request.face:
        frames = int(np.ceil(seconds * 100))
        face = FaceTrack(rng.random((frames, 52), np.float32), rng.random((frames, 9), np.float32), 100.0, (0.5, 1.25))
    if request.rig:
        curves = sample_curves(request, rng, seconds)
    score = Score(seconds, (GestureEvent(0.7, "beat", "both", 0.3, 0.2, 0.1, position=(0.1, 0.2, 0.3)),),
                  (Accent(0.7, 1.5),), ((0.1, 1.9),))
    return Result(score, body, face, curves, Report(found={"seconds": seconds}, chosen={"seed": request.seed},
                                                    seconds={"move": 0.1}, remarks=("a remark",)))


def sample_curves(request: Request, rng: np.random.Generator, seconds: float) -> Curves:
    channels = tuple(Channel(request.rig.name, "OBJECT", f'pose.bones["{bone.name}"].rotation_quaternion', index,
                             bone.name) for bone in request.rig.bones for index in range(4))
    frames = np.unique(np.linspace(request.start_frame, request.start_frame + int(seconds * request.fps), 9).round())
    keys = np.empty((len(channels), len(frames), 2), np.float32)
    keys[..., 0], keys[..., 1] = frames, rng.random((len(channels), len(frames)))
    keys = keys.reshape(-1, 2)
    step = np.array([0.3, 0.0], np.float32)
    starts = np.arange(len(channels) + 1, dtype=np.int32) * len(frames)
    return Curves(channels, starts, keys, keys - step, keys + step, np.full(len(keys), 2, np.uint8))


def niceness(request, watch):
    """Says how far this process gives way to others."""
    result = sample_result(request)
    return replace(result, report=replace(result.report, remarks=(str(os.nice(0)),)))


def slow_model(request, watch):
    """One run of a model that takes a minute: a matrix multiplied by itself again and again."""
    import onnxruntime
    from onnx import TensorProto, helper

    size, times = 800, 4000
    nodes = [helper.make_node("MatMul", [f"x{step}", "x0"], [f"x{step + 1}"]) for step in range(times)]
    graph = helper.make_graph(nodes, "slow", [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [size, size])],
                              [helper.make_tensor_value_info(f"x{times}", TensorProto.FLOAT, [size, size])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    from bridge.providers import session_options

    session = onnxruntime.InferenceSession(model.SerializeToString(), session_options(1))
    watch.stage("run")
    watch.run(session, {"x0": np.zeros((size, size), np.float32)})


STAND_IN = SimpleNamespace(__version__="1.23.2", __file__="", get_available_providers=lambda: ["CPUExecutionProvider"])


def quick(request, watch):
    """Small steps, cancelled at any of them; as long as the audio's name says, "0.5" or "0.5.wav"."""
    watch.stage("move")
    for step in range(20):
        time.sleep(float(Path(request.audio).name.removesuffix(".wav") or 0) / 20)
        watch.advance(step + 1, 20)
    watch.stage("")
    return sample_result(request)


def long_speech(request, watch):
    """Ten minutes of speech, made at once."""
    watch.stage("move")
    return sample_result(request, 600.0)


def out_of_memory(request, watch):
    """Needs more than any machine has."""
    np.zeros(1 << 50)


def greedy(request, watch):
    """Needs a gigabyte; the limit of its process lies below."""
    return np.ones(1 << 27) and None


def bad_model(request, watch):
    """Opens the model whose card lies in the folder that the audio names."""
    from bridge import cards

    cards.open_session(cards.find("gesture", folder=Path(request.audio)))


def reading(request, watch):
    """Says what stands in the file that the audio names."""
    remarks = (Path(request.audio).read_text(),)
    result = sample_result(request)
    return replace(result, report=replace(result.report, remarks=remarks))


def listening(request, watch):
    """Reads the audio as the product does; says how long it is."""
    from bridge import audio

    seconds = len(audio.read(request.audio)) / 16000
    result = sample_result(request)
    return replace(result, report=replace(result.report, remarks=(str(seconds),)))


def play(name, libraries=""):
    """The real worker with one of the performances above; only with "real" libraries does it wait for theirs."""
    from bridge import worker

    if libraries != "real":
        sys.modules |= {"onnxruntime": STAND_IN, "soundfile": STAND_IN, "soxr": STAND_IN}
    sys.exit(worker.main(perform=globals()[name]))


def limited():
    """The real worker in 700 MB of address space."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))
    play("greedy")


def audited(allowed):
    """The real worker, listening to what the interpreter does; each result tells what it should not have done."""
    wrong = []

    def hear_of(event, arguments):
        if event.startswith(("socket.", "urllib.", "subprocess.", "os.system", "ftplib.", "http.")):
            wrong.append(event)
        elif event == "open":
            path, mode, flags = arguments
            writes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) or (mode and set(mode) & set("wax+"))
            if writes and not isinstance(path, int) and not str(path).startswith(allowed):
                wrong.append(f"open {path}")
        elif event in ("os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate") and not str(
                arguments[0]).startswith(allowed):
            wrong.append(f"{event} {arguments[0]}")

    def telling(request, watch):
        result = sample_result(request)
        return replace(result, report=replace(result.report, remarks=("audited", *wrong)))

    sys.addaudithook(hear_of)
    globals()["telling"] = telling
    play("telling", "real")


def small_disk():
    """The real worker where no file may grow beyond 20 kB."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    play("quick")


# ---- workers that speak badly ------------------------------------------------------------------------------

def say(kind, **fields):
    write(wire.encode(kind, **fields))


def write(content):
    while content:
        content = content[os.write(1, content):]


def hello(**changed):
    versions = {"persona": bridge.__version__, "onnxruntime": "1.23.2"} | changed
    say("hello", pid=os.getpid(), versions=versions, paths={"bridge": "here"}, providers=[], models=[])


_listening = wire.Decoder()


def hear(*kinds):
    """Waits for a message of one of the kinds; ends with stdin."""
    while True:
        while (message := _listening.next()) is not None:
            if message["type"] in kinds:
                return message
        piece = os.read(0, 65536)
        if not piece:
            os._exit(0)
        _listening.feed(piece)


def answer(message, change=lambda result: result, entries=lambda files, folder: files):
    """Sends the result for a ``generate``, changed on the way."""
    folder = Path(message["folder"])
    document, _arrays = parcel.complete(parcel.read(folder, message["files"]))
    result = change(sample_result(Request.from_json(document)))
    say("result", job=message["job"], files=entries(parcel.write(folder, *packing.pack(result)), folder))


def mute():
    """Never says hello, and ignores every polite way to end it."""
    time.sleep(600)


def late(seconds):
    """Says hello after a while, then works."""
    time.sleep(float(seconds))
    hello()
    while True:
        answer(hear("generate"))


def gone(code):
    """Ends before hello, and says why on stderr."""
    for number in range(30):
        print(f"line {number}", file=sys.stderr)
    print("ImportError: DLL load failed while importing onnxruntime_pybind11_state", file=sys.stderr)
    sys.exit(int(code))


def killed():
    os.kill(os.getpid(), 9)


def other_version():
    hello(persona="0.0.1")
    mute()


def other_onnxruntime(version):
    hello(onnxruntime=version)
    mute()


def other_protocol():
    wire.VERSION = 99
    hello()
    mute()


def talkative():
    """Something prints to stdout before the first message."""
    write(b"Loading libraries ...\n")
    hello()
    mute()


def garbled():
    """A job's progress comes with noise between."""
    hello()
    hear("generate")
    write(b"\x00\xffnoise" * 20)
    mute()


def cut():
    """Dies in the middle of a message."""
    hello()
    job = hear("generate")["job"]
    frame = wire.encode("result", job=job, files={})
    write(frame[:len(frame) // 2])
    os._exit(0)


def endless():
    """Claims a message of four gigabytes."""
    hello()
    hear("generate")
    write(b"PRSN\x01\x00\xff\xff\xff\xff")
    mute()


def chatty(count):
    """So many tiny messages, then the result."""
    hello()
    message = hear("generate")
    frame = wire.encode("progress", job=message["job"], stage="move", done=1, total=2, elapsed=0.1, quiet=0.0,
                        seconds_left=None)
    for _ in range(int(count) // 100):
        write(frame * 100)
    answer(message)
    mute()


def quiet(seconds):
    """Nothing moves for a while, but it lives; then the result."""
    hello()
    message = hear("generate")
    until = time.monotonic() + float(seconds)
    while (left := until - time.monotonic()) > 0:
        say("progress", job=message["job"], stage="move", done=1, total=2, elapsed=1.0, quiet=float(seconds) - left,
            seconds_left=None)
        time.sleep(0.05)
    answer(message)
    mute()


def asleep():
    """Lives, hears, and says nothing after hello but to answer questions."""
    hello()
    while hear("generate", "ping")["type"] != "ping":
        pass
    say("alive")
    mute()


def deaf():
    """Goes on with its job whatever it is told."""
    hello()
    job = hear("generate")["job"]
    while True:
        say("progress", job=job, stage="move", done=1, total=2, elapsed=1.0, quiet=0.0, seconds_left=None)
        time.sleep(0.05)


def parent(path):
    """Starts a program of its own, and leaves it alone."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(path).write_text(str(child.pid))
    hello()
    mute()


def bad_result(name):
    """A result that breaks one rule."""
    hello()
    while True:
        message = hear("generate")
        change, entries = BAD_RESULTS[name]
        answer(message, change, entries)


def _with(part, **arrays):
    def change(result):
        whole = getattr(result, part)
        fields = {**vars(whole), **{name: make(getattr(whole, name).copy()) for name, make in arrays.items()}}
        fields = {name: fields[name] for name in type(whole).__dataclass_fields__}
        return Result(**{**vars(result), part: type(whole)(**fields)})
    return change


def _put(place, value):
    def make(array):
        array[place] = value
        return array
    return make


def _frames(count):
    """The body with so many frames."""
    def change(result):
        body = result.body
        cut = Motion(body.skeleton, *(np.resize(array, (count, *array.shape[1:]))
                                      for array in (body.rotations, body.root)), body.fps,
                     np.resize(body.contacts, (count, 4)))
        return Result(**{**vars(result), "body": cut})
    return change


def _entry(name, **changed):
    def entries(files, folder):
        return {**files, name: files[name] | changed}
    return entries


def _outside(files, folder):
    (folder.parent / "secret").write_bytes(b"1234")
    return {**files, "../secret": {"dtype": "uint8", "shape": [4], "bytes": 4, "crc": 0x9BE3E0A3}}


def _missing(files, folder):
    (folder / "body.root").unlink()
    return files


def _short(files, folder):
    (folder / "body.root").write_bytes((folder / "body.root").read_bytes()[:-4])
    return files


def _same(value):
    return value


def _as_files(files, folder):
    return files


BAD_RESULTS = {
    "missing file": (_same, _missing),
    "short file": (_same, _short),
    "wrong hash": (_same, _entry("body.root", crc=1)),
    "outside": (_same, _outside),
    "wrong shape": (_same, _entry("body.root", shape=[1, 2])),
    "nan rotation": (_with("body", rotations=_put((3, 4, 1), np.nan)), _as_files),
    "infinite root": (_with("body", root=_put((59, 2), np.inf)), _as_files),
    "long quaternion": (_with("body", rotations=_put((5, 6), 0.7)), _as_files),
    "too few frames": (_frames(50), _as_files),
    "too many frames": (_frames(70), _as_files),
    "weight of two": (_with("face", weights=_put((7, 8), 2.0)), _as_files),
    "nan angle": (_with("face", angles=_put((7, 8), np.nan)), _as_files),
    "nan key": (_with("curves", keys=_put((3, 1), np.nan)), _as_files),
    "keys out of order": (_with("curves", keys=lambda keys: keys[::-1]), _as_files),
    "keys far away": (_with("curves", keys=_put((8, 0), 1e6)), _as_files),
    "starts beyond": (_with("curves", starts=_put(-1, 10**6)), _as_files),
    "no face": (lambda result: Result(**{**vars(result), "face": None}), _as_files),
}

if __name__ == "__main__":
    part, *arguments = sys.argv[1:]
    globals()[part](*arguments)
