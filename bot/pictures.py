"""What a workspace shows of our messages: which kinds of blocks it refuses, and the pictures drawn in a chart's place.

What is refused once is remembered for this workspace until the process ends. Drawing and uploading go on beside the
telling of the incident, which never waits for them. A file is recorded as a message is: an upload whose answer is lost
is made again, and the first one is seen by nobody.
"""

import asyncio
from dataclasses import replace
from typing import Literal

import structlog

from bot.chart_picture import draw
from bot.slack_files import SlackFiles
from bot.told import AGAIN, Told
from bot.views.chart import Chart
from bot.views.plainer import plainer, refused_kind
from bot.views.scene import Message
from engine.desk import Desk
from engine.errors import Ambiguous, NotOwner, Permanent, Retryable, Unavailable
from engine.model import Owner
from engine.redact import Gate
from engine.store.messages import Messages, Posted

log = structlog.get_logger()
Charts = Literal["auto", "image", "off"]
TRIES = 5  # Slack looks at a new file for a moment before a message may show it


class Pictures:
    """Of one workspace."""

    def __init__(self, files: SlackFiles, desk: Desk, charts: Charts) -> None:
        """`charts`: Slack's own as long as it takes them, pictures at once, or none."""
        self._files = files
        self._desk = desk
        self._messages = Messages(desk.ledger.db)
        self._draws = charts != "off"
        self._refused: set[str] = set() if charts == "auto" else {"data_visualization"}
        self._given_up: set[str] = set()  # charts whose picture Slack will not have
        self._tries: dict[str, int] = {}
        self._drawing: dict[tuple[int, str], asyncio.Task[None]] = {}

    def dress(self, message: Message, told: Told, incident: int) -> Message:
        """The message as this workspace takes it; a picture that it needs is drawn beside, if there is none."""
        there = {c.id: told.rows[c.id].ts for c in message.charts if c.id in told.rows}
        files = {id_: file for id_, file in there.items() if file and id_ not in self._given_up}
        root = told.rows.get("root")
        if self._draws and root is not None and "data_visualization" in self._refused:
            for chart in message.charts:
                if chart.id not in files and chart.id not in self._given_up:
                    self._begin(chart, told, incident, root.channel)
        return plainer(message, self._refused, files)

    def left(self, incident: int) -> float | None:
        """Seconds until it is worth another look at an incident whose picture is being made; None without one."""
        return AGAIN if any(of == incident for of, _ in self._drawing) else None

    def learns(self, message: Message, err: Permanent) -> float | None:
        """Whether Slack refused a kind of block: seconds until the message may be shown without it, else None."""
        kind = refused_kind(message, str(err))
        if kind == "image":
            return self._image(message, err)
        if not kind or kind in self._refused:
            return None
        log.warning("Slack refuses a kind of block here; it is shown otherwise", kind=kind, says=str(err))
        self._refused.add(kind)
        return 0.0

    def _image(self, message: Message, err: Permanent) -> float:
        for chart in message.charts:
            self._tries[chart.id] = self._tries.get(chart.id, 0) + 1
            if self._tries[chart.id] >= TRIES:
                log.warning("Slack does not show a picture of ours", slot=message.slot, says=str(err))
                self._given_up.add(chart.id)
        return AGAIN

    def _begin(self, chart: Chart, told: Told, incident: int, channel: str) -> None:
        if (incident, chart.id) not in self._drawing:
            work = self._make(chart, told, incident, channel)
            self._drawing[incident, chart.id] = asyncio.create_task(work, name=f"picture-{incident}")

    async def aclose(self) -> None:
        """Stop what is being drawn."""
        tasks = list(self._drawing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, chart: Chart, told: Told, incident: int, channel: str) -> None:
        try:
            told.rows[chart.id] = await self._upload(chart, told.owner, incident, channel)
        except (Retryable, Ambiguous, Unavailable) as err:
            log.info("a picture is not there yet", incident=incident, says=str(err))
            await self._desk.clock.sleep(AGAIN)
        except Permanent as err:
            log.warning("a chart is not shown: does the app have files:write?", incident=incident, says=str(err))
            self._given_up.add(chart.id)
        except NotOwner:
            log.info("a picture is another process's business now", incident=incident)
        finally:
            del self._drawing[incident, chart.id]
            self._desk.ledger.hub.wake([incident], outward=False)

    async def _upload(self, chart: Chart, owner: Owner, incident: int, channel: str) -> Posted:
        gate = self._desk.ledger.gate
        clean = _clean(chart, gate)
        row = await self._messages.intend(owner, incident, chart.id, chart.id, channel)
        picture = await asyncio.to_thread(draw, clean)
        name = f"INC-{incident}-{chart.id.rpartition('/')[2]}.png"
        file = await self._files.put(name, picture, gate.clean(clean.alt[:1000]))
        await self._files.keep(file, gate.clean(clean.title))
        return await self._messages.landed(row, file, 0, "")


def _clean(chart: Chart, gate: Gate) -> Chart:
    """With every text through the gate: what is drawn leaves the house too."""
    name, service, unit = (gate.clean(text) for text in (chart.name, chart.service, chart.unit))
    return replace(chart, name=name, service=service, unit=unit)
