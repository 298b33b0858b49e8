#!/usr/bin/env python3
"""Persona's one script: set up, demonstrate, test, package, measure, train.

    python3 build.py demo        speech to an animated, rendered character in out/
    python3 build.py test        all tests this machine can run (--quick: under a minute)
    python3 build.py setup       the environment alone, in .venv (--train adds what training needs)
    python3 build.py package     the extension's zips in dist/
    python3 build.py bench       figures, with a baseline beside each
    python3 build.py train WHAT  train the gesture or the face model
    python3 build.py corpus      build and check the gesture corpus

Runs on a bare Python: only the standard library, and syntax that an old Python can read far enough to be
told what to do.
"""

import argparse
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

ROOT = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = os.path.join(ROOT, ".venv")
BUILD = os.path.join(ROOT, "build")
DIST = os.path.join(ROOT, "dist")
SAMPLE = os.path.join("persona_addon", "assets", "sample.ogg")

# Python version -> (Blender wheel, the numpy that this Blender carries)
BLENDERS = {(3, 11): ("5.0.1", "1.26.4"), (3, 13): ("5.2.3", "2.3.4")}
# Blender wheels that tests can be repeated on: version -> (Python, numpy)
OTHER_BLENDERS = {"4.2.23": ((3, 11), "1.26.4"), "4.3.0": ((3, 11), "1.26.4"), "4.4.0": ((3, 11), "1.26.4"),
                  "4.5.15": ((3, 11), "1.26.4"), "5.0.1": ((3, 11), "1.26.4"), "5.1.2": ((3, 13), "2.3.4"),
                  "5.2.3": ((3, 13), "2.3.4")}
TORCH = "torch==2.13.0"
PYTHON = "{}.{}".format(*sys.version_info)
SPACE_NEEDED = 3 << 30  # bytes: Blender's wheel, its download and what is beside it

SYSTEM_LIBRARIES = ("libx11-6 libxi6 libxxf86vm1 libxfixes3 libxrender1 libxkbcommon0 libsm6 libice6 libgl1 libegl1 "
                    "libegl-mesa0 libgl1-mesa-dri")


class Stop(Exception):
    """A step that failed, with a sentence that says what to do."""


def main(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.required = True
    for name, (add, carry_out) in COMMANDS.items():
        command = commands.add_parser(name, help=carry_out.__doc__, description=carry_out.__doc__)
        add(command)
        command.set_defaults(carry_out=carry_out)
    args, rest = parser.parse_known_args(words)
    if rest and args.command not in ("test", "train", "corpus", "bench"):
        parser.error("unknown: " + " ".join(rest))
    args.rest = rest
    try:
        return args.carry_out(args)
    except Stop as stop:
        print(f"build.py: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


# ---------------------------------------------------------------- setup

def setup(args):
    """Set up the environment in .venv"""
    say("ready: " + ensure_environment(train=args.train))
    return 0


def ensure_environment(train=False):
    """The environment's Python; set up only if something in it would change."""
    check_python()
    python = environment_python(ENVIRONMENT)
    wanted = wanted_packages(train)
    stamp = os.path.join(ENVIRONMENT, "persona.json")
    done = read_json(stamp)
    if os.path.exists(python) and set(wanted) <= set(done.get("packages", [])):
        return python
    check_space()
    if not os.path.exists(python):
        make_environment(sys.executable, ENVIRONMENT)
    pip_install(python, wanted)
    pip_install(python, ["--no-deps", "--editable", ROOT])
    blender = BLENDERS.get(sys.version_info[:2])
    if blender:
        check_blender(python)
    with open(stamp, "w") as file:
        json.dump({"packages": sorted(set(wanted) | set(done.get("packages", [])))}, file, indent=1)
    return python


def check_python():
    """Goes on under a Python that Blender's wheels exist for, where this is another one and one is at hand."""
    version = sys.version_info[:2]
    if version in BLENDERS:
        return
    for name in ("python3.13", "python3.11"):
        better = shutil.which(name)
        if better and works(better) and "PERSONA_TRIED_PYTHON" not in os.environ:
            say(f"Blender has no wheel for Python {PYTHON}; going on with {better}")
            code = subprocess.call([better, *sys.argv], env=dict(os.environ, PERSONA_TRIED_PYTHON="1"))
            sys.exit(code)
    if version < (3, 11):
        raise Stop(f"this is Python {PYTHON}; Persona needs Python 3.11 or 3.13. Install one of them (python.org, or "
                   "your system's packages) and call `python3.13 build.py …`")


def works(python):
    return subprocess.call([python, "-c", "import venv, ensurepip"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL) == 0


def wanted_packages(train):
    """What pip is asked for on this Python, exactly pinned where a version matters."""
    version = sys.version_info[:2]
    runtime = "onnxruntime==1.31.1" if version >= (3, 14) else "onnxruntime==1.23.2"
    wanted = [runtime, "soundfile==0.13.1", "soxr==1.1.0", "scipy", "pytest>=8", "pytest-timeout", "hypothesis",
              "onnx", "pillow", "ruff"]
    if version in BLENDERS:
        blender, numpy = BLENDERS[version]
        wanted += ["bpy==" + blender, "numpy==" + numpy]
    if train:
        wanted += [TORCH, "onnxscript", "tensorboard", "pocketsphinx"]
    return wanted


def check_space():
    free = shutil.disk_usage(ROOT).free
    if free < SPACE_NEEDED:
        raise Stop(f"only {free / 2**30:.1f} GB are free in {ROOT}; the set-up needs about "
                   f"{SPACE_NEEDED >> 30} GB. Free some and call again")


def make_environment(python, folder):
    say(f"making {os.path.relpath(folder, ROOT)}")
    done = subprocess.run([python, "-m", "venv", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise Stop(f"this Python cannot make an environment:\n{done.stdout.strip()}\n"
                   f"On Debian or Ubuntu: apt install python{PYTHON}-venv")


def pip_install(python, wanted):
    """Installs with pip, its progress shown; a failure becomes a sentence."""
    say("installing " + " ".join(wanted))
    quiet = [] if sys.stdout.isatty() else ["--quiet"]  # on a terminal pip shows its own progress bars
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", *quiet, *wanted]
    log = subprocess.run(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    if log.returncode == 0:
        return
    text = log.stderr[-3000:]
    if "No space left" in text:
        raise Stop(f"the disk filled up during the installation. Free about {SPACE_NEEDED >> 30} GB and call again")
    if re.search("NewConnectionError|Temporary failure|Max retries|Network is unreachable|getaddrinfo", text):
        raise Stop("the package index could not be reached. Check the network (or set PIP_INDEX_URL to a mirror, "
                   "HTTPS_PROXY to a proxy) and call again; what is installed already is kept")
    if "No matching distribution" in text:
        raise Stop(f"a package does not exist for this machine ({sys.platform}, Python {PYTHON}):\n{text.strip()}")
    raise Stop("pip failed:\n" + text.strip())


def check_blender(python):
    done = subprocess.run([python, "-c", "import bpy"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        return
    missing = re.search(r"(lib\w+[.\w-]*\.so[.\d]*): cannot open", done.stdout)
    if missing:
        raise Stop(f"Blender needs the system library {missing.group(1)}. On Debian or Ubuntu:\n"
                   f"  apt install {SYSTEM_LIBRARIES}\nthen call again")
    raise Stop("Blender's wheel does not start:\n" + done.stdout[-2000:])


def environment_python(folder):
    return os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")


def need_blender(what):
    if sys.version_info[:2] not in BLENDERS:
        here = os.path.relpath(environment_python(ENVIRONMENT))
        raise Stop(f"{what} needs Blender's wheel, which exists for Python 3.11 and 3.13, and this is {PYTHON}. "
                   f"Install one of them and call `python3.13 build.py {what}`. Without Blender, "
                   f"`{here} -m bridge generate` works here")


# ---------------------------------------------------------------- demo

def demo(args):
    """Speech to an animated, rendered character, in out/"""
    python = ensure_environment()
    need_blender("demo")
    os.makedirs(args.out, exist_ok=True)
    place = {name: os.path.join(args.out, name) for name in
             ("demo.blend", "demo.mp4", "demo.bvh", "demo_face.csv", "demo.json")}
    command = [python, "-m", "persona_addon", "generate", "--mannequin", "--audio", args.audio,
               "--seed", str(args.seed), "--output", place["demo.blend"], "--render", place["demo.mp4"],
               "--engine", "workbench", "--size", "960x540",
               "--motion", place["demo.bvh"], "--face", place["demo_face.csv"], "--json", place["demo.json"]]
    for emotion in args.emotion:
        command += ["--emotion", emotion]
    code = subprocess.call(command, cwd=ROOT)
    if code == 0:
        seconds = read_json(place["demo.json"])["seconds"]
        print("\n".join(f"{stage:10} {spent:7.2f} s" for stage, spent in seconds.items()))
    return code


# ---------------------------------------------------------------- test

def test(args):
    """Run the tests (further words go to pytest)"""
    python = ensure_environment()
    results = [run_tests(python, "engine", ["tests/bridge", "tests/faults", "tests/test_rooms.py"], args)]
    if args.quick:
        say("left out: tests/models, tests/window, and what is slow")
    elif importable(python, "torch"):
        results.append(run_tests(python, "training", ["tests/models"], args))
    else:
        say("skipped: tests/models. To run them: python3 build.py setup --train")
    if sys.version_info[:2] in BLENDERS:
        results.append(run_tests(python, f"Blender {BLENDERS[sys.version_info[:2]][0]}", ["tests/addon"], args))
    else:
        say("skipped: tests/addon. They need Python 3.11 or 3.13")
    if not args.quick:
        results += [run_tests(other_blender(version), "Blender " + version, ["tests/addon"], args)
                    for version in os.environ.get("PERSONA_BPY", "").split()]
        results += window_tests(python, args)
    passed, failed, skipped = (sum(column) for column in zip(*results, strict=True))
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def run_tests(python, name, folders, args):
    """Runs pytest in a process of its own; returns how many tests passed, failed and were skipped."""
    say("tests: " + name)
    os.makedirs(BUILD, exist_ok=True)
    report = os.path.join(BUILD, "tests-{}.xml".format(re.sub(r"\W+", "-", name)))
    if os.path.exists(report):
        os.remove(report)
    folders = [folder for folder in folders if os.path.exists(os.path.join(ROOT, folder))]
    quick = ["-m", "not slow and not fault"] if args.quick else []
    code = subprocess.call([python, "-m", "pytest", "-q", "--junitxml", report, *folders, *quick, *args.rest],
                           cwd=ROOT, env=dict(os.environ, PYTHONPATH=ROOT))
    if not os.path.exists(report):
        say(f"{name} ended without a report, exit code {code}")
        return 0, 1, 0
    suite = ET.parse(report).getroot().find("testsuite")
    count = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
    failed = count["failures"] + count["errors"]
    if code not in (0, 5) and not failed:
        say(f"{name}: pytest ended with exit code {code}")
        failed = 1
    return count["tests"] - failed - count["skipped"], failed, count["skipped"]


def other_blender(version):
    """The Python of an environment with another Blender wheel, made on first use."""
    if version not in OTHER_BLENDERS:
        raise Stop(f"PERSONA_BPY names {version}; known are {', '.join(OTHER_BLENDERS)}")
    (major, minor), numpy = OTHER_BLENDERS[version]
    folder = os.path.join(ROOT, ".venv-bpy-" + version)
    python = environment_python(folder)
    if not os.path.exists(os.path.join(folder, "persona.json")):
        name = f"PERSONA_PYTHON{major}{minor}"
        base = os.environ.get(name) or shutil.which(f"python{major}.{minor}")
        if not base:
            raise Stop(f"Blender {version} needs Python {major}.{minor}, which was not found. Install it or name it in "
                       + name)
        make_environment(base, folder)
        pip_install(python, ["bpy==" + version, "numpy==" + numpy, "onnxruntime==1.23.2", "soundfile==0.13.1",
                             "soxr==1.1.0", "pytest>=8", "pytest-timeout", "hypothesis", "pillow"])
        with open(os.path.join(folder, "persona.json"), "w") as file:
            json.dump({"blender": version}, file)
    return python


def window_tests(python, args):
    """Tests in complete Blenders with a window; PERSONA_BLENDER names them, joined by the path separator."""
    named = os.environ.get("PERSONA_BLENDER", "")
    if not named:
        say(f"skipped: tests/window. Set PERSONA_BLENDER to a complete Blender (several joined by {os.pathsep}), "
            "with xvfb and xdotool installed")
        return []
    results = []
    for blender in named.split(os.pathsep):
        os.environ["PERSONA_BLENDER_UNDER_TEST"] = blender
        results.append(run_tests(python, "window " + blender_version(blender), ["tests/window"], args))
    return results


def blender_version(blender):
    text = subprocess.run([blender, "--version"], stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"Blender (\d+\.\d+(?:\.\d+)?)", text)
    if not found:
        raise Stop(f"{blender} is no Blender: it does not tell its version")
    return found.group(1)


def importable(python, module):
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.call([python, "-c", code]) == 0


# ---------------------------------------------------------------- package

WHEELS = ("onnxruntime==1.23.2", "soundfile==0.13.1", "soxr==1.1.0", "cffi==2.1.1", "pycparser==3.0")
PLATFORMS = {
    "linux-x64": ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64",
                  "manylinux1_x86_64"],
    "windows-x64": ["win_amd64"],
    "macos-arm64": [f"macosx_{n}_0_{kind}" for n in (13, 12, 11) for kind in ("arm64", "universal2")],
    "macos-x64": [f"macosx_{n}_{kind}" for n in ("13_0", "12_0", "11_0", "10_15", "10_14", "10_13", "10_12", "10_9")
                  for kind in ("x86_64", "universal2")],
}
SHIPPED_PYTHONS = {"macos-x64": ("311",)}  # Intel Macs end with Blender 4.5
TEST_PYTHON = "314"  # Debian's Blender 5.2


def package(args):
    """Build the extension's zips in dist/, validated by Blender's own tool"""
    python = ensure_environment()
    need_blender("package")
    platforms = args.platform or list(PLATFORMS)
    os.makedirs(DIST, exist_ok=True)
    engine = engine_wheel(python)
    for platform in platforms:
        pythons = (args.python,) if args.python else SHIPPED_PYTHONS.get(platform, ("311", "313"))
        wheels = [engine] + [wheel for tag in pythons for wheel in download(python, platform, tag)]
        suffix = "-cp" + args.python if args.python else ""
        target = os.path.join(DIST, f"persona-{version()}-{platform}{suffix}.zip")
        pack(python, stage(platform, wheels), target)
        say(f"{os.path.relpath(target, ROOT)}  {os.path.getsize(target) / 1000000.0:.1f} MB")
    return 0


def engine_wheel(python):
    """The package ``bridge`` with its weights, as a pure wheel of its own."""
    folder = fresh(os.path.join(BUILD, "engine"))
    shutil.copytree(os.path.join(ROOT, "bridge"), os.path.join(folder, "bridge"),
                    ignore=shutil.ignore_patterns("__pycache__"))
    with open(os.path.join(folder, "pyproject.toml"), "w") as file:
        file.write('[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n'
                   f'[project]\nname = "persona-bridge"\nversion = "{version()}"\nrequires-python = ">=3.11"\n'
                   'license = "GPL-3.0-or-later"\n'
                   '[tool.setuptools.packages.find]\ninclude = ["bridge*"]\n'
                   '[tool.setuptools.package-data]\n"*" = ["*.toml", "*.onnx", "*.csv", "*.json"]\n')
    run([python, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", folder,
         folder], "the engine's wheel could not be built")
    return glob.glob(os.path.join(folder, "*.whl"))[0]


def download(python, platform, tag):
    """The wheels of one platform and Python, from a folder that is kept between calls."""
    wheels = [re.sub("onnxruntime==.*", "onnxruntime==1.31.1", wheel) if tag == TEST_PYTHON else wheel
              for wheel in WHEELS]
    name = hashlib.sha256(" ".join(wheels).encode()).hexdigest()[:8]
    folder = os.path.join(BUILD, "wheels", f"{platform}-cp{tag}-{name}")
    if not os.path.exists(os.path.join(folder, "complete")):
        command = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--only-binary=:all:", "--implementation", "cp", "--python-version", tag,
                   "--abi", "cp" + tag, "--abi", "abi3", "--abi", "none", "--dest", folder]
        for name in PLATFORMS[platform]:
            command += ["--platform", name]
        run(command + wheels, f"the wheels of {platform} could not be downloaded")
        open(os.path.join(folder, "complete"), "w").close()
    return sorted(glob.glob(os.path.join(folder, "*.whl")))


def stage(platform, wheels):
    """The zip's content: the add-on and its manifest at the root, the wheels in wheels/."""
    folder = fresh(os.path.join(BUILD, "stage-" + platform))
    shutil.copytree(os.path.join(ROOT, "persona_addon"), folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(os.path.join(ROOT, "LICENSE"), folder)
    os.makedirs(os.path.join(folder, "wheels"))
    names = sorted({os.path.basename(wheel) for wheel in wheels})
    for wheel in wheels:
        shutil.copy(wheel, os.path.join(folder, "wheels"))
    with open(os.path.join(ROOT, "blender_manifest.toml")) as file:
        manifest = file.read()
    manifest = re.sub(r"(?m)^platforms = .*$", f'platforms = ["{platform}"]', manifest)
    listed = "wheels = [\n{}]\n".format("".join(f'  "./wheels/{name}",\n' for name in names))
    manifest = manifest.replace("\n[permissions]", f"\n{listed}\n[permissions]")
    with open(os.path.join(folder, "blender_manifest.toml"), "w") as file:
        file.write(manifest)
    return folder


def pack(python, folder, target):
    """Blender's own packer and validator, plain scripts inside its wheel."""
    found = subprocess.run([python, "-c", "import importlib.util as u; print(list(u.find_spec('bpy')"
                            ".submodule_search_locations)[0])"], stdout=subprocess.PIPE, text=True, check=True)
    script, = glob.glob(os.path.join(found.stdout.strip(), "*", "scripts", "addons_core", "bl_pkg", "cli",
                                     "blender_ext.py"))
    run([python, script, "build", "--source-dir", folder, "--output-filepath", target], "the zip could not be built")
    run([python, script, "validate", target], "Blender's validator refuses the zip")


def version():
    with open(os.path.join(ROOT, "bridge", "__init__.py")) as file:
        return re.search(r'__version__ = "(.+)"', file.read()).group(1)


# ---------------------------------------------------------------- measure and train

def bench(args):
    """Measure, with a baseline beside each figure"""
    python = ensure_environment()
    return subprocess.call([python, "-m", "tests.bench", *args.rest], cwd=ROOT)


def train(args):
    """Train a model that ships: gesture or face (further words go to the training)"""
    python = ensure_environment(train=True)
    return subprocess.call([python, "-m", f"models.{args.what}.train", *args.rest], cwd=ROOT)


def corpus(args):
    """Build the gesture corpus and check it (further words go to the builder)"""
    python = ensure_environment(train=True)
    return subprocess.call([python, "-m", "models.corpora", *args.rest], cwd=ROOT)


# ---------------------------------------------------------------- small

def say(text):
    print("build.py: " + text, flush=True)


def run(command, complaint):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    if done.returncode:
        raise Stop(f"{complaint}:\n{done.stdout.strip()[-3000:]}")


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def read_json(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def no_options(parser):
    pass


def setup_options(parser):
    parser.add_argument("--train", action="store_true", help="add what training needs (torch and more)")


def demo_options(parser):
    parser.add_argument("--audio", default=SAMPLE, help="speech to perform (default: the sample)")
    parser.add_argument("--emotion", action="append", default=[], metavar="NAME=WEIGHT", help="e.g. happy=0.8")
    parser.add_argument("--seed", type=int, default=0, help="another number gives another take")
    parser.add_argument("--out", default="out", metavar="DIR", help="where the results go (default: out)")


def test_options(parser):
    parser.add_argument("--quick", action="store_true", help="only the quick tests")


def package_options(parser):
    parser.add_argument("--platform", action="append", choices=sorted(PLATFORMS), help="only this one; may be repeated")
    parser.add_argument("--python", metavar="TAG", help="wheels of this Python alone, e.g. 314, for tests")


def train_options(parser):
    parser.add_argument("what", choices=("gesture", "face"))


COMMANDS = {
    "setup": (setup_options, setup), "demo": (demo_options, demo), "test": (test_options, test),
    "package": (package_options, package), "bench": (no_options, bench), "train": (train_options, train),
    "corpus": (no_options, corpus),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
