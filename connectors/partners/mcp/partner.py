"""A partner agent asked through one MCP tool: its declared or free answer becomes a finding.

https://modelcontextprotocol.io/specification
The deadline holds whatever the other side does: a call that does not let go is left behind, a child process that hangs
is killed and started again by the next question. The answer is untrusted; `connectors.answer` tames it. Nothing of the
other side is ever executed here, and it may ask nothing back (no sampling, no elicitation).
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Self

import httpx2
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT, CallToolResult, TextContent
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError, model_validator

from connectors.answer import from_structure, from_text, tamed
from connectors.http import TLS
from connectors.partners.mcp.session import Session, capped_transport, root_of
from connectors.template import fields, fill, fill_tree
from engine.errors import Permanent, Retryable, WatchkeeperError
from engine.model import Finding
from engine.redact import Clean, CleanTree

_REFUSED = "answered in a form that it does not declare"
# The SDK says both of these as a bare RuntimeError.
_FORM_ERRORS = ("Invalid structured content", "has an output schema but did not return", "Invalid schema for tool")


class McpConfig(BaseModel):
    """Either `url` (streamable HTTP) or `command` (a child process, spoken to over its pipes).

    `arguments` are the tool's, with `{question}`, `{service}`, `{environment}`, `{since}` and `{until}` filled in.
    `short` is the answer in a few words for a partner that gives none: a template over its facts, as `{error}`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpUrl | None = None
    command: str | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, SecretStr] = Field(default_factory=dict)
    cwd: str | None = None
    token: SecretStr | None = None
    tool: str
    role: str = ""
    short: str = ""
    arguments: Mapping[str, Any] = Field(
        default_factory=lambda: {
            "question": "{question}",
            "service": "{service}",
            "since": "{since}",
            "until": "{until}",
        }
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.url is None) == (self.command is None):
            raise ValueError("give either `url` or `command`")
        return self


class McpPartner:
    """One partner behind one MCP server."""

    Config = McpConfig

    def __init__(self, name: str, config: McpConfig) -> None:
        self.name = name
        self.role = config.role
        self._config = config
        self._session: Session | None = None
        self._leftovers: set[asyncio.Task[Any]] = set()
        self._status: int | None = None
        headers = {"Authorization": f"Bearer {config.token.get_secret_value()}"} if config.token else {}
        self._http = httpx2.AsyncClient(
            headers=headers,
            transport=capped_transport(),
            verify=TLS,
            timeout=httpx2.Timeout(10, read=300),  # the deadline of a question is shorter; this ends a dead stream
            event_hooks={"response": [self._note_status]},
        )

    async def start(self) -> None:
        """Open the session in the background; a question that finds it broken opens another."""
        if self._session is None:
            self._open()

    async def ask(self, question: Clean, context: CleanTree, seconds: float) -> Finding:
        """See `Partner`."""
        call = asyncio.create_task(self._call({**context.value, "question": question}), name=f"{self.name}: ask")
        try:
            await asyncio.wait({call}, timeout=seconds)
        finally:
            if not call.done():
                # Not awaited: the SDK may take seconds to tell the other side, and a hung child takes for ever.
                self._leave_behind(call)
        if not call.done():
            if self._config.command is not None or (self._session and not self._session.ready.done()):
                self._drop(self._session)
            raise TimeoutError(f"{self.name} did not answer in {seconds:g} s")
        found = call.result()
        short = found.short
        if not short and all(found.facts.get(name) is not None for name in fields(self._config.short)):
            short = fill(self._config.short, found.facts)
        return found.model_copy(update={"role": self.role, "question": question, "short": short})

    async def aclose(self) -> None:
        """See `Partner`."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()
        await asyncio.gather(*self._leftovers, return_exceptions=True)
        await self._http.aclose()

    async def _call(self, names: Mapping[str, Any]) -> Finding:
        arguments = fill_tree(self._config.arguments, names)
        kept = self._session
        try:
            return self._finding(await self._call_tool(kept or self._open(), arguments))
        except (Retryable, Permanent):
            if kept is None or self._session is kept:
                raise
            # The other side restarted or forgot the session that was kept: once more, on a new one.
            return self._finding(await self._call_tool(self._session or self._open(), arguments))

    async def _call_tool(self, session: Session, arguments: Any) -> CallToolResult:
        self._status = None
        try:
            # Shielded: several questions may wait for one connection, and one that gives up must not end it.
            client = await asyncio.shield(session.ready)
            return await client.call_tool(self._config.tool, arguments)
        except Exception as err:
            raise self._judged(root_of(err), session) from err

    def _finding(self, result: CallToolResult) -> Finding:
        text = next((part.text for part in result.content if isinstance(part, TextContent)), "")
        if result.is_error:
            raise Permanent(f"{self.name} failed: {self._words(text) or 'it did not say why'}")
        if isinstance(result.structured_content, Mapping):
            return from_structure(self.name, result.structured_content)
        if result.structured_content is not None:
            raise Permanent(f"{self.name} {_REFUSED}: it is no object")
        return from_text(self.name, text)

    def _open(self) -> Session:
        self._session = Session(self.name, self._connect)
        return self._session

    def _connect(self) -> AbstractAsyncContextManager[Client]:
        config = self._config
        if config.command is None:
            return Client(streamable_http_client(str(config.url), http_client=self._http))
        env = {name: value.get_secret_value() for name, value in config.env.items()}
        return Client(StdioServerParameters(command=config.command, args=list(config.args), env=env, cwd=config.cwd))

    def _judged(self, err: BaseException, session: Session) -> WatchkeeperError | TimeoutError:
        """What an error of the SDK means; a connection that is of no use any more is dropped."""
        if isinstance(err, MCPError) and err.error.code == REQUEST_TIMEOUT:
            return TimeoutError(f"{self.name} did not answer in time")
        if isinstance(err, ValidationError) or (isinstance(err, RuntimeError) and _is_about_form(err)):
            return Permanent(f"{self.name} {_REFUSED}: {self._words(str(err).partition(chr(10))[0])}")
        self._drop(session)
        if isinstance(err, MCPError):
            return self._refusal(err)
        if isinstance(err, FileNotFoundError | PermissionError):
            return Permanent(f"{self.name}: `{self._config.command}` cannot be started ({type(err).__name__})")
        return Retryable(f"{self.name} cannot be reached ({type(err).__name__})")

    def _refusal(self, err: MCPError) -> WatchkeeperError:
        if self._status is not None and (self._status >= 500 or self._status in {408, 425, 429}):
            return Retryable(f"{self.name} answered {self._status}")
        if self._status is not None:
            return Permanent(f"{self.name} refused with {self._status}")
        if err.error.code == CONNECTION_CLOSED:
            return Retryable(f"{self.name} closed the connection")
        return Permanent(f"{self.name} failed: {self._words(err.error.message)}")

    def _words(self, text: str) -> str:
        secret = self._config.token.get_secret_value() if self._config.token else ""
        return tamed(text.replace(secret, "[REDACTED]") if secret else text, 300)

    async def _note_status(self, response: httpx2.Response) -> None:
        # A GET is answered 405 by every server without a stream of its own; that is no refusal.
        if response.status_code >= 400 and response.request.method == "POST":
            self._status = response.status_code

    def _drop(self, session: Session | None) -> None:
        if session is not None and self._session is session:
            self._session = None
            session.cut()
            self._leave_behind(asyncio.create_task(session.close()), cancel=False)

    def _leave_behind(self, task: asyncio.Task[Any], *, cancel: bool = True) -> None:
        if cancel:
            task.cancel()
        self._leftovers.add(task)
        task.add_done_callback(self._leftovers.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())


def _is_about_form(err: RuntimeError) -> bool:
    return any(words in str(err) for words in _FORM_ERRORS)
