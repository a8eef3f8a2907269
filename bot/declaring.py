"""A person opens an incident: the form, what is sent with it, the command; one form is one incident, however often.

Who may, and what counts as open already, is the engine's business (`engine.fast.declare`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.line import Line, needs
from bot.slack import Slack
from bot.slack_places import has_joined
from bot.views import answers
from bot.views.answers import Reply
from bot.views.form_declare import MOST_SEEN, MOST_SERVICE, MOST_TITLE, declare_form
from bot.views.forms import told_form
from bot.views.parts import clip
from bot.votes import Votes
from engine.desk import Desk
from engine.fast.declare import Declarations
from engine.model import Declaration, Severity

NEWEST = 40  # incidents whose services are offered
_SEVERITY = re.compile(r"SEV[ -]?(\d+)\b[:,]?\s*", re.IGNORECASE)
_SAID = re.compile(r"(?:([A-Za-z0-9][\w.-]*):\s+)?(.+)", re.DOTALL)
_TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
TITLE = "Open an incident"


@dataclass(frozen=True, slots=True)
class About:
    """The message that a form is about: where it stands, and the thread for a line, empty where none can be written."""

    channel: str = ""
    ts: str = ""
    thread: str = ""


class Declaring:
    """Forms and words that open incidents."""

    def __init__(self, desk: Desk, votes: Votes, slack: Slack, declarations: Declarations, command: str) -> None:
        self._desk = desk
        self._votes = votes
        self._slack = slack
        self._declarations = declarations
        self._command = command

    async def form(self, user: str, message: Mapping[str, Any] | None = None, channel: str = "") -> Reply:
        """The form for this person; `message` of `channel`, as Slack shows it, is what it is about."""
        if not (await self._votes.person(user)).may_speak:
            return Reply(answers.outsider(), form=told_form(TITLE, answers.outsider()))
        about: dict[str, Any] = {}
        if message is not None:
            thread = str(message.get("thread_ts") or message["ts"]) if await has_joined(self._slack, channel) else ""
            about = {"channel": channel, "ts": str(message["ts"]), "thread": thread}
        seen = words_of(str(message.get("text", ""))) if message else ""
        late = "The form was not shown in time. Nothing was opened; choose the shortcut again."
        return Reply(late, form=declare_form(await self._services(), about, clip(seen, MOST_SEEN)))

    async def sent(self, values: Mapping[str, str], about: About, line: Line) -> str | Reply:
        """What a form says; `line.event` is the form's own id."""
        origin = (about.channel, about.ts) if about.ts else None
        declaration = Declaration(
            title=values.get("title", "").strip(),
            severity=Severity(values["severity"]),
            service=values.get("other", "").strip() or values.get("service", ""),
            seen=values.get("seen", "").strip(),
            origin=origin,
            thread=about.thread,
            link=await self._slack.permalink(*origin) if origin else "",
        )
        return await self._declare(declaration, line)

    async def said(self, words: str, line: Line) -> str | Reply:
        """`SEV2 checkout: customers cannot pay`, as somebody typed it."""
        bad = _SEVERITY.match(words.strip())
        severity = f"SEV{bad[1]}" if bad else Severity.SEV3.value
        if severity not in {one.value for one in Severity}:
            return answers.no_severity(severity, line.command(self._command))
        words = words.strip()[bad.end() if bad else 0 :]
        if not words:
            return needs(line, self._command, "open", "What is wrong")
        found = _SAID.fullmatch(words)
        service, what = found.groups() if found else (None, words)
        title, _, more = what.strip().partition("\n")
        long = len(title) > MOST_TITLE
        declaration = Declaration(
            title=clip(title, MOST_TITLE),
            severity=Severity(severity),
            service=clip(service or "", MOST_SERVICE),
            seen=what.strip() if long or more else "",
        )
        return await self._declare(declaration, line)

    async def _declare(self, said: Declaration, line: Line) -> str | Reply:
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        actor = await self._desk.people.pseudonym(person)
        declared = await self._declarations.declare(said, actor, line.event)
        state = await self._desk.incidents.state(declared.incident)
        if not declared.own:
            return answers.open_already(state, f"{said.title}. {said.seen}".strip())
        return answers.opened(state, line.command(self._command), said)

    async def _services(self) -> list[str]:
        """The services of the newest incidents, by name."""
        numbers = [number for number, _, _ in (await self._desk.ledger.heads())[:NEWEST]]
        triages = [(await self._desk.incidents.state(number)).triage for number in numbers]
        return sorted({triage.service for triage in triages if triage is not None and triage.service})


def words_of(text: str) -> str:
    """A message's text as words: people and channels by their names, links by their label and address."""

    def plain(found: re.Match[str]) -> str:
        kind, body, label = found.groups()
        if kind == "@":
            return "somebody"  # an entry names nobody
        if kind == "#":
            return f"#{label or body}"
        if kind == "!":
            return label or ""
        return f"{label} ({body})" if label and label != body else body

    return _TOKEN.sub(plain, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
