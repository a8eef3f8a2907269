"""The record as ServiceNow incidents, one per incident, one work note per entry."""

from connectors.memory.servicenow.config import ServiceNowConfig
from connectors.memory.servicenow.incidents import ServiceNow

__all__ = ["ServiceNow", "ServiceNowConfig"]
