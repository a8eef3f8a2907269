"""The doors of Slack: one file a surface. A listener reads the payload into our words, calls once, stops.

`EVENTS`, `ACTIONS`, `COMMANDS`, `SHORTCUTS` and `VIEWS` are the table of contents; a test holds them against
`manifest.yml`, both ways: an event without a listener is delivered again and again, and a listener without a
subscription never hears anything.
"""

from slack_bolt.async_app import AsyncApp

from bot.listeners import actions, commands, home, mentions, menus, reactions, shortcuts, submissions
from bot.listeners.doors import Doors, ack_first, replay, stored

EVENTS = ("app_home_opened", "app_mention", "reaction_added", "reaction_removed")
ACTIONS = (
    "wk_proposal_approve",
    "wk_proposal_veto",
    "wk_proposal_open",
    "wk_proposal_again",
    "wk_question_send",
    "wk_question_stop",
    "wk_veto_reason_give",
    *menus.PRESSES,
    "wk_declare_note",
    "wk_declare_open",
)
VIEWS = ("wk_veto_reason", *menus.FORMS, "wk_declare")
SHORTCUTS = shortcuts.SHORTCUTS
COMMANDS = ("/watch",)
__all__ = ["ACTIONS", "COMMANDS", "EVENTS", "SHORTCUTS", "VIEWS", "Doors", "register", "replay"]


def register(app: AsyncApp, doors: Doors, command: str = "/watch") -> None:
    """Hang every listener on the app. Storing comes before any acknowledgement."""
    app.middleware(stored(doors, submissions.faults))
    app.command(command, middleware=[ack_first])(commands.listener(doors))
    app.event("app_home_opened")(home.listener(doors))
    app.event("app_mention")(mentions.listener(doors))
    app.event("reaction_added")(reactions.listener(doors, added=True))
    app.event("reaction_removed")(reactions.listener(doors, added=False))
    app.action("wk_proposal_approve", middleware=[ack_first])(actions.listener(doors, approves=True))
    app.action("wk_proposal_veto", middleware=[ack_first])(actions.listener(doors, approves=False))
    app.action("wk_proposal_open", middleware=[ack_first])(actions.opened(doors))
    app.action("wk_proposal_again", middleware=[ack_first])(actions.again(doors))
    app.action("wk_question_send", middleware=[ack_first])(actions.question(doors, sends=True))
    app.action("wk_question_stop", middleware=[ack_first])(actions.question(doors, sends=False))
    app.action("wk_veto_reason_give", middleware=[ack_first])(actions.give_reason(doors))
    app.view_submission("wk_veto_reason", middleware=[ack_first])(submissions.reason(doors))
    app.view_closed("wk_veto_reason", middleware=[ack_first])(submissions.later(doors))
    _menus(app, doors)


def _menus(app: AsyncApp, doors: Doors) -> None:
    """The buttons and menus of an incident, their forms, and what opens an incident."""
    for action_id, word in menus.PRESSES.items():
        app.action(action_id, middleware=[ack_first])(menus.pressed(doors, word))
    for form, word in menus.FORMS.items():
        app.view_submission(form, middleware=[ack_first])(menus.sent(doors, word))
    for callback_id in SHORTCUTS:
        app.shortcut(callback_id, middleware=[ack_first])(shortcuts.chosen(doors))
    app.view_submission("wk_declare", middleware=[ack_first])(shortcuts.sent(doors))
    app.action("wk_declare_open", middleware=[ack_first])(shortcuts.chosen(doors))  # on the Home
    app.action("wk_declare_note", middleware=[ack_first])(shortcuts.noted(doors))
