"""PagerDuty as a stand-in: stateful, with PagerDuty's own answers, refusals and limits, and faults on demand.

What it is not: no escalation, schedules, responders, merging, log entries, webhooks, and no Events API but one alert.
"""

from playground.vendors.pagerduty.server import PagerDutyStandIn

__all__ = ["PagerDutyStandIn"]
