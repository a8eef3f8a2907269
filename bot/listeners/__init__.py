"""The doors of Slack: one file a surface. A listener reads the payload into our words, calls once, stops.

`EVENTS`, `ACTIONS`, `COMMANDS` and `VIEWS` are the table of contents; a test holds them against `manifest.yml`, both
ways: an event without a listener is delivered again and again, and a listener without a subscription never hears
anything.
"""

from slack_bolt.async_app import AsyncApp

from bot.listeners import actions, commands, mentions, reactions, submissions
from bot.listeners.doors import Doors, ack_first, replay, stored

EVENTS = ("app_mention", "reaction_added", "reaction_removed")
ACTIONS = (
    "wk_proposal_approve",
    "wk_proposal_veto",
    "wk_proposal_open",
    "wk_question_send",
    "wk_question_stop",
    "wk_veto_reason_give",
)
VIEWS = ("wk_veto_reason",)
COMMANDS = ("/watch",)
__all__ = ["ACTIONS", "COMMANDS", "EVENTS", "VIEWS", "Doors", "register", "replay"]


def register(app: AsyncApp, doors: Doors, command: str = "/watch") -> None:
    """Hang every listener on the app. Storing comes before any acknowledgement."""
    app.middleware(stored(doors, submissions.faults))
    app.command(command, middleware=[ack_first])(commands.listener(doors))
    app.event("app_mention")(mentions.listener(doors))
    app.event("reaction_added")(reactions.listener(doors, added=True))
    app.event("reaction_removed")(reactions.listener(doors, added=False))
    app.action("wk_proposal_approve", middleware=[ack_first])(actions.listener(doors, approves=True))
    app.action("wk_proposal_veto", middleware=[ack_first])(actions.listener(doors, approves=False))
    app.action("wk_proposal_open", middleware=[ack_first])(actions.opened(doors))
    app.action("wk_question_send", middleware=[ack_first])(actions.question(doors, sends=True))
    app.action("wk_question_stop", middleware=[ack_first])(actions.question(doors, sends=False))
    app.action("wk_veto_reason_give", middleware=[ack_first])(actions.give_reason(doors))
    app.view_submission("wk_veto_reason", middleware=[ack_first])(submissions.reason(doors))
    app.view_closed("wk_veto_reason", middleware=[ack_first])(submissions.later(doors))
