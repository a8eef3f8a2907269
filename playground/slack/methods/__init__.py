"""Every Web API method the stand-in has, with its scopes and rate tier as Slack documents them.

One function per method, one file per family; a method that is not in this table is `unknown_method`.
Source: https://docs.slack.dev/reference/methods, tiers: https://docs.slack.dev/apis/web-api/rate-limits
"""

from playground.slack.methods import (
    auth,
    bookmarks,
    channels,
    chat,
    conversations,
    files,
    pins,
    reactions,
    streams,
    usergroups,
    users,
    views,
)
from playground.slack.web_api import Method

TIER_2, TIER_3, TIER_4 = 20, 50, 100
SPECIAL = 0
# Tier 1 in the documentation, which lets bursts through: an app with ten sockets opens ten at once.
CONNECTIONS = 20

_HISTORY = ("channels:history", "groups:history", "im:history")
_READ = ("channels:read", "groups:read", "im:read")
_WRITE = ("chat:write",)
_MANAGE = ("channels:manage", "groups:write")
_INVITE = (*_MANAGE, "channels:write.invites", "groups:write.invites")
_DESCRIBE = (*_MANAGE, "channels:write.topic", "groups:write.topic")

METHODS: dict[str, Method] = {
    "apps.connections.open": Method(auth.connections_open, ("connections:write",), CONNECTIONS, by="app"),
    "auth.test": Method(auth.test, (), 600),
    "bookmarks.add": Method(bookmarks.add, ("bookmarks:write",), TIER_2),
    "bookmarks.edit": Method(bookmarks.edit, ("bookmarks:write",), TIER_2),
    "bookmarks.list": Method(bookmarks.listed, ("bookmarks:read",), TIER_3),
    "bookmarks.remove": Method(bookmarks.remove, ("bookmarks:write",), TIER_2),
    "chat.appendStream": Method(streams.append, _WRITE, TIER_4),
    "chat.delete": Method(chat.delete, _WRITE, TIER_3),
    "chat.getPermalink": Method(chat.get_permalink, (), 600),
    "chat.postEphemeral": Method(chat.post_ephemeral, _WRITE, TIER_4),
    "chat.postMessage": Method(chat.post_message, _WRITE, SPECIAL),
    "chat.startStream": Method(streams.start, _WRITE, TIER_2),
    "chat.stopStream": Method(streams.stop, _WRITE, TIER_2),
    "chat.update": Method(chat.update, _WRITE, TIER_3),
    "conversations.archive": Method(channels.archive, _MANAGE, TIER_2),
    "conversations.create": Method(channels.create, _MANAGE, TIER_2),
    "conversations.history": Method(conversations.history, _HISTORY, TIER_3),
    "conversations.info": Method(conversations.info, _READ, TIER_3),
    "conversations.invite": Method(channels.invite, _INVITE, TIER_3),
    "conversations.join": Method(channels.join, ("channels:join",), TIER_3),
    "conversations.list": Method(conversations.listed, _READ, TIER_2),
    "conversations.members": Method(conversations.members, _READ, TIER_4),
    "conversations.open": Method(conversations.opened, ("im:write",), TIER_3),
    "conversations.replies": Method(conversations.replies, _HISTORY, TIER_3),
    "conversations.setPurpose": Method(channels.set_purpose, _DESCRIBE, TIER_2),
    "conversations.setTopic": Method(channels.set_topic, _DESCRIBE, TIER_2),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",), TIER_4),
    "files.getUploadURLExternal": Method(files.get_upload_url, ("files:write",), TIER_4),
    "files.info": Method(files.info, ("files:read",), TIER_4),
    "pins.add": Method(pins.add, ("pins:write",), TIER_2),
    "pins.list": Method(pins.listed, ("pins:read",), TIER_2),
    "pins.remove": Method(pins.remove, ("pins:write",), TIER_2),
    "reactions.add": Method(reactions.add, ("reactions:write",), TIER_3),
    "reactions.get": Method(reactions.get, ("reactions:read",), TIER_3),
    "reactions.remove": Method(reactions.remove, ("reactions:write",), TIER_2),
    "usergroups.list": Method(usergroups.listed, ("usergroups:read",), TIER_2),
    "usergroups.users.list": Method(usergroups.users_listed, ("usergroups:read",), TIER_2),
    "users.info": Method(users.info, ("users:read",), TIER_4),
    "users.list": Method(users.listed, ("users:read",), TIER_2),
    "views.open": Method(views.opened, (), TIER_4),
    "views.publish": Method(views.published, (), TIER_4),
    "views.push": Method(views.pushed, (), TIER_4),
    "views.update": Method(views.updated, (), TIER_4),
}
