// The page: takes the two feeds, remembers who acts and what is open, and has every part drawn when something changed.
// Draws nothing itself and decides nothing: what a person does goes to /control/act, what the demo does to /page/do.

import { Chat, HOME, isDirect } from "./chat.js";
import { composer } from "./composer.js";
import { el, keepNewest, reconcile } from "./dom.js";
import { drawPlace, homeItem } from "./home.js";
import { drawLedger } from "./ledger.js";
import { messageItems } from "./messages.js";
import { drawModal } from "./modal.js";
import { notify } from "./notice.js";
import { bring, offerPanes, stayAtNewest } from "./panes.js";
import { drawRecords } from "./records.js";
import { drawSidebar } from "./sidebar.js";
import { listen, post } from "./socket.js";
import { CAST, drawPeople, drawWorld, runClock } from "./topbar.js";

const chat = new Chat(JSON.parse(sessionStorage.getItem("dismissed") ?? "[]"));
// A message follows its entry within moments; only later is it missed.
const YOUNG_MS = 1500;
// `picked`: the thread the reader opened; until then the newest one is shown.
const view = { me: sessionStorage.getItem("me"), channel: null, root: null, picked: null, read: new Map() };
let world = null;
let planned = false;
let pressed = false;

const byId = (id) => document.getElementById(id);
const panes = { channel: document.querySelector("#channel .messages"), thread: document.querySelector("#thread .messages") };

const book = {
  user: (id) => chat.name(id),
  channel: (id) => chat.channels.get(id)?.name,
  group: (id) => chat.groups.get(id)?.handle,
  follow,
};

const act = (what) => post("/control/act", { as: view.me, ...what });
const foot = (pane) => document.querySelector(`#${pane} .foot`);
const lines = {
  channel: composer(foot("channel"), { id: "write", label: "Message the channel", slash: true, people, shortcuts, send: (text) => send(text) }),
  thread: composer(foot("thread"), { id: "reply", label: "Reply in the thread", slash: false, people, send: (text) => send(text, view.root) }),
};

/** Draws once before the next frame, however many things changed; what is being clicked stays until it is. */
function changed() {
  if (planned || pressed) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    if (!pressed) draw();
  });
}

function draw() {
  const cast = CAST.map(([name]) => ({ name, id: chat.userNamed(name)?.id })).filter(({ id }) => id);
  if (!cast.some(({ id }) => id === view.me)) view.me = cast[0]?.id ?? null;
  const rooms = chat.rooms(view.me).flatMap((group) => group.rooms);
  if (!rooms.some(({ id, room }) => id === view.channel || room === view.channel)) go((rooms.find(({ name }) => name === "incidents") ?? rooms[0])?.id ?? null);
  drawPeople(cast, view.me, choosePerson);
  arrive();
  drawSidebar(chat, view, go);
  drawPlace(chat, view, book, openTab);
  drawChannel();
  drawThread();
  drawModal(chat.modals.get(view.me) ?? [], { ...hand(), act, press: onView("modal") });
  drawWorld(world, order);
  drawRecords(world);
  drawLedger(world);
}

function choosePerson(id) {
  view.me = id;
  view.awaited = false;
  sessionStorage.setItem("me", id);
  for (const line of Object.values(lines)) line.say("");
  changed();
}

/** Goes to the conversation with the app once there is one: the feed may tell of it after the answer. */
function arrive() {
  const own = view.awaited && chat.withApp(view.me);
  if (own) Object.assign(view, { channel: own.id, picked: null, awaited: false });
}

function go(channel) {
  view.awaited = false;
  if (channel === HOME && channel !== view.channel) openTab("home");
  if (channel !== view.channel) Object.assign(view, { channel, picked: null });
  panes.channel.scrollTop = panes.channel.scrollHeight;
  changed();
}

/** Opens one of the app's tabs, which the app is told of; its conversation begins when it is first opened. */
async function openTab(tab) {
  const answer = await act({ do: "open_home", tab });
  if (!answer.ok) notify(answer.error);
  else if (tab === "messages") view.awaited = true;
  else Object.assign(view, { channel: HOME, picked: null });
  changed();
}

function drawChannel() {
  foot("channel").hidden = view.channel === HOME;
  if (view.channel === HOME) {
    const home = homeItem(chat.homes.get(view.me) ?? null, chat.app, { ...hand(), press: onView("home") });
    return reconcile(panes.channel, [home]);
  }
  const room = chat.channels.get(view.channel);
  const messages = chat.inChannel(view.channel, view.me);
  view.read.set(view.channel, messages.at(-1)?.ts ?? "0");
  const incidents = room?.name === "incidents";
  const known = incidents && unshown(messages);
  const words = incidents ? "No incident yet. Ship a bad release to break the shop." : "No messages here yet.";
  const items = messageItems(messages, hand());
  if (known || !messages.length) items.push(empty(known || words));
  keepNewest(panes.channel, () => reconcile(panes.channel, items));
  if (room) lines.channel.ask(isDirect(room) ? `Message ${chat.title(view.channel, view.me)}` : `Message #${room.name}, or /watch …`);
  else lines.channel.off("Not connected");
}

/** What to say while the newest incident is in the ledger and not in its channel; "" in the first moments. */
function unshown(messages) {
  const { incident = null, entries = [] } = world ?? {};
  const young = entries.length > 0 && Date.now() - Date.parse(entries[0].at) < YOUNG_MS;
  const shown = messages.some(({ metadata }) => metadata?.event_payload?.incident === incident);
  return !incident || shown || young ? "" : `${incident} is known; Slack does not show it yet.`;
}

function drawThread() {
  view.root = view.picked ?? chat.inChannel(view.channel, view.me).findLast((message) => message.reply_count)?.ts ?? null;
  const messages = view.root ? chat.inThread(view.channel, view.root, view.me) : [];
  const incident = messages[0]?.metadata?.event_payload?.incident;
  byId("thread-name").textContent = messages.length ? `${incident ? `${incident} in ` : ""}${chat.title(view.channel, view.me)}` : "";
  const words = "No thread open. The work of an incident goes on in the thread under its message.";
  const items = messages.length ? messageItems(messages, hand(), { inThread: true }) : [empty(words)];
  keepNewest(panes.thread, () => reconcile(panes.thread, items));
  if (messages.length) lines.thread.ask("Reply, or @watchkeeper …");
  else lines.thread.off("Open a thread to reply");
}

function empty(words) {
  return { key: "empty", print: words, draw: () => el("p", { class: "empty" }, words) };
}

function hand() {
  return { me: view.me, chat, book, react, press, open: openThread, stop, shortcut, dismiss };
}

/** Takes a message that only this person sees off their page, for as long as the tab lives. */
function dismiss(message) {
  chat.dismiss(message);
  sessionStorage.setItem("dismissed", JSON.stringify([...chat.dismissed]));
  panes[message.thread_ts ? "thread" : "channel"].focus({ preventScroll: true });
  changed();
}

function openThread(message) {
  view.picked = message.ts;
  bring("thread");
  changed();
  requestAnimationFrame(() => (panes.thread.scrollTop = panes.thread.scrollHeight));
}

/** Shows the message a permalink of this workspace names; false when it is none. */
function follow(url) {
  const found = chat.locate(url);
  if (!found) return false;
  Object.assign(view, { channel: found.channel, picked: found.root });
  draw();
  const pane = found.ts === found.root ? panes.channel : panes.thread;
  pane.querySelector(`[data-ts="${found.ts}"]`)?.scrollIntoView({ block: "center" });
  return true;
}

async function react(message, name, mine) {
  told(message, await act({ do: mine ? "unreact" : "react", channel: message.channel, ts: message.ts, name }));
}

async function press(message, element, block, option) {
  const what = { do: "click", channel: message.channel, ts: message.ts, action_id: element.action_id, block_id: block.block_id };
  const value = option?.value ?? element.value;
  told(message, await act({ ...what, value, confirm: Boolean(option?.confirm ?? element.confirm) }));
}

/** Presses on a modal or on the Home tab. */
function onView(surface) {
  return async (shown, element, block, option) => {
    const what = { do: "click", on: surface, action_id: element.action_id, value: option?.value ?? element.value };
    const answer = await act({ ...what, confirm: Boolean(option?.confirm ?? element.confirm) });
    if (!answer.ok) notify(answer.error);
  };
}

async function stop(message) {
  told(message, await act({ do: "stop", channel: message.channel, ts: message.ts }));
}

async function shortcut(message, { callback_id }) {
  told(message, await act({ do: "shortcut", channel: message.channel, ts: message.ts, callback_id }));
}

/** The app's global shortcuts, for the menu beside the channel's line. */
function shortcuts() {
  const use = async ({ callback_id }) => {
    const answer = await act({ do: "shortcut", channel: view.channel, callback_id });
    if (!answer.ok) notify(answer.error);
  };
  return chat.shortcuts("global").map((own) => ({ label: own.name, title: `${own.name}: ${own.description}`, run: () => use(own) }));
}

function told(message, answer) {
  if (!answer.ok) (message.thread_ts && view.root ? lines.thread : lines.channel).say(answer.error);
}

/** What is typed goes out as it is: the workspace turns `@names` into mentions, as Slack's own client does. */
async function send(text, thread_ts) {
  const answer = await act({ do: text.startsWith("/") ? "command" : "message", channel: view.channel, text, thread_ts });
  // Slackbot has told the person already, as in Slack: a command in a thread, or one that does not exist.
  return ["command_in_thread", "unknown_command"].includes(answer.code) ? { ok: true } : answer;
}

/** Whom `@` completes: the app first, then people, each with what they are. */
function people() {
  const hints = new Map(CAST);
  const others = [...chat.users.values()].filter(({ id, name }) => name !== "slackbot" && id !== view.me);
  const line = ({ is_bot: isBot, name, real_name: whole, title }) => ({ name: isBot ? name : whole, hint: isBot ? "app" : hints.get(whole) ?? title });
  return others.map(line).sort((one, other) => Number(other.hint === "app") - Number(one.hint === "app"));
}

/** Resolves to whether it was taken. */
async function order(what) {
  const answer = await post("/page/do", what);
  if (!answer.ok) notify(answer.error);
  return answer.ok;
}

/** A click reaches only what is still there when the button is let go: meanwhile nothing is drawn. */
function holdWhilePressed() {
  const press = ({ button }) => (pressed = button === 0);
  const release = () => {
    if (!pressed) return;
    pressed = false;
    changed();
  };
  document.addEventListener("pointerdown", press, true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, release, true);
  document.addEventListener("pointermove", ({ buttons }) => buttons === 0 && release(), true);
  window.addEventListener("blur", release);
}

function heard(news) {
  chat.hear(news);
  changed();
}

function linked(part) {
  return (on) => {
    byId("link-lost").dataset[part] = on ? "" : "lost";
    const lost = Object.values(byId("link-lost").dataset).includes("lost");
    byId("link-lost").textContent = lost ? "The demo’s server does not answer. What is shown may be old; the page tries again every second." : "";
  };
}

runClock();
offerPanes();
holdWhilePressed();
for (const pane of [...Object.values(panes), byId("record")]) stayAtNewest(pane);
stayAtNewest(document.querySelector("#ledger .strip"), { sideways: true });
draw();
listen("/page/feed", heard, linked("chat"));
listen("/page/world", (news) => ((world = news), changed()), linked("world"));
