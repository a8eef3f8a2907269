"""One plain page per issue, where the API's html_url leads; what people wrote is shown as text, never as markup."""

from collections.abc import Iterable
from html import escape

from playground.vendors.github.shapes import stamp
from playground.vendors.github.tracker import Account, Issue

STYLE = "body{font:15px/1.5 system-ui;max-width:52rem;margin:2rem auto}pre{white-space:pre-wrap;font:inherit}"


def issue_page(issue: Issue) -> str:
    """Write an issue with its comments as HTML."""
    labels = " · ".join(escape(label.name) for label in issue.labels)
    parts = [_said(issue.author, stamp(issue.created), issue.body or "", "issue")]
    parts += [_said(one.author, stamp(one.created), one.body, f"issuecomment-{one.id}") for one in issue.comments]
    title = f"{escape(issue.title)} #{issue.number}"
    return _html(title, [f"<p>{issue.state}{' · ' if labels else ''}{labels}</p>", *parts])


def _said(author: Account, at: str | None, body: str, anchor: str) -> str:
    head = f"<strong>{escape(author.login)}</strong>{' (bot)' if author.bot else ''} {at}"
    return f'<section id="{anchor}"><hr><p>{head}</p><pre>{escape(body)}</pre></section>'


def _html(title: str, parts: Iterable[str]) -> str:
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f"<!doctype html><html lang=en>{head}<h1>{title}</h1>{''.join(parts)}</html>"
