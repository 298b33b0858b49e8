"""``Report``: what was found, chosen and measured in a job, and how long each stage took."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Report:
    """All JSON-able. found: what the inputs were. chosen: models, providers, maps. measured: figures of the
    result. seconds: by stage. remarks: sentences a person should read (what is missing or was assumed)."""

    found: dict = field(default_factory=dict)
    chosen: dict = field(default_factory=dict)
    measured: dict = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict) -> Report:
        return cls(**{**fields, "remarks": tuple(fields.get("remarks", ()))})
