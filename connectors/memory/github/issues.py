"""GitHub issues as shared memory, through PyGithub: the issue's body is the first entry, each comment is one more.

https://docs.github.com/en/rest/issues · https://pygithub.readthedocs.io
Surprises: PyGithub's default retry sends a comment up to 11 times and sleeps out a rate limit in the calling thread, so
it gets no retry at all; its clients are not safe to share between threads, so one thread has the one client. Titles end
at 256 characters, labels at 50, a body at 65,536. Setting labels needs the triage right; without it GitHub drops them
silently. The search is not used: it lags behind; issues and comments are listed.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from github import Github, UnknownObjectException
from github.Issue import Issue
from github.IssueComment import IssueComment
from github.Repository import Repository

from connectors.marker import plain, read, render
from connectors.memory.github import reading
from connectors.memory.github.config import GitHubConfig
from connectors.memory.github.refusals import judged
from engine.errors import Ambiguous, Denied, Permanent, Unsupported
from engine.memory import Hit, MemoryCapabilities, Note, Remark, Standing, Ticket, TicketState
from engine.redact import Clean
from engine.words import one_line

T = TypeVar("T")
MAX_BODY, MAX_TITLE, MAX_LABEL = 65_536, 256, 50
MAX_TEXT, MAX_FORM = 20_000, 44_000  # of a body; what is left is for the rest of the marker
HITS = 20


class GitHubIssues:
    """The issues of one repository."""

    Config = GitHubConfig
    label = "GitHub"

    def __init__(self, name: str, config: GitHubConfig) -> None:
        self.name = name
        self.capabilities = MemoryCapabilities(
            late_write_seconds=config.late_write,
            write_seconds=config.seconds + 2.0,
            note_chars=MAX_TEXT,
            form_chars=MAX_FORM,
            removes=True,
            per_minute=config.writes_per_minute,
            per_hour=config.writes_per_hour,
        )
        self._config = config
        self._account = config.account
        self._begin()

    async def create(self, incident: str, state: TicketState, note: Note) -> Ticket:
        """See `Memory`."""
        body = self._body(note)
        labels = [_cut(label, MAX_LABEL) for label in state.labels]

        def send() -> Ticket:
            issue = self._repository.create_issue(title=_cut(state.title, MAX_TITLE), body=body, labels=labels)
            return self._ticket(issue)

        return await self._call(send, write=True)

    async def find(self, incident: str, op: str, since: datetime) -> Ticket | None:
        """See `Memory`."""

        def look() -> Ticket | None:
            # `since` filters by the last update, and an issue is never updated before it is created.
            issues = self._repository.get_issues(
                state="all", sort="created", direction="asc", since=since.astimezone(UTC)
            )
            return next((self._ticket(issue) for issue in issues if self._carries(issue, op)), None)

        return await self._call(look)

    async def append(self, ticket: Ticket, note: Note) -> str:
        """See `Memory`."""
        body = self._body(note)

        def send() -> str:
            comment = self._issue(ticket).create_comment(body)
            return str(_known(comment, comment.id))

        return await self._call(send, write=True)

    async def look(self, ticket: Ticket, op: str) -> str | None:
        """See `Memory`."""

        def look() -> str | None:
            comments = self._issue(ticket).get_comments()
            return next((str(comment.id) for comment in comments if self._carries(comment, op)), None)

        return await self._call(look)

    def rendered(self, note: Note) -> str:
        """See `Memory`."""
        return plain(note.text)

    async def read(self, ticket: Ticket, since: datetime | None = None) -> Sequence[Remark]:
        """See `Memory`; the body comes whatever `since` says."""
        return await self._call(lambda: reading.remarks(self._issue_now(ticket), self._who(), since))

    async def one(self, ticket: Ticket, id_: str) -> Remark | None:
        """See `Memory`."""
        return await self._call(lambda: reading.remark(self._issue_now(ticket), id_, self._who()))

    async def standing(self, ticket: Ticket) -> Standing:
        """See `Memory`."""
        return await self._call(lambda: reading.standing(self._issue_now(ticket)))

    async def remove(self, ticket: Ticket, id_: str) -> None:
        """See `Memory`; what is gone already is fine."""

        def send() -> None:
            try:
                self._issue(ticket).get_comment(int(id_)).delete()
            except UnknownObjectException:
                return

        await self._call(send, write=True)

    async def tickets(self, since: datetime | None = None) -> Sequence[Ticket]:
        """See `Memory`."""

        def look() -> list[Ticket]:
            start = since.astimezone(UTC) if since else datetime.fromtimestamp(0, UTC)
            issues = self._repository.get_issues(state="all", sort="created", direction="asc", since=start)
            return [self._ticket(issue) for issue in issues if reading.marked(issue, self._who())]

        return await self._call(look)

    async def search(self, query: Clean, service: str = "", since: datetime | None = None) -> Sequence[Hit]:
        """See `Memory` (https://docs.github.com/en/search-github/searching-on-github)."""
        asked = reading.query(self._config.repository, query, service, since)

        def look() -> list[Hit]:
            found = self._github.search_issues(asked, sort="created", order="desc")
            return [reading.hit(issue, self._ticket(issue), self._who()) for issue in islice(found, HITS)]

        return await self._call(look)

    def hinted(self, headers: Mapping[str, str], body: bytes) -> Sequence[str]:
        """See `Memory` (docs.github.com, validating webhook deliveries)."""
        secret = self._config.webhook_secret
        if secret is None:
            raise Unsupported(f"{self.name}: no webhook_secret is set, so no webhook is believed")
        signed = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"sha256={signed}".encode(), headers.get("x-hub-signature-256", "").encode()):
            raise Denied(f"{self.name}: the webhook is not signed with webhook_secret")
        return reading.spoken_of(body, self._config.repository)

    async def settle(self, ticket: Ticket, state: TicketState) -> None:
        """See `Memory`. Labels that people added stay; of ours (`SEV2 major`, `service: x`) the old value goes."""
        title, wanted = _cut(state.title, MAX_TITLE), [_cut(label, MAX_LABEL) for label in state.labels]
        status = "closed" if state.closed else "open"

        def send() -> None:
            issue = self._repository.get_issue(int(ticket.id))
            present = [label.name for label in issue.labels]
            labels = _merged(present, wanted)
            same_labels = {label.lower() for label in labels} == {label.lower() for label in present}
            if issue.title == title and issue.state == status and same_labels:
                return
            issue.edit(
                title=title, labels=labels, state=status, state_reason="completed" if state.closed else "reopened"
            )

        await self._call(send, write=True)

    async def check(self) -> str:
        """See `Memory`."""

        def look() -> str:
            repository = self._github.get_repo(self._config.repository)  # a new one: rights change
            rights = repository.permissions
            if repository.archived or not repository.has_issues:
                raise Permanent(f"{self.name}: {self._config.repository} takes no issues (archived or switched off)")
            self._who()
            labels = "" if rights.triage or rights.push else ", but not set labels: that needs the triage right"
            return f"may write issues in {self._config.repository} as {self._account}{labels}"

        return await self._call(look)

    async def aclose(self) -> None:
        """See `Memory`."""
        self._end()

    def _begin(self) -> None:
        config = self._config
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.name)
        self._github = Github(
            auth=config.auth(),
            base_url=str(config.url).rstrip("/"),
            timeout=config.seconds,
            retry=0,
            per_page=100,
            seconds_between_requests=0,
            seconds_between_writes=0,
            lazy=True,
        )
        self._repository: Repository = self._github.get_repo(config.repository)

    def _end(self) -> None:
        self._thread.submit(self._github.close)  # after whatever still runs
        self._thread.shutdown(wait=False)

    async def _call(self, work: Callable[[], T], *, write: bool = False) -> T:
        limit = self.capabilities.write_seconds if write else 6 * self.capabilities.write_seconds
        try:
            async with asyncio.timeout(limit):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except Exception as err:
            if isinstance(err, TimeoutError):
                # An answer that drips passes every limit of the library's; the thread is left to it.
                self._end()
                self._begin()
            raise judged(self.name, err, self._config.secret, write=write) from err

    def _body(self, note: Note) -> str:
        body = render(note)
        if len(body) > MAX_BODY:
            raise Permanent(f"{self.name} takes {MAX_BODY:,} characters; entry {note.n} has {len(body):,}")
        return body

    def _issue(self, ticket: Ticket) -> Issue:
        return self._repository.get_issue(int(ticket.id))

    def _issue_now(self, ticket: Ticket) -> Issue:
        """With its fields, read now: a lazy issue asks at the first field. 404 and 410 mean that it is gone."""
        issue = self._repository.get_issue(int(ticket.id))
        issue.update()
        return issue

    def _ticket(self, issue: Issue) -> Ticket:
        number = _known(issue, issue.number)
        return Ticket(id=str(number), label=f"GitHub #{number}", url=issue.html_url or "")

    def _carries(self, written: Issue | IssueComment, op: str) -> bool:
        marker = read(written.body)
        return marker is not None and marker.op == op and written.user.login.lower() == self._who()

    def _who(self) -> str:
        """The login that the token writes as, in lower case: only its notes are ours."""
        if not self._account:
            self._account = self._github.get_user().login
        return self._account.lower()


def _known(written: Issue | IssueComment, number: int | None) -> int:
    if number is None:
        # PyGithub takes any answer below 400; a repository that was renamed answers 307 with its new place.
        if "location" in written.raw_headers:
            raise Permanent("the repository has moved; set its new name in `repository`")
        raise Ambiguous("the answer to a write names no number")
    return number


def _cut(text: str, limit: int) -> str:
    line = one_line(text)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _family(label: str) -> str:
    return "SEV" if re.match(r"SEV\d\b", label) else label.partition(": ")[0].lower()


def _merged(present: list[str], wanted: list[str]) -> list[str]:
    ours = {_family(label) for label in wanted}
    return wanted + [label for label in present if _family(label) not in ours]
