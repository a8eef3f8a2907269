"""Files on their way in and out: an upload URL takes the bytes once, and what is shared can be fetched again.

Source: https://docs.slack.dev/messaging/working-with-files. It keeps everything in memory and scans nothing.
"""

import mimetypes
import secrets

from aiohttp import web

from playground.slack.errors import SlackError
from playground.slack.model import App, File, Json
from playground.slack.state import Workspace

# What a browser may show as it is; everything else is handed out as a download.
SHOWN = ("image/png", "image/jpeg", "image/gif", "text/plain")


class Uploads:
    """Hands out upload URLs, takes what is posted there, and serves the files."""

    def __init__(self, workspace: Workspace, app: App) -> None:
        self.root = ""
        self._workspace = workspace
        self._app = app
        self._tickets: dict[str, File] = {}

    def routes(self) -> list[web.RouteDef]:
        """Where Slack takes and gives bytes; the page fetches below `/page/`, as a person's client does by cookie."""
        return [
            web.post("/upload/v1/{ticket}", self._take),
            web.get("/files-pri/{id}/{name}", self._give_to_app),
            web.get("/page/files/{id}", self._give_to_page),
        ]

    def ticket(self, name: str, size: int, alt: str, snippet_type: str) -> tuple[str, File]:
        """An upload URL and the file that will be there when its bytes have come."""
        number = f"F07{len(self._workspace.files) + len(self._tickets) + 1:07d}"
        now = int(self._workspace.clock.now())
        file = File(number, name, size, self._app.user_id, now, self.root, alt, snippet_type=snippet_type)
        file.mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = file
        return f"{self.root}/upload/v1/{ticket}", file

    async def _take(self, request: web.Request) -> web.Response:
        """Raw bytes or one multipart field, of the announced length; 404 for a ticket used or never given."""
        file = self._tickets.get(request.match_info["ticket"])
        if file is None:
            return web.Response(status=404, text="no such upload")
        content = await _body(request)
        if len(content) != file.size:
            return web.Response(status=400, text=f"{file.size} bytes were announced, {len(content)} came")
        del self._tickets[request.match_info["ticket"]]
        file.content = content
        self._workspace.files[file.id] = file
        return web.Response(text=f"OK - {len(content)}")

    async def _give_to_app(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self._app.bot_token}":
            return web.Response(status=403, text="the app's token is needed")
        return self._file(request)

    async def _give_to_page(self, request: web.Request) -> web.Response:
        return self._file(request)

    def _file(self, request: web.Request) -> web.Response:
        file = self._workspace.files.get(request.match_info["id"])
        if file is None or file.content is None:
            return web.Response(status=404, text="no such file")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
        if file.mimetype not in SHOWN:
            headers["Content-Disposition"] = f'attachment; filename="{file.id}"'
        return web.Response(body=file.content, content_type=file.mimetype, headers=headers)


async def _body(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""


def check_pictures(workspace: Workspace, blocks: list[Json]) -> None:
    """Refuse an image that names a file which is not here or no picture: SlackError `invalid_blocks`."""
    faults = []
    for number, block in enumerate(blocks):
        given = block.get("slack_file")
        if block.get("type") != "image" or not isinstance(given, dict):
            continue
        file = workspace.files.get(str(given.get("id") or _id_in(str(given.get("url", "")))))
        if file is None or not file.mimetype.startswith("image/"):
            faults.append(f"[ERROR] invalid slack file [json-pointer:/blocks/{number}/slack_file]")
    if faults:
        raise SlackError("invalid_blocks", response_metadata={"messages": faults})


def _id_in(url: str) -> str:
    """The file a `url_private` names."""
    return url.partition("/files-pri/")[2].partition("/")[0]
