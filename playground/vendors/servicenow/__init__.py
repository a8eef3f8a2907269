"""ServiceNow as a stand-in: incidents and their journal by the Table API, with its refusals, limits and surprises.

What it is not: no other tables than incident, sys_journal_field and sys_user, no attachments, no import sets, no text
index, no time zones. No official description of the Table API is public; its documentation is the model.
"""

from playground.vendors.servicenow.server import ServiceNowStandIn

__all__ = ["ServiceNowStandIn"]
