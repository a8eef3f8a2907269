"""One plain page per incident, where a ticket's link leads; what people wrote is shown as text, never as markup."""

from html import escape
from typing import Any

STYLE = "body{font:15px/1.5 system-ui;max-width:52rem;margin:2rem auto}pre{white-space:pre-wrap;font:inherit}"
FACTS = ("state", "priority", "correlation_id", "correlation_display", "close_code", "close_notes")


def incident_page(shown: dict[str, Any]) -> str:
    """Write an incident, as `Shapes.snapshot` gives it, with its journal as HTML."""
    title = f"{escape(shown['short_description'])} {shown['number']}"
    facts = "".join(f"<li>{name}: {escape(shown[name])}</li>" for name in FACTS if shown[name])
    said = [(shown["author"], shown["at"], shown["description"])]
    said += [(one["author"], one["at"], one["value"]) for one in shown["journal"]]
    parts = "".join(
        f"<hr><p><strong>{escape(who)}</strong> {at}</p><pre>{escape(text)}</pre>" for who, at, text in said
    )
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f"<!doctype html><html lang=en>{head}<h1>{title}</h1><ul>{facts}</ul>{parts}</html>"
