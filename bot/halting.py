"""`halt` and `resume` as a person says them: what is done about it, and what they are told.

The message in the channel is the narrator's business; it is made from the entry.
"""

from bot.scenery import Scenery
from bot.views import answers
from bot.votes import Votes
from engine.desk import Desk
from engine.model import Person, Verdict
from engine.oversight.halt import Halts
from engine.published import SYSTEM


class Halting:
    """Turns the words into engine calls and their outcome into an answer."""

    def __init__(self, desk: Desk, halts: Halts, votes: Votes, scenery: Scenery) -> None:
        self._incidents = desk.incidents
        self._halts = halts
        self._votes = votes
        self._scenery = scenery

    async def halt(self, person: Person, reason: str, event: str) -> str:
        """Halt all actions; `event` is the chat's own id of the word."""
        turned = await self._halts.halt(person, reason, event)
        scene = await self._scenery.scene(await self._incidents.state(SYSTEM))
        match turned.verdict:
            case Verdict.COUNTED:
                return answers.halted(scene)
            case Verdict.DECIDED:
                return answers.halted_already(turned.entry, scene)
            case Verdict.NO_RIGHT:
                return answers.not_in_channel()
            case _:
                return answers.outsider()

    async def resume(self, person: Person, event: str) -> str:
        """End the halt."""
        turned = await self._halts.resume(person, event)
        match turned.verdict:
            case Verdict.COUNTED:
                return answers.resumed()
            case Verdict.DECIDED:
                return answers.nothing_halted()
            case Verdict.NO_RIGHT if await self._halts.in_force() is None:
                return answers.nothing_halted()
            case Verdict.NO_RIGHT:
                allowed = await self._votes.decisions.allowed_any()
                return answers.may_not_resume(await self._votes.names(allowed))
            case _:
                return answers.outsider()
