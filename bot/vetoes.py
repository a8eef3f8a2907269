"""The reason of a veto, as a person gives it: the form that asks, what was entered, and what they are told."""

from bot.scenery import Scenery
from bot.views import answers
from bot.views.answers import Reply
from bot.votes import Votes
from engine.desk import Desk
from engine.model import Category
from engine.oversight.reasons import Reasons


class VetoReasons:
    """`incident` and `of` name the veto's entry, `user` is the chat's id of whoever acts."""

    def __init__(self, desk: Desk, votes: Votes, scenery: Scenery) -> None:
        self._reasons = Reasons(desk)
        self._votes = votes
        self._scenery = scenery

    async def form(self, incident: int, of: int, user: str) -> str | Reply:
        """The form, for whoever vetoed."""
        given = await self._reasons.look(incident, of, await self._votes.person(user))
        return answers.reason_form(given, await self._scenery.scene(given.state))

    async def later(self, incident: int, of: int, user: str) -> str | Reply:
        """The form was closed: the veto stands as it did."""
        given = await self._reasons.look(incident, of, await self._votes.person(user))
        return answers.reason_later(given, await self._scenery.scene(given.state))

    async def give(
        self, incident: int, of: int, user: str, says: str, category: Category, *, lesson: bool, event: str
    ) -> str | Reply:
        """Record what was entered; `event` is the form's own id."""
        person = await self._votes.person(user)
        given = await self._reasons.give(incident, of, person, says, category, lesson=lesson, event=event)
        return answers.reason_given(given, await self._scenery.scene(given.state))
