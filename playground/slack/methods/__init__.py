"""Every Web API method the stand-in has, with its scopes and rate tier as Slack documents them.

One function per method, one file per family; a method that is not in this table is `unknown_method`.
Source: https://docs.slack.dev/reference/methods, tiers: https://docs.slack.dev/apis/web-api/rate-limits
"""

from playground.slack.methods import auth, chat, conversations, pins, reactions, usergroups, users
from playground.slack.web_api import Method

TIER_2, TIER_3, TIER_4 = 20, 50, 100
SPECIAL = 0
# Tier 1 in the documentation, which lets bursts through: an app with ten sockets opens ten at once.
CONNECTIONS = 20

_HISTORY = ("channels:history", "groups:history", "im:history")
_READ = ("channels:read", "groups:read", "im:read")
_WRITE = ("chat:write",)

METHODS: dict[str, Method] = {
    "apps.connections.open": Method(auth.connections_open, ("connections:write",), CONNECTIONS, by="app"),
    "auth.test": Method(auth.test, (), 600),
    "chat.delete": Method(chat.delete, _WRITE, TIER_3),
    "chat.getPermalink": Method(chat.get_permalink, (), 600),
    "chat.postEphemeral": Method(chat.post_ephemeral, _WRITE, TIER_4),
    "chat.postMessage": Method(chat.post_message, _WRITE, SPECIAL),
    "chat.update": Method(chat.update, _WRITE, TIER_3),
    "conversations.history": Method(conversations.history, _HISTORY, TIER_3),
    "conversations.info": Method(conversations.info, _READ, TIER_3),
    "conversations.list": Method(conversations.listed, _READ, TIER_2),
    "conversations.members": Method(conversations.members, _READ, TIER_4),
    "conversations.open": Method(conversations.opened, ("im:write",), TIER_3),
    "conversations.replies": Method(conversations.replies, _HISTORY, TIER_3),
    "pins.add": Method(pins.add, ("pins:write",), TIER_2),
    "reactions.add": Method(reactions.add, ("reactions:write",), TIER_3),
    "reactions.get": Method(reactions.get, ("reactions:read",), TIER_3),
    "reactions.remove": Method(reactions.remove, ("reactions:write",), TIER_2),
    "usergroups.list": Method(usergroups.listed, ("usergroups:read",), TIER_2),
    "usergroups.users.list": Method(usergroups.users_listed, ("usergroups:read",), TIER_2),
    "users.info": Method(users.info, ("users:read",), TIER_4),
    "users.list": Method(users.listed, ("users:read",), TIER_2),
}
