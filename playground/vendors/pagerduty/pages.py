"""One plain page per incident, where the API's html_url leads; what people wrote is shown as text, never as markup."""

from html import escape

from playground.vendors.pagerduty.incidents import Incident, stamp

STYLE = "body{font:15px/1.5 system-ui;max-width:52rem;margin:2rem auto}pre{white-space:pre-wrap;font:inherit}"


def incident_page(incident: Incident) -> str:
    """Write an incident with its notes as HTML."""
    title = f"{escape(incident.title)} #{incident.number}"
    notes = "".join(
        f"<section><hr><p><strong>{escape(one.author.name)}</strong> {stamp(one.created)}</p>"
        f"<pre>{escape(one.content)}</pre></section>"
        for one in incident.notes
    )
    facts = " · ".join(filter(None, (incident.status, incident.priority, escape(incident.service.name))))
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f"<!doctype html><html lang=en>{head}<h1>{title}</h1><p>{facts}</p>{notes}</html>"
