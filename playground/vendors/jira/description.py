"""Where Jira does otherwise than its own description says, put right in the description; the rest of it counts.

Its times are no date-times of RFC 3339, whose zone has a colon: `2026-11-24T02:07:04.120+0000`. Its 204 has no content.
"""

from typing import Any

TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$"


def mended(part: Any) -> Any:
    """The description, or a part of it."""
    if isinstance(part, list):
        return [mended(item) for item in part]
    if not isinstance(part, dict):
        return part
    part = {name: mended(value) for name, value in part.items()}
    if part.get("format") == "date-time":
        del part["format"]
        part["pattern"] = TIME
    if isinstance(part.get("204"), dict):
        part["204"].pop("content", None)
    return part
