"""The faults that a person can switch in the demo, each at the stand-in or process that it belongs to."""

import signal
from collections.abc import Callable
from dataclasses import dataclass

from playground.demo.children import Child
from playground.page.world import Fault, Refused
from playground.slack import SlackStandIn
from playground.slack.faults import Match
from playground.vendors.github import GitHubStandIn

FOR_EVER = 10**9
LIMITED = ("chat.postMessage", "chat.update")


@dataclass(slots=True)
class Switch:
    """One fault: its words, long and short, and what turns it on and off."""

    name: str
    short: str
    turn: Callable[[bool], None]
    on: bool = False


class Switches:
    """Every fault of the demo."""

    def __init__(self, slack: SlackStandIn, github: GitHubStandIn, logs: Child) -> None:
        self._slack = slack
        self._github = github
        self._logs = logs
        self._github_fault: int | None = None
        self._all = {
            "github_down": Switch("GitHub answers 503", "GitHub", self._github_down),
            "slack_429": Switch("Slack limits messages (429)", "Slack 429", self._slack_limits),
            "slack_down": Switch("Slack is down", "Slack", self._slack_down),
            "logs_hang": Switch("The log specialist hangs", "logs", self._logs_hang),
        }

    def listed(self) -> list[Fault]:
        """For the page."""
        return [{"name": s.name, "short": s.short, "key": key, "on": s.on} for key, s in self._all.items()]

    def switch(self, key: str, *, on: bool) -> None:
        """Switch one; switching it twice changes nothing. Raises `Refused` for one that is not known."""
        switch = self._all.get(key)
        if switch is None:
            raise Refused(f"There is no fault {key}.")
        if switch.on != on:
            switch.turn(on)
            switch.on = on

    def _github_down(self, on: bool) -> None:
        if on:
            self._github_fault = self._github.faults.add("down", times=None).id
        else:
            self._github.faults.clear(self._github_fault)

    def _slack_limits(self, on: bool) -> None:
        faults = self._slack.faults
        faults.faults[:] = [fault for fault in faults.faults if fault.kind != "429"]
        for method in LIMITED if on else ():
            faults.spoil("429", Match(method), times=FOR_EVER, retry_after=2)

    def _slack_down(self, on: bool) -> None:
        self._slack.control.down = on
        if on:
            self._slack.sockets.cut()

    def _logs_hang(self, on: bool) -> None:
        self._logs.signal(signal.SIGSTOP if on else signal.SIGCONT)
