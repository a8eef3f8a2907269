"""An action behind an HTTP API of your own: one request that acts, and where to read state, dry run and progress.

Idempotency-Key: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
Each send has its own connection and is made once; redirects are not followed, because a redirected POST may have
acted already. A 2xx must be JSON: `status` and, where there is one, `run`, `message`, `link`. It knows no approvals.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from connectors import http
from connectors.actions.http.config import HttpActionConfig
from connectors.actions.http.outcome import Status, outcome, scalar, value_at
from connectors.answer import tamed
from connectors.template import fill, fill_tree, look_up, substitute, tree_fields
from engine.errors import Ambiguous, Permanent, Retryable, Unsupported
from engine.model import Outcome, Preview, Scalar
from engine.ports import Request
from engine.redact import CleanTree


class HttpAction:
    """One action of the catalogue, carried out by an HTTP API."""

    Config = HttpActionConfig

    def __init__(self, name: str, config: HttpActionConfig) -> None:
        self.name = name
        self.idempotency = config.idempotency
        self._config = config
        headers = {key: value.get_secret_value() for key, value in config.headers.items()}
        if config.token is not None:
            headers["Authorization"] = f"Bearer {config.token.get_secret_value()}"
        self._secrets = [part for value in headers.values() for part in (value, value.rpartition(" ")[2])]
        self._http = http.client({"Accept": "application/json", **headers}, keep_alive=False)

    async def state(self, arguments: CleanTree) -> Mapping[str, Scalar]:
        """See `Action`."""
        if not self._config.state_url:
            return {}
        answer = await self._read(self._address(self._config.state_url, arguments.value))
        document = self._json(answer, Retryable)
        return {name: scalar(value_at(document, path)) for name, path in self._config.state_fields.items()}

    async def preview(self, arguments: CleanTree) -> Preview | None:
        """See `Action`. A refusal (4xx) is a dry run that did not pass. Raises `Retryable` when it does not answer."""
        config = self._config
        if not config.dry_run_url:
            return None
        try:
            answer = await self._send(config.dry_run_url, arguments.value, {})
        except Permanent as err:
            return Preview(says=str(err), passed=False)
        except Ambiguous as err:
            raise Retryable(str(err)) from err  # a dry run changes nothing, so it may be asked for again
        document = self._json(answer, Retryable)
        names = {**arguments.value, **document} if isinstance(document, Mapping) else dict(arguments.value)
        says = fill(config.dry_run_says, names) if config.dry_run_says else http.said(answer.body, self._secrets)
        passed = all(look_up(names, name) == wanted for name, wanted in config.dry_run_needs.items())
        return Preview(says=tamed(says, 1_000) or "The dry run said nothing.", passed=passed)

    def request(self, op: str, arguments: CleanTree) -> Request:
        """See `Action`."""
        names = {**arguments.value, "op": op}
        parts = urlsplit(self._address(self._config.url, names))
        port = f":{parts.port}" if parts.port else ""
        body = self._body(names)
        text = json.dumps(body, indent=2, ensure_ascii=False) if body is not None else ""
        for secret in filter(None, self._secrets):
            text = text.replace(secret, "[REDACTED:SECRET]")
        return Request(self._config.method, f"{parts.hostname}{port}{parts.path}", text)

    async def run(self, op: str, arguments: CleanTree) -> Outcome:
        """See `Action`."""
        try:
            answer = await self._send(
                self._config.url, {**arguments.value, "op": op}, {"Idempotency-Key": op, "X-Operation-Id": op}
            )
        except Retryable as err:
            raise Permanent(str(err)) from err  # refused before it took effect; only people order another attempt
        if answer.status == httpx.codes.NO_CONTENT:
            return Outcome(status="running" if self._config.status_url else "succeeded", says="")
        return self._outcome(answer, "running" if answer.status == 202 else "succeeded", Ambiguous)

    async def look(self, op: str, arguments: CleanTree) -> Outcome | None:
        """See `Action`."""
        if not self._config.status_url:
            raise Unsupported(f"{self.name} has no status_url, so it cannot be asked what became of an operation")
        address = self._address(self._config.status_url, {**arguments.value, "op": op})
        answer = await self._read(address, also={404})
        return None if answer.status == 404 else self._outcome(answer, None, Retryable)

    async def aclose(self) -> None:
        """See `Action`."""
        await self._http.aclose()

    async def _read(self, address: str, also: set[int] | None = None) -> http.Answer:
        return await http.read(
            self._http, address, who=self.name, seconds=self._config.seconds, secrets=self._secrets, also=also or set()
        )

    async def _send(self, template: str, names: Mapping[str, Any], headers: Mapping[str, str]) -> http.Answer:
        config, tree = self._config, self._body(names)
        body = None if tree is None else json.dumps(tree).encode()
        return await http.write(
            self._http,
            config.method,
            self._address(template, names),
            who=self.name,
            seconds=config.seconds,
            secrets=self._secrets,
            content=body,
            headers={**headers, **({"Content-Type": "application/json"} if body is not None else {})},
        )

    def _body(self, names: Mapping[str, Any]) -> Any:
        missing = sorted({name for name in tree_fields(self._config.body) if look_up(names, name) is None})
        if missing:
            raise Permanent(f"{self.name} needs the argument {', '.join(missing)}; nothing was sent")
        return None if self._config.body is None else fill_tree(self._config.body, names)

    def _address(self, template: str, names: Mapping[str, Any]) -> str:
        def encoded(name: str) -> str:
            value = look_up(names, name)
            text = json.dumps(value) if isinstance(value, bool) else "" if value is None else str(value)
            # An empty or dotted segment would lead to another place of the same API.
            if text in {"", ".", ".."}:
                raise Permanent(f"{self.name}: the argument {name} cannot stand in an address; nothing was sent")
            return quote(text, safe="")

        return substitute(template, encoded)

    def _json(self, answer: http.Answer, unreadable: type[Ambiguous | Retryable]) -> Any:
        try:
            return answer.json()
        except (ValueError, RecursionError) as err:
            raise unreadable(f"{self.name} answered {answer.status} with something that is not JSON") from err

    def _outcome(self, answer: http.Answer, default: Status | None, unreadable: type[Ambiguous | Retryable]) -> Outcome:
        try:
            return outcome(self._json(answer, unreadable), default)
        except ValueError as err:
            raise unreadable(f"{self.name} answered {answer.status} with {err}") from err
