"""An answer to one person that says more than words: what can be pressed next, or a form that asks for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.views.parts import FALLBACK, Block, actions, as_spoken, clip_mrkdwn, section


@dataclass(frozen=True, slots=True)
class Reply:
    """`text` is mrkdwn, `buttons` the elements of the row below it.

    `form` is a modal, shown instead wherever the person's own act carries a trigger for one; so the text and the
    buttons have to say and lead to the same.
    """

    text: str
    buttons: tuple[Block, ...] = ()
    form: Mapping[str, Any] | None = None

    def message(self) -> dict[str, Any]:
        """What Slack is sent: blocks where there is something to press, and the text for phones."""
        if not self.buttons:
            return {"text": self.text}
        text = clip_mrkdwn(as_spoken(self.text), FALLBACK)
        return {"text": text, "blocks": [section(self.text), actions(*self.buttons)]}


def told(said: str | Reply) -> Reply:
    """Most answers are words alone, and are written as such."""
    return Reply(said) if isinstance(said, str) else said
