"""The calls of Slack for modals. A modal opens only in exchange for the trigger of something a person just did.

A trigger is worth one modal, for three seconds (docs.slack.dev/interactivity/handling-user-interaction). One that is
lost is no error: whoever wanted to show a form says the same in words.
"""

import structlog

from bot.slack import Slack
from engine.errors import Ambiguous, Permanent, Retryable
from engine.redact import CleanTree

log = structlog.get_logger()


class SlackViews:
    """Opens modals."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def open(self, trigger: str, view: CleanTree) -> bool:
        """Show this modal; False where Slack did not, or does not say. Never tried again: the trigger is spent."""
        try:
            await self._slack.write("views.open", "", {"trigger_id": trigger, "view": view.value})
        except (Retryable, Ambiguous, Permanent) as err:
            late = "trigger" in str(err) or not isinstance(err, Permanent)
            tell = log.info if late else log.warning
            tell("a form was not opened", form=view.value["callback_id"], says=str(err))
            return False
        return True
