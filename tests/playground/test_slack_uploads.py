"""Files: the three steps of an upload, who may fetch one, and pictures that blocks refer to."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast
from tests.playground.slack_door import Door

ROOM = cast.INCIDENTS
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


async def error(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_slack_sdk_uploads_into_a_thread(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> None:
    root = str((await client.chat_postMessage(channel=ROOM, text="root"))["ts"])
    content = "INC-2041\n" * 1000
    done = await client.files_upload_v2(
        channel=ROOM,
        thread_ts=root,
        filename="answer.txt",
        title="Full answer",
        content=content,
        initial_comment="4 kB",
    )
    shown = await door.expect(thread_ts=root, contains="4 kB", user=cast.WATCHKEEPER)
    assert shown["subtype"] == "file_share"
    file = shown["files"][0]
    assert (file["title"], file["size"], file["mimetype"]) == ("Full answer", len(content), "text/plain")
    info = (await client.files_info(file=done["file"]["id"]))["file"]
    assert (info["channels"], info["filetype"]) == ([ROOM], "txt")
    history = await client.conversations_replies(channel=ROOM, ts=root)
    assert history["messages"][1]["files"][0]["id"] == info["id"]
    async with aiohttp.ClientSession() as session:
        async with session.get(info["url_private"]) as refused:
            assert refused.status == 403
        headers = {"Authorization": f"Bearer {cast.BOT_TOKEN}"}
        async with session.get(info["url_private"], headers=headers) as given:
            assert await given.text() == content
        async with session.get(f"{slack.url}{file['href']}") as page:
            assert (page.status, await page.text()) == (200, content)


async def test_an_upload_url_takes_the_announced_bytes_once(client: AsyncWebClient) -> None:
    ticket = await client.files_getUploadURLExternal(filename="chart.png", length=len(PNG), alt_txt="A chart")
    files: Any = [{"id": ticket["file_id"]}]
    assert await error(client.files_completeUploadExternal(files=files)) == "file_not_found"
    async with aiohttp.ClientSession() as session:
        form = aiohttp.FormData()
        form.add_field("filename", PNG, filename="chart.png")
        for data, status in ((PNG[:-1], 400), (form, 200), (PNG, 404)):
            async with session.post(ticket["upload_url"], data=data) as response:
                assert response.status == status
    private = await client.files_completeUploadExternal(files=files)
    assert (private["files"][0]["is_public"], private["files"][0]["alt_txt"]) == (False, "A chart")


async def test_a_picture_in_blocks_has_to_be_here(client: AsyncWebClient) -> None:
    picture = {"type": "image", "slack_file": {"id": "F07NOWHERE"}, "alt_text": "A chart"}
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ROOM, text="x", blocks=[{"type": "divider"}, picture])
    messages = caught.value.response["response_metadata"]["messages"]
    assert messages == ["[ERROR] invalid slack file [json-pointer:/blocks/1/slack_file]"]
    done = await client.files_upload_v2(filename="chart.png", file=PNG)
    text = await client.files_upload_v2(filename="answer.txt", content="words")
    for given in ({"id": done["file"]["id"]}, {"url": done["file"]["url_private"]}):
        await client.chat_postMessage(channel=ROOM, text="x", blocks=[picture | {"slack_file": given}])
    wrong = [picture | {"slack_file": {"id": text["file"]["id"]}}]
    assert await error(client.chat_postMessage(channel=ROOM, text="x", blocks=wrong)) == "invalid_blocks"


async def test_what_cannot_be_uploaded(client: AsyncWebClient) -> None:
    get = client.files_getUploadURLExternal
    assert await error(get(filename="a.txt", length=0)) == "invalid_arguments"
    assert await error(get(filename="a.txt", length=1, alt_txt="x" * 1001)) == "alt_txt_too_large"
    assert await error(client.files_info(file="F0")) == "file_not_found"
    done = await client.files_upload_v2(filename="a.txt", content="words")
    files: Any = [{"id": done["file"]["id"]}]
    complete = client.files_completeUploadExternal
    assert await error(complete(files=files, channel_id="C0")) == "invalid_channel"
    assert await error(complete(files=files, channel_id=cast.SUPPORT)) == "not_in_channel"
    assert await error(complete(files=files, channel_id=ROOM, thread_ts="1.000000")) == "thread_not_found"
