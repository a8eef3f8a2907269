"""The base of every noun, and what a plain value is."""

import math
from typing import Any

from pydantic import BaseModel, ConfigDict

Scalar = str | int | float | bool | None


class Noun(BaseModel):
    """A frozen value that is stored as JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def to_json(self) -> dict[str, Any]:
        """The value as plain JSON types; times as ISO 8601 with zone, null for what is no finite number."""
        return {name: _finite(value) for name, value in self.model_dump(mode="json").items()}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value
