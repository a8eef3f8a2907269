"""Slack's free plan: everything works there; what only a paid plan has is told, and people go on without it."""

import re

from playground.person import Person, Slack
from playground.slack import cast
from tests.bot.command import ROOT
from tests.stories.light import LightWorld


async def test_without_user_groups_those_who_are_listed_decide_and_nobody_else(
    stage: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    await slack.tell("plan", paid=False)
    stage.tree["actions"]["rollback-release"]["approvers"]["users"] = [cast.PRIYA]
    await stage.start()
    card = await stage.proposed()
    await maya.reacts("✅", card)
    await maya.is_told("Your ✅ on 2041/12 does not count", "Priya Raman")
    await priya.reacts("✅", card)
    await slack.expects("Approved", "Priya Raman", "1 of 1", ts=card.ts)
    assert (await stage.ends()).closed
    assert f'"group": "{cast.CHECKOUT_APPROVERS}"' in stage.says()
    assert "none of its members may approve" in stage.says()
    code, words = await stage.runs("doctor")
    assert "user groups need a paid plan, list the members instead" in words, words
    assert code == 0, "a group that cannot be read is no failure while enough are listed by name"


def test_each_fallback_names_a_test_that_is_there() -> None:
    page = (ROOT / "docs/slack.md").read_text("utf-8").partition("## The free plan")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!Needs|---).*\|$", page, re.MULTILINE)
    assert rows
    for row in rows:
        for file, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row) or [("", "")]:
            assert file, f"no test is named: {row}"
            assert f"def {name}(" in (ROOT / file).read_text("utf-8"), row
