"""A channel of its own for an incident: opened once, its header kept true, archived when it is due.

What became of it is an entry, and the narrator posts where the ledger says. The channel's intent is a row as that of a
message: `channel` is the name that is tried, and both it and `ts` the id once it is there. After an unknown outcome the
same name is tried again: taken, and made by this app for this operation, it is ours, so there are never two. What Slack
refuses switches off only itself; without the channel everything goes on in the shared one. It is due by the close's own
time in the ledger, so a restart changes nothing.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from bot.settings_channel import OwnChannelSettings
from bot.slack import Slack
from bot.slack_channels import NameTaken, SlackChannels
from bot.teller import LOOK_SOON
from bot.told import AGAIN, Told
from bot.views.own_channel import bookmarks, channel_name, purpose, topic
from bot.views.scene import Scene
from engine.desk import Desk
from engine.errors import Ambiguous, Permanent, Retryable
from engine.incident import State
from engine.ledger import Draft
from engine.model import Kind, OwnChannel
from engine.store.messages import Messages

log = structlog.get_logger()
SLOT = "channel"
NAMES = 5  # tried, each of which somebody else has
CLOCKS_APART = 60.0


class OwnChannels:
    """Opens, keeps and ends the channels of the incidents that this process shows."""

    def __init__(
        self,
        slack: Slack,
        desk: Desk,
        settings: OwnChannelSettings,
        late: float,
        operation: Callable[[State, str], str],
    ) -> None:
        """`late`: seconds after which nothing late can land. `operation`: the operation id of a slot."""
        self._slack = slack
        self._channels = SlackChannels(slack)
        self._ledger = desk.ledger
        self._clock = desk.clock
        self._messages = Messages(desk.ledger.db)
        self._settings = settings
        self._late = late
        self._operation = operation

    async def open(self, state: State, told: Told) -> float | None:
        """See that it is opened. Seconds until it is decided whether there is one; None: it is, or none is wanted."""
        severity = state.triage.severity if state.triage else None
        if state.own_channel or state.closed or severity not in self._settings.severities:
            return None
        try:
            there, name = await self._made(state, told)
        except (Retryable, Ambiguous) as err:
            log.info("a channel is not there yet", incident=state.number, says=str(err))
            return max(LOOK_SOON, getattr(err, "after", 0.0))
        except Permanent as err:
            log.warning("an incident has no channel of its own", incident=state.number, says=str(err))
            await self._enter(state, told, "opened", OwnChannel(state="refused", says=str(err)))
            return 0.0
        after = self._settings.archive_after
        whole = after if after < float("inf") else None
        opened = OwnChannel(state="opened", id=there, name=name, archive_after=whole)
        await self._enter(state, told, "opened", opened)
        return 0.0

    async def lost(self, state: State, told: Told, says: str) -> None:
        """It takes no messages any more: from here on they go to the shared channel."""
        if state.own_channel is not None:
            lost = state.own_channel.model_copy(update={"state": "lost", "says": says})
            await self._enter(state, told, "lost", lost)
        told.refused.clear()

    async def welcome(self, state: State, scene: Scene, told: Told) -> None:
        """Invite who decides before the card is posted: a mention reaches members only. `keep` repeats what failed."""
        try:
            await self._deciders(state, scene, told)
        except (Retryable, Ambiguous) as err:
            log.info("who decides is not invited yet", incident=state.number, says=str(err))

    async def keep(self, state: State, scene: Scene, told: Told) -> float | None:
        """Make its header true and invite whom it is for. Seconds until what failed is tried again, or None."""
        own, row = state.own_channel, told.rows.get(SLOT)
        if own is None or not own.takes_messages or row is None or row.ts is None:
            return None
        clean, home = self._ledger.gate.clean, own.id
        try:
            if not row.digest:  # the topic is set last, so all of it was done where that stands
                about = purpose(state, self._operation(state, SLOT))
                await self._softly(told, "purpose", about, lambda: self._channels.purpose(home, clean(about)))
                people = ",".join(await self._people(scene))
                await self._softly(told, "invite", people, lambda: self._invite(home, people))
            await self._deciders(state, scene, told)
            links = [(clean(text), url) for text, url in bookmarks(state, scene)]
            await self._softly(told, "bookmarks", repr(links), lambda: self._channels.bookmarks(home, links))
            words = topic(state, scene)
            if row.digest != _digest(words):
                await self._softly(told, "topic", words, lambda: self._channels.topic(home, clean(words)))
                await self._messages.shown(row, state.n, _digest(words))
                told.rows[SLOT] = replace(row, shown_n=state.n, digest=_digest(words))
        except (Retryable, Ambiguous) as err:
            log.info("a channel's header is not true yet", incident=state.number, says=str(err))
            return max(AGAIN, getattr(err, "after", 0.0))
        return None

    async def archive(self, state: State, told: Told) -> float | None:
        """Archive it when it is due, nothing else being left to do. Seconds until then; None: nothing is to be done."""
        own = state.own_channel
        if own is None or own.state != "opened" or own.archive_after is None or state.closed is None:
            return None
        left = (state.closed.at + own.lasts - await self._ledger.now()).total_seconds()
        if left > 0:
            return left
        done = own.model_copy(update={"state": "archived"})
        try:
            await self._channels.archive(own.id)
        except (Retryable, Ambiguous) as err:
            return max(AGAIN, getattr(err, "after", 0.0))
        except Permanent as err:
            log.warning("a channel is not archived", incident=state.number, says=str(err))
            done = own.model_copy(update={"state": "kept", "says": str(err)})
        await self._enter(state, told, "archived", done)
        return 0.0

    async def _made(self, state: State, told: Told) -> tuple[str, str]:
        """Id and name of the channel that is there. Raises what `SlackChannels.create` raises."""
        row = told.rows.get(SLOT)
        if row is not None and row.ts is not None:  # made, and its entry was not written any more
            return row.ts, await self._channels.name(row.ts)
        names = [channel_name(state, self._settings.name, again) for again in range(1, NAMES + 1)]
        first = names.index(row.channel) if row and row.channel in names else 0
        for name in names[first:]:
            operation, private = self._operation(state, SLOT), self._settings.private
            row = await self._messages.intend(told.owner, state.number, SLOT, operation, name)
            told.rows[SLOT] = row
            try:
                there: str | None = await self._channels.create(self._ledger.gate.clean(name), private=private)
            except NameTaken:
                there = self._ours(state, told, name, await self._channels.find(name, private=private))
            if there is not None:
                told.rows[SLOT] = await self._messages.landed(row, there, 0, "", channel=there)
                return there, name
        raise Permanent(f"the names {names[0]} to {names[-1]} are taken")

    def _ours(self, state: State, told: Told, name: str, found: Mapping[str, Any] | None) -> str | None:
        """The id of a channel whose name is taken, where an earlier attempt of ours took it; None: somebody else's.

        Raises `Retryable` while it cannot be seen and may still be ours.
        """
        if found is None:
            since = told.taken.setdefault(name, self._clock.monotonic())
            if self._clock.monotonic() - since < self._late:
                raise Retryable(f"the channel {name} is taken, and not seen yet", after=LOOK_SOON)
            return None
        about = str((found.get("purpose") or {}).get("value", ""))
        since_opened = float(found.get("created", 0)) + CLOCKS_APART >= state.entries[0].at.timestamp()
        named = self._operation(state, SLOT) in about or (not about and since_opened)
        return str(found["id"]) if self._channels.is_mine(found) and named else None

    async def _people(self, scene: Scene) -> list[str]:
        """The user ids of everybody who is invited."""
        invite = self._settings.invite
        watch = scene.watch if invite.on_call else None
        refs = {watch.ref} if watch and watch.ref else set()
        for group in filter(None, (invite.group, watch.group if watch else "")):
            refs |= await self._slack.group(group, 60.0)
        return sorted({*invite.users, *(ref.removeprefix("slack:") for ref in refs)})

    async def _deciders(self, state: State, scene: Scene, told: Told) -> None:
        """Invite whoever may approve what waits, once a proposal: of a rule as of an action."""
        own = state.own_channel
        for decided in state.waiting if own is not None and own.takes_messages else ():
            slot, proposal = f"invite/{decided.n}", decided.proposal
            if own is None or slot in told.kept:
                continue
            watch = scene.on_call.get(proposal.on_call)
            refs = {*scene.approvers.get(proposal.op, ()), *([watch.ref] if watch and watch.ref else [])}
            for group in filter(None, (proposal.approvers_mention, watch.group if watch else "")):
                refs |= await self._slack.group(group, 60.0)
            people = ",".join(sorted(ref.removeprefix("slack:") for ref in refs))
            await self._softly(told, slot, people, partial(self._invite, own.id, people))

    async def _invite(self, channel: str, people: str) -> None:
        if people:
            await self._channels.invite(channel, people.split(","))

    async def _softly(self, told: Told, what: str, wanted: str, call: Callable[[], Awaitable[None]]) -> None:
        """Do it once for what is wanted; what Slack refuses is said and left out."""
        if told.kept.get(what) == wanted:
            return
        try:
            await call()
        except Permanent as err:
            log.warning("a channel goes without", what=what, says=str(err))
        told.kept[what] = wanted

    async def _enter(self, state: State, told: Told, key: str, own: OwnChannel) -> None:
        draft = Draft(f"channel/{key}", Kind.CHANNEL, own.to_json(), "narrator", owner=told.owner)
        await self._ledger.append(state.number, draft)


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16]
