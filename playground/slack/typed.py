"""Text as a person types it, turned into what Slack stores: mentions become tokens, `& < >` are escaped."""

import re

from playground.slack.directory import UserGroup
from playground.slack.state import Workspace

_TOKEN = re.compile(r"<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|!subteam\^S[A-Z0-9]+|!here|!channel)(?:\|[^<>]*)?>")


def stored(workspace: Workspace, text: str, *, named: bool = False) -> str:
    """Resolve `@priya`, `@Priya Raman`, `@checkout-approvers` and `#incidents`; leave tokens already there.

    `named` adds the label that slash commands with `should_escape` carry: `<@U07PRIYA0R1|priya>`.
    """
    if not any(mark in text for mark in "@#!"):
        return escaped(text)
    tokens = _tokens(workspace, named)
    names = "|".join(re.escape(name) for name in sorted(tokens, key=len, reverse=True))
    pattern = re.compile(rf"({_TOKEN.pattern})|(?<!\w)({names})(?![\w-])", re.IGNORECASE)
    parts, end = [], 0
    for found in pattern.finditer(text):
        parts.append(escaped(text[end : found.start()]))
        parts.append(found[1] or tokens[found[2].lower()])
        end = found.end()
    return "".join([*parts, escaped(text[end:])])


def escaped(text: str) -> str:
    """The three characters Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _tokens(workspace: Workspace, named: bool) -> dict[str, str]:
    tokens = {"@here": "<!here>", "@channel": "<!channel>"}
    for user in workspace.users.values():
        token = f"<@{user.id}|{user.name}>" if named else f"<@{user.id}>"
        tokens |= {f"@{user.name}".lower(): token, f"@{user.real_name}".lower(): token}
    for group in workspace.groups.values():
        tokens[f"@{group.handle}".lower()] = _group(group, named)
    for channel in workspace.channels.values():
        if channel.name:
            tokens[f"#{channel.name}".lower()] = f"<#{channel.id}|{channel.name}>"
    return tokens


def _group(group: UserGroup, named: bool) -> str:
    return f"<!subteam^{group.id}|@{group.handle}>" if named else f"<!subteam^{group.id}>"
