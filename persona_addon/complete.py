"""Whether files that Blender wrote are whole: it does not notice when the disk fills up meanwhile."""

from __future__ import annotations

from pathlib import Path

_COMPRESSED_END = b"\xb1\xea\x92\x8f"  # of the table that closes a seekable Zstandard file


def blend(path: Path) -> bool:
    """Whether a .blend, plain or compressed, has its end."""
    with path.open("rb") as file:
        plain = file.read(7) == b"BLENDER"
        file.seek(max(path.stat().st_size - 64, 0))
        end = file.read()
    return b"ENDB" in end if plain else end.endswith(_COMPRESSED_END)


def movie(path: Path) -> bool:
    """Whether an MP4 consists of whole boxes, its table of contents among them."""
    length, place, kinds = path.stat().st_size, 0, set()
    with path.open("rb") as file:
        while place < length:
            file.seek(place)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            if size == 1:  # the real size follows, in 64 bits
                size = int.from_bytes(head[8:16], "big")
            if len(head) < 8 or size < 8:
                return False
            kinds.add(head[4:8])
            place += size
    return place == length and {b"ftyp", b"mdat", b"moov"} <= kinds
