"""The record as PagerDuty incidents, one note per entry."""

from connectors.memory.pagerduty.config import PagerDutyConfig
from connectors.memory.pagerduty.incidents import PagerDuty

__all__ = ["PagerDuty", "PagerDutyConfig"]
