"""Jira Cloud issues as shared memory, over REST v3: the description is the first entry, each comment is one more.

https://developer.atlassian.com/cloud/jira/platform/rest/v3
Surprises: text is a document (ADF), never a string; the search lags, so that an issue of unknown fate is looked up by
number (listing.py); a status changes by a transition that the workflow must offer now; the marker travels in a property
of the issue or comment, written by the same request.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.memory.jira import adf, fields, jql, listing, marks, plain, reading
from connectors.memory.jira.calls import Calls, gone, shaped
from connectors.memory.jira.config import JiraConfig
from connectors.memory.jira.doctor import examine
from connectors.memory.jira.workflow import move
from engine.errors import Ambiguous, Denied, Permanent, Retryable, Unsupported
from engine.memory import Hit, Marker, MemoryCapabilities, Note, Remark, Standing, Ticket, TicketState
from engine.redact import Clean

HITS = 20
SETTLED = "summary,labels,priority,status"


class JiraIssues:
    """The issues of one project."""

    Config = JiraConfig
    label = "Jira"

    def __init__(self, name: str, config: JiraConfig) -> None:
        self.name = name
        self.capabilities = MemoryCapabilities(
            late_write_seconds=config.late_write,
            write_seconds=config.seconds + 2.0,
            note_chars=adf.MAX_TEXT,
            form_chars=marks.MAX_FORM,
            removes=True,
        )
        self._config = config
        self._calls = Calls(name, config)
        self._site = str(config.site or config.url).rstrip("/")
        self._account = ""

    def rendered(self, note: Note) -> str:
        """See `Memory`."""
        return plain.text(adf.document(note.text))

    async def create(self, incident: str, state: TicketState, note: Note) -> Ticket:
        """See `Memory`. One request, with the marker in it."""
        issue = {
            **fields.wanted(self._config, state),
            "project": {"key": self._config.project},
            "issuetype": {"name": self._config.issue_type},
            "description": self._document(note),
            **({"parent": {"key": self._config.parent}} if self._config.parent else {}),
        }
        answer = await self._calls.send("POST", "/issue", {"fields": issue, "properties": self._marker(note)})
        self._calls.made(answer)
        return self._ticket(answer.json())

    async def find(self, incident: str, op: str, since: datetime) -> Ticket | None:
        """See `Memory`; by listing.py, which does not depend on the search for what is new."""
        us = await self._who()
        for issue in await listing.ours(self._calls, self.name, self._config.project, since, datetime.now(UTC)):
            marker = self._marked(issue, us)
            if marker is not None and marker.op == op:
                return self._ticket(issue)
        return None

    async def append(self, ticket: Ticket, note: Note) -> str:
        """See `Memory`. One request, with the marker in it."""
        comment = {"body": self._document(note), "properties": self._marker(note)}
        return self._calls.made(await self._calls.send("POST", f"/issue/{ticket.id}/comment", comment))

    async def look(self, ticket: Ticket, op: str) -> str | None:
        """See `Memory`."""
        return next((one.id for one in await self._comments(ticket, None) if one.marker and one.marker.op == op), None)

    async def settle(self, ticket: Ticket, state: TicketState) -> None:
        """See `Memory`. The fields first, then the transition, each only where it differs."""
        try:
            async with asyncio.timeout(self.capabilities.write_seconds):
                issue = await self._issue(ticket, fields=SETTLED)
                if changes := fields.changes(self._config, issue.get("fields") or {}, state):
                    await self._calls.send("PUT", f"/issue/{ticket.id}", {"fields": changes})
                if reading.standing(self.name, issue).closed != state.closed:
                    wanted = self._config.resolve if state.closed else self._config.reopen
                    await move(self._calls, self.name, ticket, wanted)
        except TimeoutError as err:
            raise Ambiguous(f"{self.name} did not finish in {self.capabilities.write_seconds:g} s") from err

    async def read(self, ticket: Ticket, since: datetime | None = None) -> Sequence[Remark]:
        """See `Memory`; the body comes whatever `since` says. Jira lists all comments, and `since` is applied here."""
        issue = await self._issue(ticket, fields=reading.BODY_FIELDS, properties=marks.KEY)
        first = reading.body(self.name, issue, await self._who())
        return [first, *await self._comments(ticket, since)]

    async def one(self, ticket: Ticket, id_: str) -> Remark | None:
        """See `Memory`."""
        us = await self._who()
        if id_ == reading.BODY:
            issue = await self._issue(ticket, fields=reading.BODY_FIELDS, properties=marks.KEY)
            return reading.body(self.name, issue, us)
        comment = await self._calls.get(f"/issue/{ticket.id}/comment/{id_}", also={404}) if id_.isdecimal() else None
        if comment is None:
            await self._issue(ticket, fields="created")  # raises where the whole issue is gone
            return None
        held = await reading.properties(self._calls, self.name, [id_]) if reading.by_us(comment, us) else {}
        return reading.remark(self.name, comment, us, held.get(id_))

    async def standing(self, ticket: Ticket) -> Standing:
        """See `Memory`."""
        return reading.standing(self.name, await self._issue(ticket, fields="status", expand="changelog"))

    async def remove(self, ticket: Ticket, id_: str) -> None:
        """See `Memory`; what is gone already is fine."""
        if await self.one(ticket, id_) is not None:
            await self._calls.send("DELETE", f"/issue/{ticket.id}/comment/{id_}")

    async def tickets(self, since: datetime | None = None) -> Sequence[Ticket]:
        """See `Memory`. `since` counts in whole minutes, and may give a few older ones more."""
        us = await self._who()
        found = await listing.ours(self._calls, self.name, self._config.project, since, datetime.now(UTC))
        return [self._ticket(issue) for issue in found if self._marked(issue, us)]

    async def search(self, query: Clean, service: str = "", since: datetime | None = None) -> Sequence[Hit]:
        """See `Memory`; by `text ~` in JQL, which lags."""
        us = await self._who()
        label = fields.label(f"service: {service}") if service else ""
        answer = await self._calls.get(
            "/search/jql",
            jql=jql.words(self._config.project, query, label, since, datetime.now(UTC)),
            maxResults=HITS,
            fields="summary,status,created,creator,description",
            properties=marks.KEY,
        )
        issues = shaped(self.name, answer, "issues")[:HITS]
        return [reading.hit(self.name, issue, self._ticket(issue), us) for issue in issues]

    def hinted(self, headers: Mapping[str, str], body: bytes) -> Sequence[str]:
        """See `Memory` (developer.atlassian.com/cloud/jira/platform/webhooks, secure admin webhooks)."""
        secret = self._config.webhook_secret
        if secret is None:
            raise Unsupported(f"{self.name}: no webhook_secret is set, so no webhook is believed")
        signed = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"sha256={signed}".encode(), headers.get("x-hub-signature", "").encode()):
            raise Denied(f"{self.name}: the webhook is not signed with webhook_secret")
        return reading.spoken_of(body, self._config.project)

    async def check(self) -> str:
        """See `Memory`; it writes nothing."""
        return await examine(self._calls, self.name, self._config)

    async def aclose(self) -> None:
        """See `Memory`."""
        await self._calls.aclose()

    async def _comments(self, ticket: Ticket, since: datetime | None) -> list[Remark]:
        us = await self._who()
        found = await reading.comments(self._calls, self.name, ticket.id)
        if since is not None:
            found = [one for one in found if reading.moment(self.name, one.get("updated")) >= since]
        ours = [str(one["id"]) for one in found if reading.by_us(one, us)]
        held = await reading.properties(self._calls, self.name, ours)
        return [reading.remark(self.name, one, us, held.get(str(one["id"]))) for one in found]

    async def _issue(self, ticket: Ticket, **params: str) -> Mapping[str, Any]:
        issue = await self._calls.get(f"/issue/{ticket.id}", also={404}, **params)
        if issue is None:
            raise gone(self.name, ticket.label)
        if not isinstance(issue, Mapping):
            raise Retryable(f"{self.name} answered with something that is not an issue")
        return issue

    def _document(self, note: Note) -> adf.Node:
        document = adf.document(note.text)
        if (length := adf.size(document)) > adf.MAX_DOCUMENT:
            raise Permanent(f"{self.name} takes {adf.MAX_DOCUMENT:,} characters; entry {note.n} has {length:,}")
        return document

    def _marker(self, note: Note) -> list[dict[str, object]]:
        value = marks.value(note)
        if (length := marks.size(value)) > marks.MAX_VALUE:
            raise Permanent(f"{self.name} takes {marks.MAX_VALUE:,} bytes a property; entry {note.n} has {length:,}")
        return [{"key": marks.KEY, "value": value}]

    def _marked(self, issue: listing.Issue, us: str) -> Marker | None:
        created = issue.get("fields")
        mine = isinstance(created, Mapping) and reading.by_us(created, us, "creator")
        return marks.of(issue.get("properties")) if mine else None

    def _ticket(self, issue: Mapping[str, object]) -> Ticket:
        key = str(issue.get("key", ""))
        return Ticket(id=str(issue["id"]), label=f"Jira {key}", url=f"{self._site}/browse/{key}")

    async def _who(self) -> str:
        """The account that the token writes as: only its notes are ours."""
        if not self._account:
            answer = await self._calls.get("/myself")
            account = answer.get("accountId") if isinstance(answer, Mapping) else None
            if not isinstance(account, str) or not account:
                raise Retryable(f"{self.name} does not say who we are")
            self._account = account
        return self._account
