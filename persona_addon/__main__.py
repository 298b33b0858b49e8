"""``python -m persona_addon generate …``: the same commands through Blender's wheel."""

from __future__ import annotations

import os
import sys


def main() -> None:
    import persona_addon

    persona_addon.register()
    try:
        from .commands import persona

        code = persona(sys.argv[1:])
    finally:
        persona_addon.unregister()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # some Blender wheels hang or crash in their own shutdown


if __name__ == "__main__":
    main()
