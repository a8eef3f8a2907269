"""Pins, bookmarks, and conversations that the app itself makes, describes, fills and closes."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast
from playground.slack.events import Events
from tests.playground.slack_door import Door

Json = dict[str, Any]
ROOM = cast.INCIDENTS


async def error(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@pytest.fixture
def told(slack: SlackStandIn) -> list[Json]:
    """Every event of the app, as it is handed to the courier; it subscribed to all these."""
    heard: list[Json] = []

    class Heard:
        def deliver(self, _kind: str, payload: Json, **_: Any) -> None:
            heard.append(payload["event"])

    slack.app.bot_events = (
        "channel_archive",
        "channel_created",
        "member_joined_channel",
        "message.channels",
        "pin_added",
        "pin_removed",
    )
    Events(slack.state, slack.app, Heard())  # type: ignore[arg-type]  # only its `deliver` is used
    return heard


async def test_pins_come_and_go_with_who_set_them(
    slack: SlackStandIn, client: AsyncWebClient, door: Door, told: list[Json]
) -> None:
    mine = str((await client.chat_postMessage(channel=ROOM, text="root"))["ts"])
    theirs = slack.people.message(cast.PRIYA, ROOM, "note").ts
    await client.pins_add(channel=ROOM, timestamp=mine)
    await door.act(cast.TOM, "pin", ts=theirs)
    shown = await door.expect(ts=theirs)
    assert (shown["pinned"], shown["pinned_by"]) == (True, cast.TOM)
    items = (await client.pins_list(channel=ROOM))["items"]
    assert {(item["message"]["ts"], item["created_by"]) for item in items} == {
        (mine, cast.WATCHKEEPER),
        (theirs, cast.TOM),
    }
    assert items[0]["message"]["pinned_to"] == [ROOM]
    await client.pins_remove(channel=ROOM, timestamp=theirs)
    assert await error(client.pins_remove(channel=ROOM, timestamp=theirs)) == "no_pin"
    assert await error(client.pins_remove(channel=ROOM, timestamp="1.000000")) == "message_not_found"
    assert (await door.act(cast.TOM, "unpin", ts=theirs))["error"] == "no_pin"
    await door.act(cast.TOM, "unpin", ts=mine)
    removed = [event for event in told if event["type"] == "pin_removed"]
    assert [(event["user"], event["has_pins"]) for event in removed] == [(cast.WATCHKEEPER, True), (cast.TOM, False)]


async def test_bookmarks(client: AsyncWebClient) -> None:
    async def add(link: str, kind: str = "link") -> Any:
        return await client.bookmarks_add(channel_id=ROOM, title="INC-2041", type=kind, link=link, emoji=":bell:")

    bookmark = (await add("https://shop.example.com/318"))["bookmark"]
    assert (bookmark["title"], bookmark["app_id"]) == ("INC-2041", "A07WATCHKPR")
    await client.bookmarks_edit(bookmark_id=bookmark["id"], channel_id=ROOM, title="INC-2041, closed")
    listed = (await client.bookmarks_list(channel_id=ROOM))["bookmarks"]
    assert [one["title"] for one in listed] == ["INC-2041, closed"]
    await client.bookmarks_remove(bookmark_id=bookmark["id"], channel_id=ROOM)
    assert await error(client.bookmarks_remove(bookmark_id=bookmark["id"], channel_id=ROOM)) == "not_found"
    assert await error(add("javascript:x")) == "invalid_link"
    assert await error(add("https://a", "file")) == "invalid_bookmark_type"
    for number in range(100):
        await add(f"https://a/{number}")
    assert await error(add("https://a/101")) == "too_many_bookmarks"


async def test_a_channel_is_made_described_filled_and_closed(
    slack: SlackStandIn, client: AsyncWebClient, told: list[Json]
) -> None:
    made = (await client.conversations_create(name="inc-2041-checkout"))["channel"]
    room = made["id"]
    assert (made["name"], made["is_member"], made["creator"]) == ("inc-2041-checkout", True, cast.WATCHKEEPER)
    await client.conversations_setTopic(channel=room, topic="7.3 % of requests fail")
    await client.conversations_setPurpose(channel=room, purpose="INC-2041")
    info = (await client.conversations_info(channel=room))["channel"]
    assert (info["topic"]["value"], info["purpose"]["value"]) == ("7.3 % of requests fail", "INC-2041")
    await client.conversations_invite(channel=room, users=[cast.PRIYA, cast.MAYA])
    with pytest.raises(SlackApiError) as caught:
        await client.conversations_invite(channel=room, users=f"{cast.PRIYA},{cast.JONAS}")
    assert caught.value.response["errors"] == [{"user": cast.PRIYA, "ok": False, "error": "already_in_channel"}]
    assert cast.JONAS not in slack.state.channels[room].members
    await client.conversations_invite(channel=room, users=f"{cast.PRIYA},{cast.JONAS}", force=True)
    assert cast.JONAS in slack.state.channels[room].members
    await client.conversations_archive(channel=room)
    assert await error(client.conversations_archive(channel=room)) == "already_archived"
    for late in (
        client.chat_postMessage(channel=room, text="x"),
        client.conversations_invite(channel=room, users=cast.BEN),
        client.conversations_setTopic(channel=room, topic="x"),
        client.conversations_join(channel=room),
    ):
        assert await error(late) == "is_archived"
    subtypes = [event.get("subtype") for event in told if event["type"] == "message"]
    assert subtypes == ["channel_topic", "channel_purpose", *["channel_join"] * 3, "channel_archive"]
    joined = [event for event in told if event["type"] == "member_joined_channel"]
    assert {(event["user"], event["inviter"]) for event in joined} == {
        (person, cast.WATCHKEEPER) for person in (cast.PRIYA, cast.MAYA, cast.JONAS)
    }
    assert [event["type"] for event in told if event["type"].startswith("channel_")] == [
        "channel_created",
        "channel_archive",
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("incidents", "name_taken"),
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("two words", "invalid_name_specials"),
        ("Upper", "invalid_name_specials"),
        ("--", "invalid_name_punctuation"),
    ],
)
async def test_names_a_channel_cannot_have(client: AsyncWebClient, name: str, code: str) -> None:
    assert await error(client.conversations_create(name=name)) == code


async def test_who_may_be_invited_and_what_may_be_joined(client: AsyncWebClient, slack: SlackStandIn) -> None:
    async def invite(users: str) -> Any:
        return await client.conversations_invite(channel=ROOM, users=users)

    assert await error(invite("")) == "no_user"
    assert await error(invite("U000")) == "user_not_found"
    assert await error(invite(cast.WATCHKEEPER)) == "cant_invite_self"
    assert await error(client.conversations_invite(channel=cast.SUPPORT, users=cast.BEN)) == "not_in_channel"
    assert await error(client.conversations_setTopic(channel=ROOM, topic="x" * 251)) == "too_long"
    assert (await client.conversations_join(channel=ROOM))["warning"] == "already_in_channel"
    assert (await client.conversations_join(channel=cast.SUPPORT))["channel"]["is_member"]
    direct = (await client.conversations_open(users=cast.PRIYA))["channel"]["id"]
    wrong = "method_not_supported_for_channel_type"
    assert await error(client.conversations_archive(channel=direct)) == wrong
    assert await error(client.conversations_join(channel=direct)) == wrong
    private = (await client.conversations_create(name="inc-2042", is_private=True))["channel"]
    assert private["is_private"]
    slack.app.scopes = ("channels:manage", "channels:write.topic", "groups:write.invites")
    assert await error(client.conversations_create(name="inc-2043", is_private=True)) == "missing_scope"
    await client.conversations_invite(channel=private["id"], users=cast.BEN)
    assert await error(client.conversations_setTopic(channel=private["id"], topic="x")) == "missing_scope"
