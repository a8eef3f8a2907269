"""What hangs on messages and channels on the page: charts, data tables, files, streams, pins, bookmarks, topics."""

import zlib

import pytest

from playground.slack import cast

expect = pytest.importorskip("playwright.async_api", reason="the browser group is not installed").expect
pytestmark = pytest.mark.asyncio(loop_scope="module")
TIMES = ["02:03", "02:05", "02:07"]
TO = {"recipient_user_id": cast.PRIYA, "recipient_team_id": cast.TEAM}


def png():
    """A grey picture of one pixel."""

    def part(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(b"\0\x80")) + part(b"IEND", b"")


def series(name, *values):
    return {"name": name, "data": [{"label": at, "value": value} for at, value in zip(TIMES, values, strict=True)]}


def chart(kind, title="Failed requests"):
    axes = {"categories": TIMES, "x_label": "UTC", "y_label": "%"}
    given = {
        "type": kind,
        "series": [series("checkout", 0.2, 7.3, 0.2), series("orders", -1, 0, 2)],
        "axis_config": axes,
    }
    return {"type": "data_visualization", "title": title, "chart": given}


SAID = (
    "chart: Failed requests. % by UTC. checkout: 02:03 0.2, 02:05 7.3, 02:07 0.2; orders: 02:03 -1, 02:05 0, 02:07 2."
)


@pytest.mark.parametrize(("kind", "shapes"), [("line", "polyline"), ("area", "polygon"), ("bar", "rect")])
async def test_a_chart_is_drawn_and_said(scene, kind, shapes):
    figure = scene.message(await scene.post([chart(kind)])).locator("figure.chart")
    drawing = figure.get_by_role("img", name=f"{kind.title()} {SAID}")
    await expect(drawing).to_be_visible()
    await expect(drawing.locator(shapes)).to_have_count(6 if kind == "bar" else 2)
    await expect(figure.locator("figcaption")).to_have_text("Failed requests")
    await expect(figure.locator("li")).to_have_text(["checkout", "orders"])


async def test_a_pie_is_drawn_and_said(scene):
    segments = [{"label": "2026.11.24-3", "value": 412}, {"label": "older", "value": 18}]
    block = {"type": "data_visualization", "title": "By release", "chart": {"type": "pie", "segments": segments}}
    whole = {"type": "data_visualization", "title": "All", "chart": {"type": "pie", "segments": segments[:1]}}
    message = scene.message(await scene.post([block, whole]))
    drawing = message.get_by_role("img", name="Pie chart: By release. 2026.11.24-3 412, older 18.")
    await expect(drawing.locator("path")).to_have_count(2)
    await expect(message.get_by_role("img", name="Pie chart: All.").locator("circle")).to_have_count(1)


async def test_a_data_table_has_a_caption_headers_and_pages(scene):
    cells = [[{"type": "raw_text", "text": f"source {n}"}, {"type": "raw_number", "value": n}] for n in range(7)]
    head = [{"type": "raw_text", "text": "Source"}, {"type": "raw_text", "text": "Entry"}]
    block = {"type": "data_table", "caption": "Evidence", "page_size": 3, "rows": [head, *cells]}
    table = scene.message(await scene.post([block])).get_by_role("region", name="Evidence")
    await expect(table.locator("caption")).to_have_text("Evidence")
    await expect(table.get_by_role("rowheader")).to_have_text(["source 0", "source 1", "source 2"])
    await expect(table.get_by_role("button", name="Earlier rows")).to_be_disabled()
    await table.get_by_role("button", name="Later rows").click()
    await table.get_by_role("button", name="Later rows").click()
    await expect(table.locator("tbody td.right")).to_have_text(["6"])
    await expect(table.get_by_role("status")).to_have_text("7 to 7 of 7")


async def test_files_are_cards_and_pictures_of_the_workspace_are_shown(scene):
    text = await scene.bot.files_upload_v2(
        channel=cast.INCIDENTS, filename="answer.txt", title="Full answer", content="x" * 4200, initial_comment="All."
    )
    card = scene.channel.locator(".file-card")
    await expect(card).to_contain_text("Full answertext/plain, 4.2\u00a0kB")
    href = await card.get_by_role("link").get_attribute("href")
    assert href == f"/page/files/{text['file']['id']}"
    picture = await scene.bot.files_upload_v2(filename="chart.png", file=png())
    block = {"type": "image", "slack_file": {"id": picture["file"]["id"]}, "alt_text": "Error rate"}
    message = scene.message(await scene.post([block]))
    image = message.get_by_role("img", name="Error rate")
    await expect(image).to_have_js_property("naturalWidth", 1)


async def test_a_stream_is_drawn_as_it_comes_and_stopped_by_its_person(scene):
    root = await scene.post(text="root")
    task = {"type": "task_update", "id": "logs", "title": "logs: what failed?", "status": "in_progress"}
    ts = (await scene.bot.chat_startStream(channel=cast.INCIDENTS, thread_ts=root, chunks=[task], **TO))["ts"]
    message = scene.message(ts, scene.thread)
    await expect(message.locator(".task.in_progress")).to_contain_text("logs: what failed?")
    done = task | {"status": "complete", "output": "96 %"}
    await scene.bot.chat_appendStream(channel=cast.INCIDENTS, ts=ts, markdown_text="So **far**", chunks=[done])
    await expect(message.locator(".task.complete")).to_contain_text("96 %")
    await expect(message.locator(".markdown")).to_have_text("So far")
    await scene.act_as("Tom Becker")
    await expect(message.get_by_role("button", name="Stop")).to_have_count(0)
    await scene.act_as("Priya Raman")
    await message.get_by_role("button", name="Stop").click()
    await expect(message).to_contain_text("Stopped by Priya Raman")
    await expect(message.locator(".streaming")).to_have_count(0)


async def test_pins_bookmarks_and_topics_of_a_channel(scene):
    ts = await scene.post(text="root")
    scene.slack.people.pin(cast.MAYA, cast.INCIDENTS, ts)
    await expect(scene.message(ts)).to_contain_text("Pinned by Maya Okafor")
    await scene.bot.pins_remove(channel=cast.INCIDENTS, timestamp=ts)
    await expect(scene.message(ts)).not_to_contain_text("Pinned")
    await scene.bot.conversations_setTopic(channel=cast.INCIDENTS, topic="One open incident")
    await scene.bot.bookmarks_add(
        channel_id=cast.INCIDENTS, title="GitHub #318", type="link", link="https://a.example/318", emoji=":bell:"
    )
    header = scene.channel.locator("header")
    await expect(header).to_contain_text("One open incident")
    await expect(header.get_by_role("link", name="🔔 GitHub #318")).to_have_attribute("href", "https://a.example/318")
    made = (await scene.bot.conversations_create(name="inc-2041"))["channel"]["id"]
    await scene.bot.conversations_invite(channel=made, users=cast.PRIYA)
    row = scene.tab.get_by_role("navigation").get_by_role("button", name="# inc-2041")
    await expect(row).to_be_visible()
    await scene.bot.conversations_archive(channel=made)
    await expect(row).to_have_count(0)
