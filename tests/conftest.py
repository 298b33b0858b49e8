"""Property tests draw new examples on every run, but the same ones in CI: a red run there means a change broke it."""

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
