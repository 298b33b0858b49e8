"""A worker that says hello, hears the end of stdin and goes: as little as a start and a stop can be."""

import os

import bridge
from bridge import wire

os.write(1, wire.encode("hello", pid=os.getpid(), versions={"persona": bridge.__version__, "onnxruntime": "1.23.2"},
                        paths={}, providers=[], models=[]))
while os.read(0, 4096):
    pass
