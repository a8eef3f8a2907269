"""Files in Slack, in its three calls: an address, the bytes, and the share that people see. It knows no incident.

https://docs.slack.dev/messaging/working-with-files. Before the last call nobody sees anything, so the first two may be
repeated; the last one is sent once. The bytes go to the address that Slack names, and to no other.
"""

import aiohttp

from bot.slack import Slack
from engine.errors import Permanent, Retryable
from engine.redact import Clean


class SlackFiles:
    """Uploads of one workspace."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def put(self, name: str, body: bytes, alt: str = "") -> str:
        """Bring the bytes to Slack; the file's id. It is seen by nobody yet. Raises `Retryable`, `Permanent`.

        `body` has passed the gate, or is a picture that was drawn here. `alt` is a picture's description.
        """
        # Asked as a reading is: this method takes no JSON, and an address that is not used expires by itself.
        place = await self._slack.read("files.getUploadURLExternal", filename=name, length=len(body), alt_txt=alt)
        session = self._slack.writes.session
        assert session is not None  # noqa: S101  it is given at `open`
        try:
            async with session.post(str(place["upload_url"]), data=body) as response:
                status = response.status
        except (TimeoutError, aiohttp.ClientError, OSError) as err:
            raise Retryable("Slack did not take a file's bytes", after=1.0) from err
        if status >= 500 or status == 429:
            raise Retryable(f"Slack did not take a file's bytes: {status}", after=1.0)
        if status != 200:
            raise Permanent(f"Slack refused a file's bytes: {status}")
        return str(place["file_id"])

    async def share(self, file: str, title: Clean, channel: str, thread_ts: str | None = None) -> None:
        """Show it in the channel, or in a thread, once. Raises `Retryable`, `Permanent`, `Ambiguous`."""
        files = [{"id": file, "title": title}]
        body = {"files": files, "channel_id": channel, "thread_ts": thread_ts}
        await self._slack.write("files.completeUploadExternal", "", body)

    async def keep(self, file: str, title: Clean) -> None:
        """Complete it without showing it anywhere: a message's blocks can then show it. Repeatable.

        Raises `Retryable`, `Permanent`, `Ambiguous`.
        """
        await self._slack.write("files.completeUploadExternal", "", {"files": [{"id": file, "title": title}]})
