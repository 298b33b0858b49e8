"""What lies around the worker's process: interpreter and import path, private folders, log, pipes, patience."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy
import pytest

import bridge
from bridge import pipes, providers
from persona_addon import launch, private_folder
from persona_addon.client import _MOVES, Client, State
from persona_addon.patience import Patience
from persona_addon.private_folder import PrivateFolder, sweep
from persona_addon.process import how_it_ended
from persona_addon.worker_log import KEPT, WorkerLog, make_room

ENGINE = str(Path(bridge.__file__).parents[1])


# ---- interpreter and import path ---------------------------------------------------------------------------

def test_this_interpreter_gets_this_process_s_packages():
    before, after = launch.import_path(sys.executable, ["/gpu"])
    assert before[:2] == ["/gpu", ENGINE] and str(Path(numpy.__file__).parents[1]) in before and after == []


def test_wheels_of_extensions_go_before_numpy_s_folder(monkeypatch):
    """Blender's order: the extensions' common folder, then Blender's own packages."""
    local = "/home/ada/.config/blender/5.2/extensions/.local/lib/python3.13/site-packages"
    monkeypatch.setattr(sys, "path", ["/blender/scripts/modules", local, "/blender/python/lib/python3.13"])
    assert launch.import_path(sys.executable)[0] == [ENGINE, local, str(Path(numpy.__file__).parents[1])]


def test_another_interpreter_keeps_its_own_packages():
    """Wheels for this Python would shadow its own, built for it; it only lacks the engine."""
    assert launch.import_path("/venv/bin/python", ["/gpu"]) == (["/gpu"], [ENGINE])


def test_the_environment_asks_for_few_threads_and_takes_what_is_set():
    assert launch.environment({})["OMP_NUM_THREADS"] == str(providers.default_threads())
    changed = launch.environment({"PERSONA_THREADS": "3", "OTHER": "x"})
    assert changed["OPENBLAS_NUM_THREADS"] == "3" and changed["OTHER"] == "x"


def test_the_command_runs_isolated_and_sees_nothing_of_the_environment(tmp_path):
    """PYTHONPATH, PYTHONHOME and the folder it runs in do not reach the worker."""
    (tmp_path / "numpy.py").write_text("raise SystemExit('the wrong numpy')")
    tell = tmp_path / "tell.py"
    tell.write_text("import json, sys, numpy, bridge\n"
                    "print(json.dumps([sys.flags.isolated, sys.flags.dont_write_bytecode, sys.flags.utf8_mode,"
                    " numpy.__file__, bridge.__file__, sys.argv]))")
    command = launch.command(sys.executable, (), (str(tell), "an argument, ünd more"))
    said = subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, check=True,
                          capture_output=True, text=True, encoding="utf-8").stdout
    assert json.loads(said) == [1, 1, 1, numpy.__file__, bridge.__file__, [str(tell), "an argument, ünd more"]]


def test_a_preference_and_the_environment_may_name_another_python(monkeypatch):
    monkeypatch.setenv("PERSONA_WORKER_PYTHON", "/opt/gpu/bin/python")
    assert Client().python == "/opt/gpu/bin/python"
    assert Client(python="/other/python").python == "/other/python"
    monkeypatch.delenv("PERSONA_WORKER_PYTHON")
    assert Client().python == sys.executable


# ---- threads and providers ---------------------------------------------------------------------------------

@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 2), (5, 4), (64, 4)])
def test_threads_leave_blender_a_core(monkeypatch, cores, threads):
    monkeypatch.setattr(providers, "physical_cores", lambda: cores)
    monkeypatch.delenv("PERSONA_THREADS", raising=False)
    assert providers.default_threads() == threads


def test_providers_come_in_the_order_of_worth(monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")
    loaded = []
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: loaded.append(True))
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [
        "CPUExecutionProvider", "AzureExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"])
    assert providers.available() == ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
    assert loaded, "the CUDA libraries that pip installed have to be found first"
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [
        "CPUExecutionProvider", "DmlExecutionProvider", "CoreMLExecutionProvider"])
    assert providers.available() == ["CoreMLExecutionProvider", "DmlExecutionProvider", "CPUExecutionProvider"]


def test_sessions_do_not_spin_and_run_one_node_at_a_time():
    onnxruntime = pytest.importorskip("onnxruntime")
    options = providers.session_options(3)
    assert options.intra_op_num_threads == 3 and options.inter_op_num_threads == 1
    assert options.execution_mode == onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


# ---- private folders ---------------------------------------------------------------------------------------

def test_a_private_folder_is_private_and_goes(tmp_path):
    folder = PrivateFolder(tmp_path / "deep" / "root")
    job = folder.make("job-1")
    if os.name == "posix":
        assert folder.path.stat().st_mode & 0o777 == job.stat().st_mode & 0o777 == 0o700
    with pytest.raises(FileExistsError):
        folder.make("job-1")
    folder.remove()
    assert list((tmp_path / "deep" / "root").iterdir()) == []


def test_what_a_dead_blender_left_is_swept_and_the_living_one_s_is_not(tmp_path):
    maker = ("import sys, time; from pathlib import Path; from persona_addon.private_folder import PrivateFolder\n"
             "folder = PrivateFolder(Path(sys.argv[1])); (folder.make('job-1') / 'array').write_text('x')\n"
             "print(folder.path, flush=True); sys.stdin.read()")
    owner = subprocess.Popen([sys.executable, "-c", maker, tmp_path], cwd=ENGINE, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    folder = Path(owner.stdout.readline().strip())
    old = time.time() - 1000
    os.utime(folder, (old, old))
    sweep(tmp_path)
    assert folder.is_dir(), "its owner lives"
    owner.kill()
    owner.communicate()
    sweep(tmp_path)
    assert not folder.exists()


def test_a_young_folder_and_foreign_things_are_left_alone(tmp_path):
    young = tmp_path / f"{private_folder.PREFIX}young"
    young.mkdir()
    (young / "lock").touch()
    (tmp_path / f"{private_folder.PREFIX}file").touch()
    old = time.time() - 1000
    without = tmp_path / f"{private_folder.PREFIX}without-lock"
    without.mkdir()
    os.utime(without, (old, old))
    sweep(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.skipif(os.name != "posix", reason="links need no rights on POSIX only")
def test_a_link_is_not_swept_through(tmp_path):
    target = tmp_path / "precious"
    target.mkdir()
    (target / "lock").touch()
    old = time.time() - 1000
    os.utime(target, (old, old))
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / f"{private_folder.PREFIX}link").symlink_to(target)
    sweep(tmp_path / "root")
    assert target.is_dir()


# ---- log ---------------------------------------------------------------------------------------------------

def test_a_log_never_grows_beyond_its_limit_and_keeps_the_end(tmp_path):
    log = WorkerLog(tmp_path / "logs" / "worker-a.log", 10_000)
    for number in range(5000):
        log.write(f"line {number:05d}\n".encode())
        assert sum(path.stat().st_size for path in (tmp_path / "logs").iterdir()) <= 10_000
    assert log.tail[-1] == "line 04999" and len(log.tail) == 20
    assert log.path.read_text().endswith("line 04999\n") and log.older.read_text().startswith("line ")
    log.write(b"x" * 100_000)
    assert sum(path.stat().st_size for path in (tmp_path / "logs").iterdir()) <= 10_000


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path):
    log = WorkerLog(tmp_path / "logs" / "worker-a.log")
    log.path.unlink()
    log.path.mkdir()
    log.write(b"still in memory\n")
    assert log.tail == ["still in memory"]


def test_only_the_newest_logs_are_kept(tmp_path):
    for number in range(20):
        path = tmp_path / f"worker-{number}.log"
        path.touch()
        os.utime(path, (number, number))
    make_room(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert "worker-19.log" in left and len(left) == 2 * (KEPT - 1)


# ---- pipes -------------------------------------------------------------------------------------------------

def test_pipes_never_wait():
    reading, writing = os.pipe()
    pipes.unblock_reading(reading)
    pipes.unblock_writing(writing)
    assert pipes.read_some(reading) == b""
    sent = 0
    while taken := pipes.write_some(writing, b"x" * 50_000):
        sent += taken
    assert sent > 0 and pipes.write_some(writing, b"more") == 0
    received = 0
    while piece := pipes.read_some(reading):
        received += len(piece)
    assert received == sent and pipes.read_some(reading) == b""
    os.close(writing)
    assert pipes.read_some(reading) is None
    os.close(reading)


def test_a_pipe_nobody_reads_says_so():
    reading, writing = os.pipe()
    pipes.unblock_writing(writing)
    os.close(reading)
    with pytest.raises(BrokenPipeError):
        pipes.write_some(writing, b"x")
    os.close(writing)


# ---- patience and states -----------------------------------------------------------------------------------

def test_only_time_in_which_somebody_looks_is_counted():
    now = [100.0]
    patience = Patience(1.0, lambda: now[0])
    patience.begin()
    for _ in range(5):
        now[0] += 0.5
        patience.look()
    assert patience.waited == patience.silence == 2.5
    now[0] += 3600
    patience.look()
    assert patience.waited == 3.5
    now[0] -= 7200
    patience.look()
    assert patience.waited == 3.5
    patience.hear()
    now[0] += 0.5
    patience.look()
    assert (patience.waited, patience.silence) == (4.0, 0.5)


def test_every_state_can_be_reached_and_left():
    assert {after for after in _MOVES.values()} == set(State)
    for state in State:
        assert any(before is state is not after for (before, _), after in _MOVES.items())
        assert _MOVES[state, "stop"] is State.OFF
    assert all(_MOVES[state, "lose"] in (State.FAILED, State.OFF) for state in State
               if state not in (State.OFF, State.FAILED))


def test_a_move_that_no_state_allows_is_an_error():
    client = Client()
    with pytest.raises(KeyError):
        client._move("finish")
    client.stop()


def test_stopping_what_never_started_and_stopping_twice_does_nothing():
    client = Client()
    client.stop()
    client.stop()
    client.cancel()
    assert client.state is State.OFF and client.poll() == []


@pytest.mark.parametrize(("code", "words"), [(None, ""), (0, " with code 0"), (3, " with code 3"),
                                             (3221225477, " with code 0xc0000005")])
def test_the_way_it_ended_in_words(code, words):
    assert how_it_ended(code) == words


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has signals")
def test_signals_are_named():
    assert how_it_ended(-11) == " with SIGSEGV" and how_it_ended(-63).startswith(" with ")


def test_blender_s_process_has_no_thread_of_ours(tmp_path):
    before = threading.active_count()
    client = Client(folder=tmp_path, program=[str(Path(__file__).parents[2] / "faults" / "tiny_worker.py")])
    client.start()
    while client.state is State.STARTING:
        client.poll()
    assert client.state is State.READY and threading.active_count() == before
    client.stop()
