"""One plain page per issue, where people open it; what was written is shown as text, never as markup."""

from html import escape

from playground.vendors.jira.documents import words
from playground.vendors.jira.model import Account, Issue, Json
from playground.vendors.jira.shapes import stamp

STYLE = "body{font:15px/1.5 system-ui;max-width:52rem;margin:2rem auto}pre{white-space:pre-wrap;font:inherit}"


def issue_page(issue: Issue) -> str:
    """Write an issue with its comments as HTML."""
    title = f"{escape(issue.key)} {escape(issue.summary)}"
    chips = " · ".join(escape(one) for one in (issue.status.name, issue.parent, issue.priority, *issue.labels) if one)
    parts = [_said(issue.creator, stamp(issue.created), issue.description, "issue")]
    parts += [_said(one.author, stamp(one.created), one.body, f"comment-{one.id}") for one in issue.comments]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f"<!doctype html><html lang=en>{head}<h1>{title}</h1><p>{chips}</p>{''.join(parts)}</html>"


def _said(author: Account, at: str, body: Json | None, anchor: str) -> str:
    head = f"<strong>{escape(author.name)}</strong>{' (app)' if author.app else ''} {at}"
    return f'<section id="{anchor}"><hr><p>{head}</p><pre>{escape(words(body))}</pre></section>'
