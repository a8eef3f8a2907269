// Holds what the workspace's feed has told: people, conversations, messages; answers questions about them.
// Draws nothing and sends nothing. The feed's shapes: docs/slack-stand-in.md.

export class Chat {
  /** dismissed: what people took off their page, as `dismiss` noted it. */
  constructor(dismissed = []) {
    this.dismissed = new Set(dismissed);
    this.#take({ channels: [], users: [], usergroups: [], messages: [], modals: {}, homes: {}, app: { shortcuts: [] } });
  }

  /** Takes one event of the feed: the snapshot, or a change that carries the whole new thing. */
  hear(news) {
    if (news.type === "snapshot") this.#take(news);
    else if (news.type === "modal") this.modals.set(news.user, news.views);
    else if (news.type === "home") this.homes.set(news.user, news.view);
    else if (news.message) this.#change(news);
    else if (news.channel) this.channels.set(news.channel.id, news.channel);
    else if (news.user) this.users.set(news.user.id, news.user);
    else if (news.usergroup) this.groups.set(news.usergroup.id, news.usergroup);
  }

  #take({ channels, users, usergroups, messages, modals, homes, app }) {
    this.app = app;
    [this.modals, this.homes] = [modals, homes].map((byUser) => new Map(Object.entries(byUser)));
    const byId = (things) => new Map(things.map((thing) => [thing.id, thing]));
    [this.channels, this.users, this.groups] = [channels, users, usergroups].map(byId);
    this.messages = new Map();
    for (const message of messages) this.#put(message);
  }

  #change({ type, message }) {
    // A deleted message that has replies stays as a tombstone, as in Slack.
    if (type === "message_deleted" && message.subtype !== "tombstone") this.messages.get(message.channel)?.delete(message.ts);
    else this.#put(message);
  }

  /** Adds a message or replaces the one with its ts; the feed sends new ones in the order of their ts. */
  #put(message) {
    if (!this.messages.has(message.channel)) this.messages.set(message.channel, new Map());
    this.messages.get(message.channel).set(message.ts, message);
  }

  /** Nobody sees this message from now on; only for one that a single person saw. */
  dismiss({ channel, ts }) {
    this.dismissed.add(`${channel} ${ts}`);
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
    const sees = ({ ephemeral_to: only, ts }) => !only || (only === me && !this.dismissed.has(`${channel} ${ts}`));
    return [...(this.messages.get(channel)?.values() ?? [])].filter(sees);
  }

  name(userId) {
    return this.users.get(userId)?.real_name;
  }

  /** Who wrote a message: {id, name, isBot}. */
  author({ user, bot_id: bot }) {
    return { id: user, name: this.name(user) ?? user, isBot: Boolean(bot) || Boolean(this.users.get(user)?.is_bot) };
  }

  userNamed(name) {
    return [...this.users.values()].find((user) => user.real_name === name);
  }

  /** The app's shortcuts of one kind, "message" or "global": [{name, callback_id, description}]. */
  shortcuts(kind) {
    return this.app.shortcuts.filter((shortcut) => shortcut.kind === kind);
  }

  /** The direct conversation of this person with the app, once there is one. */
  withApp(me) {
    return [...this.channels.values()].find((room) => isDirect(room) && room.members.includes(me) && room.members.includes(this.app.user));
  }

  /**
   * The conversations this person has, in the sidebar's order: [{title, rooms: [{id, name, sign}]}].
   * An app with a Home tab is one row, HOME, for its home and its conversation (`room`, once there is one).
   */
  rooms(me) {
    const own = this.app.home_tab ? this.withApp(me) : null;
    const all = [...this.channels.values()].filter((room) => room.members.includes(me) && !room.archived && room !== own);
    const home = this.app.home_tab ? [{ id: HOME, name: this.app.name, sign: "", room: own?.id }] : [];
    const direct = all.filter(isDirect).map((room) => ({ ...this.partner(room, me), id: room.id, sign: "" }));
    const byName = (one, other) => one.name.localeCompare(other.name);
    return [
      { title: "Channels", rooms: all.filter((room) => !isDirect(room)).map(({ id, name }) => ({ id, name, sign: "# " })).sort(byName) },
      { title: "Direct", rooms: direct.filter((room) => !room.isBot).sort(byName) },
      { title: "Apps", rooms: [...home, ...direct.filter((room) => room.isBot)].sort(byName) },
    ].filter(({ rooms }) => rooms.length);
  }

  /** The other one of a direct conversation. */
  partner(room, me) {
    const other = this.users.get(room.members.find((id) => id !== me));
    return { name: other?.real_name ?? room.id, isBot: Boolean(other?.is_bot) };
  }

  /** A room's name with its sign, "# incidents" or the partner's name. */
  title(channel, me) {
    if (channel === HOME) return this.app.name;
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

const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;
// Where the app's Home tab is shown; no conversation has this id.
export const HOME = "home";
export const isDirect = (room) => room.kind === "im";
