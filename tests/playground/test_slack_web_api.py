"""The Web API as slack_sdk sees it: who may call, what is refused and how, and what a call changes."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast
from tests.playground.slack_door import Door

ROOM = cast.INCIDENTS


async def refusal(call: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer = caught.value.response
    assert isinstance(answer.data, dict)
    return answer.data


async def post(client: AsyncWebClient, text: str = "hello", **more: Any) -> str:
    return str((await client.chat_postMessage(channel=ROOM, text=text, **more))["ts"])


async def test_auth_test_tells_user_and_bot(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["bot_id"]) == (cast.WATCHKEEPER, "B07WATCHKPR")
    assert "chat:write" in answer.headers["x-oauth-scopes"]


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-other", "invalid_auth"), (cast.APP_TOKEN, "not_allowed_token_type")],
)
async def test_tokens(slack: SlackStandIn, token: str, error: str) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with session.post(f"{slack.url}/api/auth.test", headers=headers) as response:
            assert (await response.json())["error"] == error


async def test_a_bot_token_opens_no_socket(client: AsyncWebClient) -> None:
    answer = await refusal(client.apps_connections_open(app_token=cast.BOT_TOKEN))
    assert answer["error"] == "not_allowed_token_type"


async def test_missing_scope_names_what_is_needed() -> None:
    async with SlackStandIn(cast.watchkeeper(scopes=("chat:write",))) as slack:
        client = AsyncWebClient(slack.app.bot_token, base_url=f"{slack.url}/api/")
        answer = await refusal(client.reactions_add(channel=ROOM, timestamp="1.0", name="eyes"))
        assert answer == {"ok": False, "error": "missing_scope", "needed": "reactions:write", "provided": "chat:write"}


async def test_query_form_and_json_are_one(slack: SlackStandIn) -> None:
    headers = {"Authorization": f"Bearer {cast.BOT_TOKEN}"}
    async with aiohttp.ClientSession(f"{slack.url}/api/", headers=headers) as session:
        for sent in ({"params": {"text": "q"}}, {"data": {"text": "f"}}, {"json": {"text": "j"}}):
            async with session.post("chat.postMessage", **({"params": {"channel": ROOM}} | sent)) as response:
                answer = await response.json()
            if "params" in sent:
                assert answer["error"] == "invalid_arguments"
                assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]
            else:
                assert answer["ok"], answer
        async with session.post(
            "chat.postMessage", data={"channel": ROOM, "blocks": '[{"type":"divider"}]'}
        ) as response:
            assert (await response.json())["message"]["blocks"][0]["type"] == "divider"
        async with session.post("nothing.here") as response:
            assert await response.json() == {"ok": False, "error": "unknown_method", "req_method": "nothing.here"}


UNNAMED = {"event_type": "no spaces", "event_payload": {}}
TOO_LARGE = {"event_type": "a", "event_payload": {"x": "y" * 8000}}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C000", "text": "x"}, "channel_not_found"),
        ({"channel": cast.SUPPORT, "text": "x"}, "not_in_channel"),
        ({"channel": ROOM, "text": ""}, "no_text"),
        ({"channel": ROOM, "text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
        ({"channel": ROOM, "text": "x", "metadata": UNNAMED}, "invalid_metadata_format"),
        ({"channel": ROOM, "text": "x", "metadata": TOO_LARGE}, "metadata_too_large"),
        ({"channel": ROOM, "text": "x", "blocks": "{"}, "invalid_blocks_format"),
    ],
)
async def test_what_cannot_be_posted(client: AsyncWebClient, arguments: dict[str, Any], error: str) -> None:
    assert (await refusal(client.api_call("chat.postMessage", json=arguments)))["error"] == error


async def test_a_message_for_a_person_opens_their_direct_conversation(client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel=cast.JONAS, text="read-in")
    assert answer["channel"].startswith("D")
    opened = await client.conversations_open(users=cast.JONAS)
    assert opened["channel"]["id"] == answer["channel"]


async def test_a_long_text_is_cut_with_a_warning(client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel=ROOM, text="x" * 40_001)
    assert len(answer["message"]["text"]) == 40_000
    assert answer["response_metadata"]["warnings"] == ["message_truncated"]


async def test_update_removes_blocks_and_keeps_metadata(client: AsyncWebClient) -> None:
    metadata = {"event_type": "watchkeeper_root", "event_payload": {"incident": "INC-2041"}}
    ts = await post(client, blocks=[{"type": "divider"}], metadata=metadata)
    with_blocks = await client.chat_update(channel=ROOM, ts=ts, text="two", blocks=[{"type": "divider"}])
    assert "edited" not in with_blocks["message"]
    only_text = await client.chat_update(channel=ROOM, ts=ts, text="three")
    assert only_text["message"]["edited"]["user"] == cast.WATCHKEEPER
    assert "blocks" not in only_text["message"]
    assert only_text["message"]["metadata"] == metadata


async def test_update_without_text_keeps_it(client: AsyncWebClient) -> None:
    ts = await post(client, "kept", blocks=[{"type": "divider"}])
    metadata = {"event_type": "a", "event_payload": {}}
    answer = await client.api_call("chat.update", json={"channel": ROOM, "ts": ts, "metadata": metadata})
    assert (answer["message"]["text"], len(answer["message"]["blocks"])) == ("kept", 1)


async def test_what_cannot_be_updated(client: AsyncWebClient, slack: SlackStandIn) -> None:
    ts = await post(client)
    theirs = slack.people.message(cast.PRIYA, ROOM, "mine").ts
    assert (await refusal(client.chat_update(channel=ROOM, ts=ts, text="x" * 4001)))["error"] == "msg_too_long"
    assert (await refusal(client.chat_update(channel=ROOM, ts=theirs, text="x")))["error"] == "cant_update_message"
    assert (await refusal(client.chat_update(channel=ROOM, ts="1.000000", text="x")))["error"] == "message_not_found"
    assert (await refusal(client.chat_delete(channel=ROOM, ts=theirs)))["error"] == "cant_delete_message"


async def test_history_and_replies(client: AsyncWebClient) -> None:
    metadata = {"event_type": "watchkeeper_entry", "event_payload": {"op": "c655"}}
    root = await post(client, "root", metadata=metadata)
    first = await post(client, "first", thread_ts=root, metadata=metadata)
    await post(client, "second", thread_ts=first)
    await post(client, "loud", thread_ts=root, reply_broadcast=True)

    history = await client.conversations_history(channel=ROOM)
    assert [message["text"] for message in history["messages"]] == ["loud", "root"]
    assert history["messages"][1]["reply_count"] == 3
    assert "metadata" not in history["messages"][1]

    thread = await client.conversations_replies(channel=ROOM, ts=root, include_all_metadata=True)
    assert [message["text"] for message in thread["messages"]] == ["root", "first", "second", "loud"]
    assert thread["messages"][1]["metadata"] == metadata
    later = await client.conversations_replies(channel=ROOM, ts=root, oldest=first, limit=1)
    assert [message["text"] for message in later["messages"]] == ["root", "second"]
    assert later["has_more"]
    rest = await client.conversations_replies(
        channel=ROOM, ts=root, oldest=first, limit=1, cursor=later["response_metadata"]["next_cursor"]
    )
    assert [message["text"] for message in rest["messages"]] == ["root", "loud"]
    inclusive = await client.conversations_history(channel=ROOM, oldest=root, latest=root, inclusive=True)
    assert [message["text"] for message in inclusive["messages"]] == ["root"]
    assert (await refusal(client.conversations_replies(channel=ROOM, ts="1.000000")))["error"] == "thread_not_found"
    assert (await refusal(client.conversations_history(channel=ROOM, cursor="?")))["error"] == "invalid_cursor"


async def test_a_deleted_parent_leaves_a_tombstone(client: AsyncWebClient) -> None:
    root = await post(client, "root")
    reply = await post(client, "reply", thread_ts=root)
    await client.chat_delete(channel=ROOM, ts=root)
    thread = await client.conversations_replies(channel=ROOM, ts=root)
    assert thread["messages"][0]["subtype"] == "tombstone"
    late = client.chat_postMessage(channel=ROOM, text="late", thread_ts=root)
    assert (await refusal(late))["error"] == "cannot_reply_to_message"
    await client.chat_delete(channel=ROOM, ts=reply)
    assert len((await client.conversations_replies(channel=ROOM, ts=root))["messages"]) == 1


async def test_ephemeral_messages_are_in_no_history(client: AsyncWebClient) -> None:
    answer = await client.chat_postEphemeral(channel=ROOM, user=cast.TOM, text="only you")
    assert answer["message_ts"]
    assert (await client.conversations_history(channel=ROOM))["messages"] == []
    stranger = client.chat_postEphemeral(channel=cast.CHECKOUT, user=cast.TOM, text="x")
    assert (await refusal(stranger))["error"] == "user_not_in_channel"


async def test_reactions(client: AsyncWebClient, slack: SlackStandIn) -> None:
    ts = await post(client)
    await client.reactions_add(channel=ROOM, timestamp=ts, name="thumbsup")
    slack.people.react(cast.PRIYA, ROOM, ts, ":+1:")
    again = client.reactions_add(channel=ROOM, timestamp=ts, name="+1")
    assert (await refusal(again))["error"] == "already_reacted"
    message = (await client.reactions_get(channel=ROOM, timestamp=ts, full=True))["message"]
    assert message["reactions"] == [{"name": "+1", "users": [cast.WATCHKEEPER, cast.PRIYA], "count": 2}]
    await client.reactions_remove(channel=ROOM, timestamp=ts, name="+1")
    gone = client.reactions_remove(channel=ROOM, timestamp=ts, name="+1")
    assert (await refusal(gone))["error"] == "no_reaction"
    picture = client.reactions_add(channel=ROOM, timestamp=ts, name="✅")
    assert (await refusal(picture))["error"] == "invalid_name"


async def test_people_groups_and_channels(client: AsyncWebClient, door: Door) -> None:
    assert (await client.users_info(user=cast.SAM))["user"]["is_restricted"]
    assert (await client.users_info(user=cast.DEPLOY_HELPER))["user"]["is_bot"]
    assert "email" not in (await client.users_info(user=cast.PRIYA))["user"]["profile"]
    assert (await refusal(client.users_info(user="U000")))["error"] == "user_not_found"
    approvers = await client.usergroups_users_list(usergroup=cast.DATABASE_APPROVERS)
    assert approvers["users"] == [cast.MAYA, cast.BEN]
    listed = await client.usergroups_list(include_users=True)
    assert {group["handle"] for group in listed["usergroups"]} == {"checkout-approvers", "database-approvers"}
    members = await client.conversations_members(channel=ROOM, limit=3)
    assert len(members["members"]) == 3
    assert members["response_metadata"]["next_cursor"]
    info = await client.conversations_info(channel=cast.SUPPORT, include_num_members=True)
    assert (info["channel"]["is_member"], info["channel"]["num_members"]) == (False, 3)
    rooms = await client.conversations_list()
    assert [room["name"] for room in rooms["channels"]] == ["incidents", "checkout", "releases", "support"]
    await door.post("usergroup", id=cast.DATABASE_APPROVERS, users=[cast.BEN])
    assert (await client.usergroups_users_list(usergroup=cast.DATABASE_APPROVERS))["users"] == [cast.BEN]
    assert (await door.post("usergroup", id="S000", users=[]))["error"] == "no_such_subteam"
    await door.post("user", id=cast.TOM, is_stranger=True)
    assert (await client.users_info(user=cast.TOM))["user"]["is_stranger"]
    await door.post("plan", paid=False)
    assert (await refusal(client.usergroups_list()))["error"] == "plan_upgrade_required"


async def test_pins_and_permalinks(client: AsyncWebClient) -> None:
    root = await post(client)
    reply = await post(client, thread_ts=root)
    link = (await client.chat_getPermalink(channel=ROOM, message_ts=reply))["permalink"]
    assert (
        link == f"https://shop.slack.example.com/archives/{ROOM}/p{reply.replace('.', '')}?thread_ts={root}&cid={ROOM}"
    )
    await client.pins_add(channel=ROOM, timestamp=root)
    assert (await refusal(client.pins_add(channel=ROOM, timestamp=root)))["error"] == "already_pinned"


async def test_published_rates_are_enforced_on_demand(client: AsyncWebClient, door: Door) -> None:
    ts = await post(client)
    await door.post("limits", on=True)
    for number in range(50):
        await client.chat_update(channel=ROOM, ts=ts, text=str(number))
    with pytest.raises(SlackApiError) as caught:
        await client.chat_update(channel=ROOM, ts=ts, text="one too many")
    assert caught.value.response.status_code == 429
    assert int(caught.value.response.headers["Retry-After"]) >= 1
    # With a clock that runs 600 times as fast, the same minute is over before the retry.
    await door.post("clock", scale=600)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await client.chat_update(channel=ROOM, ts=ts, text="later")
