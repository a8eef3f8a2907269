// Holds what the workspace's feed has told: people, conversations, messages; answers questions about them.
// Draws nothing and sends nothing. The feed's shapes: docs/slack-stand-in.md.

export class Chat {
  constructor() {
    this.take({ channels: [], users: [], usergroups: [], messages: [] });
  }

  /** Replaces everything by a snapshot. */
  take({ workspace = {}, channels, users, usergroups = [], messages }) {
    this.workspace = workspace;
    this.users = new Map(users.map((user) => [user.id, user]));
    this.bots = new Map(users.filter((user) => user.profile?.bot_id).map((user) => [user.profile.bot_id, user]));
    this.channels = new Map(channels.map((channel) => [channel.id, channel]));
    this.groups = new Map(usergroups.map((group) => [group.id, group]));
    this.messages = new Map();
    for (const message of messages) this.put(message);
  }

  /** Adds a message or replaces the one with its ts; the order is that of the ts. */
  put(message) {
    const room = this.messages.get(message.channel) ?? new Map();
    room.set(message.ts, message);
    this.messages.set(message.channel, new Map([...room].sort(([one], [other]) => (one < other ? -1 : 1))));
  }

  remove(channel, ts) {
    this.messages.get(channel)?.delete(ts);
  }

  get(channel, ts) {
    return this.messages.get(channel)?.get(ts);
  }

  /** The channel's own messages that this person sees, oldest first. */
  inChannel(channel, me) {
    return this.#seen(channel, me).filter((message) => !isReply(message) || message.subtype === "thread_broadcast");
  }

  /** The root and its replies that this person sees, oldest first. */
  inThread(channel, root, me) {
    return this.#seen(channel, me).filter((message) => message.ts === root || message.thread_ts === root);
  }

  #seen(channel, me) {
    return [...(this.messages.get(channel)?.values() ?? [])].filter((message) => !message.ephemeral_to || message.ephemeral_to === me);
  }

  name(userId) {
    const user = this.users.get(userId);
    return user && (user.profile?.display_name || user.real_name || user.name);
  }

  /** Who wrote a message: {id, name, isBot}. */
  author(message) {
    const user = this.users.get(message.user) ?? this.bots.get(message.bot_id);
    const isBot = Boolean(message.bot_id || user?.is_bot);
    return { id: user?.id ?? message.user, name: user ? this.name(user.id) : "Unknown", isBot };
  }

  userNamed(name) {
    return [...this.users.values()].find((user) => user.real_name === name);
  }

  /** The conversations this person has, in the sidebar's order: [{title, rooms: [{id, name, sign}]}]. */
  rooms(me) {
    const all = [...this.channels.values()].filter((room) => !room.members || room.members.includes(me));
    const direct = all.filter(isDirect).map((room) => ({ ...this.partner(room, me), id: room.id, sign: "" }));
    const byName = (one, other) => one.name.localeCompare(other.name);
    return [
      { title: "Channels", rooms: all.filter((room) => !isDirect(room)).map(({ id, name }) => ({ id, name, sign: "# " })).sort(byName) },
      { title: "Direct", rooms: direct.filter((room) => !room.isBot).sort(byName) },
      { title: "Apps", rooms: direct.filter((room) => room.isBot).sort(byName) },
    ].filter(({ rooms }) => rooms.length);
  }

  /** The other one of a direct conversation. */
  partner(room, me) {
    const other = this.users.get(room.members?.find((id) => id !== me) ?? room.user);
    return { name: other ? this.name(other.id) : room.id, isBot: Boolean(other?.is_bot) };
  }

  /** A room's name with its sign, "# incidents" or the partner's name. */
  title(channel, me) {
    const room = this.channels.get(channel);
    if (!room) return "";
    return isDirect(room) ? this.partner(room, me).name : `# ${room.name}`;
  }

  /** The message a permalink of this workspace names, as {channel, ts, root}, or null. */
  locate(url) {
    const found = /\/archives\/([CGD][A-Z0-9]+)\/p(\d{10})(\d{6})/.exec(url);
    const message = found && this.get(found[1], `${found[2]}.${found[3]}`);
    return message ? { channel: message.channel, ts: message.ts, root: message.thread_ts ?? message.ts } : null;
  }
}

export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;
export const isDirect = (room) => room.is_im === true || room.kind === "im";
