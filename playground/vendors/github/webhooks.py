"""GitHub's webhooks for issues and comments: signed POSTs to one address, each delivered once.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment, and `issues`. GitHub sends nothing for a
reaction. It knows no rule of the tracker's.
"""

import asyncio
import hashlib
import hmac
import json
import uuid
from typing import Any

import aiohttp

from playground.vendors.github.shapes import Shapes
from playground.vendors.github.tracker import Account, Comment, Issue

Json = dict[str, Any]


class Webhooks:
    """Sends once `url` is set; `answers` are the statuses, None where nobody answered."""

    def __init__(self, shapes: Shapes) -> None:
        self.url = ""
        self.secret = ""
        self.answers: list[int | None] = []
        self._shapes = shapes
        self._tasks: set[asyncio.Task[None]] = set()

    def happened(self, event: str, action: str, who: Account, issue: Issue, comment: Comment | None = None) -> None:
        """Something changed: tell it, if there is anybody to tell."""
        if not self.url:
            return
        body: Json = {"action": action, "issue": self._shapes.issue(issue)}
        if comment is not None:
            body["comment"] = self._shapes.comment(comment)
        body |= {"repository": self._shapes.repository(who), "sender": self._shapes.user(who)}
        task = asyncio.create_task(self._send(event, json.dumps(body).encode()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Forget what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send(self, event: str, body: bytes) -> None:
        signed = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": f"sha256={signed}",
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http,
                http.post(self.url, data=body, headers=headers) as response,
            ):
                self.answers.append(response.status)
        except (aiohttp.ClientError, TimeoutError):
            self.answers.append(None)  # GitHub does not send it again
