"""Messages on the page: every kind of block, mrkdwn, what is private, what is hostile."""

import json
from pathlib import Path

import pytest

from playground.slack import cast

expect = pytest.importorskip("playwright.async_api", reason="the browser group is not installed").expect
pytestmark = pytest.mark.asyncio(loop_scope="module")
STORYBOARD = Path(__file__).parents[4] / "shared" / "storyboard" / "blocks"
HOSTILE = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script> <a href='javascript:hacked=1'>x</a>"


def mrkdwn(text):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def rich(*elements):
    return {"type": "rich_text", "elements": list(elements)}


def said(text):
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}


def button(text, **more):
    return {"type": "button", "text": {"type": "plain_text", "text": text}, "action_id": text.lower()} | more


def plain(text):
    return {"type": "plain_text", "text": text}


CONFIRM = {
    "title": plain("Roll back?"),
    "text": plain("It starts at once."),
    "confirm": plain("Roll back"),
    "deny": plain("Not now"),
}
OVERFLOW = {"type": "overflow", "action_id": "more", "options": [{"text": plain("Add a note"), "value": "note:1"}]}
CARD = {"type": "task_card", "task_id": "t", "title": "logs: what failed?", "status": "complete"}
LISTED = {"type": "rich_text_list", "style": "bullet", "elements": [said("one"), said("two")]}
PREFORMATTED = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a\n  b"}]}
QUOTED = {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]}
# Each kind of block beside what must be found on the page for it.
KINDS = {
    "h3.header:has-text('⚙️ Acting')": {"type": "header", "text": plain(":gear: Acting")},
    ".section .text b:text-is('bold')": mrkdwn("*bold*"),
    ".fields .field:nth-child(2):has-text('Service')": {
        "type": "section",
        "fields": [{"type": "mrkdwn", "text": "*Status*\nTriage"}, {"type": "mrkdwn", "text": "*Service*\n`checkout`"}],
    },
    ".accessory button:text-is('Aside')": mrkdwn("with one") | {"accessory": button("Aside")},
    ".context .part:nth-child(2)": {"type": "context", "elements": [{"type": "mrkdwn", "text": t} for t in "ab"]},
    ".actions .primary": {"type": "actions", "elements": [button("Approve", style="primary", confirm=CONFIRM)]},
    ".actions .danger": {"type": "actions", "elements": [button("Veto", style="danger"), OVERFLOW]},
    "hr.block": {"type": "divider"},
    "figure [role=img][aria-label='A chart']": {
        "type": "image",
        "slack_file": {"id": cast.CHART},
        "alt_text": "A chart",
    },
    ".rich:has-text('said *so*')": rich(said("said *so*")),
    "pre:has-text('  b')": rich(PREFORMATTED),
    "ul li:nth-child(2):has-text('two')": rich(LISTED),
    "blockquote:has-text('quoted')": rich(QUOTED),
    "td.right:text-is('7')": {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": "Entry"}], [{"type": "raw_text", "text": "7"}]],
        "column_settings": [{"align": "right"}],
    },
    ".plan h4:text-is('Investigating') + .task [aria-label=done]": {
        "type": "plan",
        "title": "Investigating",
        "tasks": [CARD | {"output": rich(said("96 %")), "sources": [{"type": "url", "url": "https://a", "text": "q"}]}],
    },
    ".block > .task.error:has-text('alone')": CARD | {"task_id": "u", "title": "alone", "status": "error"},
    ".markdown li:has-text('point') b": {
        "type": "markdown",
        "text": "## Title\n- point **one**\n\n| a |\n|---|\n| b |",
    },
}


async def test_every_kind_of_block_is_drawn(scene):
    ts = await scene.post(list(KINDS.values()))
    message = scene.message(ts)
    for there in KINDS:
        await expect(message.locator(there).first).to_be_attached()
    await expect(message.locator(".unknown")).to_have_count(0)


@pytest.mark.skipif(not STORYBOARD.exists(), reason="the storyboard is not beside this checkout")
async def test_the_storyboards_messages_are_drawn_whole_and_fit(scene):
    root = None
    for file in sorted(STORYBOARD.glob("*.json"), key=lambda file: not file.name.startswith("root-")):
        given = json.loads(file.read_text())
        if given.get("type") not in ("modal", "home"):
            ts = await scene.post(given["blocks"], text=given["text"], metadata=given["metadata"], thread_ts=root)
            root = root or ts
    await expect(scene.message(ts, scene.thread)).to_be_visible()
    await expect(scene.tab.locator(".unknown")).to_have_count(0)
    for pane in (scene.channel, scene.thread):
        wide = "panes => panes.filter(pane => pane.scrollWidth > pane.clientWidth).map(pane => pane.outerHTML)"
        assert await pane.locator(".message, .message .text, .fields").evaluate_all(wide) == []
    assert await scene.tab.evaluate("document.documentElement.scrollWidth") == 1280


async def test_mrkdwn_reads_as_in_slack(scene):
    text = (
        "*bold `code`* _it_ ~gone~ 2*3*4 a_b_c <https://x.example/?a=1&amp;b=2|link> <@U07PRIYA0R1> <#C07RELEASES> "
        "<!subteam^S07CHECKAP1> :no_entry: :nonsense: &lt;b&gt; "
        "<!date^1795486024^{date_short} {time_secs}|24 Nov 2026 02:07:04 UTC>\n>quoted *one*\n>two\nafter"
    )
    body = scene.message(await scene.post([mrkdwn(text)])).locator(".section .text")
    words = "bold code it gone 2*3*4 a_b_c link @Priya Raman #releases @checkout-approvers ⛔ :nonsense: <b> "
    await expect(body).to_have_text(f"{words}Nov 24, 2026 02:07:04quoted one twoafter")
    await expect(body.locator("b > code, i, s, blockquote > b, .mention")).to_have_count(7)
    await expect(body.locator("a")).to_have_attribute("href", "https://x.example/?a=1&b=2")


async def test_an_ephemeral_message_is_shown_to_its_person_alone(scene):
    root = await scene.post(text="root")
    for thread in (None, root):
        await scene.bot.chat_postEphemeral(channel=cast.INCIDENTS, user=cast.TOM, text="Not counted", thread_ts=thread)
    await scene.post(text="in the thread", thread_ts=root)
    await expect(scene.thread).to_contain_text("in the thread")
    await expect(scene.tab.locator(".ephemeral")).to_have_count(0)
    await scene.act_as("Tom Becker")
    await expect(scene.channel.locator(".ephemeral")).to_contain_text("Only visible to you")
    await expect(scene.thread.locator(".ephemeral")).to_contain_text("Not counted")
    await scene.act_as("Maya Okafor")
    await expect(scene.tab.locator(".ephemeral")).to_have_count(0)


async def test_hostile_text_stays_text_wherever_it_comes_from(scene):
    links = "<javascript:hacked=1|x> <data:text/html,x|y> [x](javascript:hacked=1) <https://ok.example/|*ok*>"
    cell = {"type": "raw_text", "text": HOSTILE}
    await scene.post(
        [
            {"type": "header", "text": {"type": "plain_text", "text": HOSTILE[:150]}},
            mrkdwn(HOSTILE),
            mrkdwn(links),
            {"type": "markdown", "text": f"{HOSTILE}\n\n{links}"},
            rich(said(HOSTILE), said("link") | {"elements": [{"type": "link", "url": "javascript:hacked=1"}]}),
            {"type": "table", "rows": [[cell], [cell]]},
            {"type": "actions", "elements": [button(HOSTILE[:75], action_id="x", confirm=CONFIRM)]},
        ],
        text=HOSTILE,
    )
    scene.world.investigated(text=f"{HOSTILE} {links}")
    scene.world.now["faults"][0]["name"] = scene.world.now["release"]["current"] = HOSTILE
    scene.world.now["entries"][0]["kind"] = HOSTILE
    await expect(scene.channel.locator("table td")).to_have_text(HOSTILE)
    await expect(scene.tab.locator("#record .comment").first).to_contain_text("<script>window.hacked=1</script>")
    await scene.tab.get_by_role("tab", name="Files").click()
    await expect(scene.tab.locator("#record .file")).to_contain_text(HOSTILE)
    targets = await scene.tab.locator("main a, #ledger a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert {target.partition("|")[0] for target in targets} == {"https://ok.example/"}
    assert await scene.tab.locator("main img, main script, #ledger img, #bar img").count() == 0
    assert await scene.tab.evaluate("window.hacked") is None


async def test_edits_deletions_and_days_are_shown(scene):
    said = scene.slack.people.message(cast.PRIYA, cast.INCIDENTS, "Reading the proposal")
    gone = scene.slack.people.message(cast.PRIYA, cast.INCIDENTS, "wrong room")
    await expect(scene.message(gone.ts)).to_be_visible()
    await expect(scene.message(said.ts).locator(".avatar")).to_have_text("PR")
    await expect(scene.message(said.ts).locator(".app")).to_have_count(0)
    await expect(scene.channel.locator(".day")).to_have_count(1)
    scene.slack.people.edit(cast.PRIYA, cast.INCIDENTS, said.ts, "Reading it now")
    scene.slack.people.delete(cast.PRIYA, cast.INCIDENTS, gone.ts)
    await expect(scene.message(said.ts)).to_contain_text("Reading it now(edited)")
    await expect(scene.message(gone.ts)).to_have_count(0)


async def test_an_edit_leaves_every_other_message_and_the_focus_where_they_are(scene):
    still, edited = await scene.post(text="still"), await scene.post([KINDS[".actions .danger"]])
    await expect(scene.message(edited)).to_be_visible()
    await scene.message(still).evaluate("node => node.mark = 'same'")
    await scene.message(edited).get_by_role("button", name="Veto").focus()
    blocks = [mrkdwn("new"), KINDS[".actions .danger"]]
    await scene.bot.chat_update(channel=cast.INCIDENTS, ts=edited, text="x", blocks=blocks)
    await expect(scene.message(edited)).to_contain_text("new")
    assert await scene.message(still).evaluate("node => node.mark") == "same"
    await expect(scene.message(edited).get_by_role("button", name="Veto")).to_be_focused()
