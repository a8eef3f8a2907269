"""How it looks in Slack: charts, tables and the streamed plan, and what people see where Slack refuses them."""

from typing import Any

from playground.demo.config import HISTORY
from playground.person import Person, Sight, Slack
from tests.stories.light import LightWorld, until

Json = dict[str, Any]


async def proposed(stage: LightWorld) -> Sight:
    """Start; a shop that was well for a while breaks and has failed for a while when the alert comes."""
    stage.tree["tools"]["shop_metrics"]["history"] = {"metrics": HISTORY, "every": "50ms", "keep": "1m"}
    await stage.start()
    await read_again(stage)
    stage.shop.ship()
    await read_again(stage)
    await stage.alert_fires()
    return await stage.card()


async def read_again(stage: LightWorld) -> None:
    """Its page is read for longer than a rate is taken over."""
    begun = stage.shop.calls.log.count("GET metrics")

    async def count() -> int:
        return stage.shop.calls.log.count("GET metrics") - begun

    await until(count, lambda read: read >= 10, 10, "the page is read")


def blocks(sight: Sight, kind: str) -> list[Json]:
    return [block for block in sight.message["blocks"] if block["type"] == kind]


async def verified(stage: LightWorld, slack: Slack, priya: Person) -> Sight:
    card = await proposed(stage)
    await priya.reacts("✅", card)
    return await slack.expects("Verified: error rate", "alert", "verified")


async def test_the_proof_is_drawn_with_threshold_and_decisions(stage: LightWorld, slack: Slack, priya: Person) -> None:
    result = await verified(stage, slack, priya)
    [chart] = blocks(result, "data_visualization")
    value, threshold = chart["chart"]["series"]
    assert chart["title"].startswith("Error rate of checkout, ")
    assert max(point["value"] for point in value["data"]) > 1 > value["data"][-1]["value"]
    assert {point["value"] for point in threshold["data"]} == {1.0}
    words = " ".join(chart["chart"]["axis_config"]["categories"])
    assert all(word in words for word in ("alert", "approved", "verified")), words
    assert "approved" in result, "the times stand below it, too"
    incident = await stage.ends()
    assert incident.closed
    assert "refuses a kind of block" not in stage.says()


async def test_a_workspace_that_refuses_charts_and_tables_gets_a_picture_and_lines(
    stage: LightWorld, slack: Slack, priya: Person
) -> None:
    await slack.tell("blocks", refuse=["data_visualization", "table"])
    await slack.tell("fault", method="files.completeUploadExternal", kind="lost-answer")
    await verified(stage, slack, priya)
    result = await slack.expects("Verified: error rate", "Line chart, error rate of checkout")
    await slack.expects("Likely cause", "Line chart, Errors of checkout")
    assert "Measure · Before · After" in result
    [image] = blocks(result, "image")
    assert image["alt_text"].startswith("Line chart, error rate of checkout, ")
    assert "Dashed line: threshold 1" in image["alt_text"]
    file = stage.stand_in.state.files[image["slack_file"]["id"]]
    assert (file.content or b"").startswith(b"\x89PNG")
    assert (file.alt, file.shared) == (image["alt_text"], [])
    drawn = len(stage.stand_in.state.files)

    await stage.restart()
    incident = await stage.ends()
    assert incident.closed
    [after] = blocks(await slack.expects("Verified: error rate", ts=result.ts), "image")
    assert after["slack_file"] == image["slack_file"]
    assert len(stage.stand_in.state.files) == drawn, "the picture is not drawn again after a crash"


async def test_without_the_right_to_upload_the_times_stand_in_words(
    stage: LightWorld, slack: Slack, priya: Person
) -> None:
    stage.tree["slack"]["charts"] = "image"
    await slack.tell("fault", method="files.getUploadURLExternal", kind="refuse", error="missing_scope", times=9)
    result = await verified(stage, slack, priya)
    assert "Threshold 1 %" in result
    incident = await stage.ends()
    assert incident.closed
    assert "does the app have files:write?" in stage.says()
    assert not any(blocks(sight, "image") for sight in await slack.shows())
