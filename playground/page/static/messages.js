// Draws messages as Slack does: author, time, blocks or text, reactions, the replies' line, and who may see it.
// Sends nothing: clicks and reactions are handed to `hand`.

import { drawBlocks } from "./blocks.js";
import { clock, clockSeconds, dayLine, fromTs, shortDay } from "./dates.js";
import { el, icon } from "./dom.js";
import { emoji, PICKER, spoken } from "./emoji.js";
import { fileCards } from "./files.js";
import { openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";

const COLOURS = ["#7a4fb5", "#b5511c", "#2f6fb3", "#2c7a5b", "#a13d63", "#5b6470"];

/**
 * The drawings of a list of messages, with a line between days, for `reconcile`.
 * hand: {me, chat, book, react(message, name, mine), press(message, element, block, option), open(message), stop(message),
 * shortcut(message, shortcut), dismiss(message)};
 * `inThread`: no reply lines, and a line with their count after the root.
 */
export function messageItems(messages, hand, { inThread = false } = {}) {
  const items = [];
  let day = null;
  const replies = inThread ? messages.filter((message) => !message.ephemeral_to).length - 1 : 0;
  for (const [index, message] of messages.entries()) {
    const today = dayLine(fromTs(message.ts));
    if (today !== day && !inThread) items.push(dayItem(today));
    day = today;
    const threadLine = inThread ? null : repliesOf(message, hand.chat);
    const print = JSON.stringify([message, threadLine, hand.me]);
    items.push({ key: message.ts, print, draw: () => drawMessage(message, threadLine, hand, inThread) });
    if (inThread && index === 0 && replies > 0) {
      const words = replies === 1 ? "1 reply" : `${replies} replies`;
      items.push({ key: "replies", print: words, draw: () => el("div", { class: "count", role: "separator" }, words) });
    }
  }
  return items;
}

function dayItem(day) {
  return { key: `day-${day}`, print: day, draw: () => el("div", { class: "day", role: "separator" }, el("span", {}, day)) };
}

/** {count, latest, people} of a message's thread, or null. */
function repliesOf(message, chat) {
  if (!message.reply_count) return null;
  const replies = chat.inThread(message.channel, message.ts, null).slice(1);
  const people = [...new Map(replies.map((reply) => [chat.author(reply).id, chat.author(reply)])).values()];
  return { count: message.reply_count, latest: message.latest_reply, people: people.slice(0, 4) };
}

function drawMessage(message, threadLine, hand, inThread) {
  const author = hand.chat.author(message);
  const at = fromTs(message.ts);
  const whole = `${shortDay(at)} ${clockSeconds(at)} UTC`;
  const head = el("div", { class: "head" }, [
    el("b", { class: "author" }, author.name),
    author.isBot && el("span", { class: "app" }, "APP"),
    el("time", { datetime: at.toISOString(), title: whole }, clock(at)),
  ]);
  const body = message.blocks?.length
    ? el("div", { class: "blocks" }, drawBlocks(message.blocks, { book: hand.book, chat: hand.chat, press: (...control) => hand.press(message, ...control) }))
    : el("div", { class: "text" }, mrkdwn(message.text ?? "", hand.book));
  if (message.edited) body.append(el("span", { class: "edited", title: "This message was edited" }, "(edited)"));
  const only = message.ephemeral_to && onlyYou(message, hand);
  const pinned = message.pinned && el("div", { class: "only-you" }, `Pinned by ${hand.chat.name(message.pinned_by) ?? message.pinned_by}`);
  body.append(...fileCards(message.files ?? []), ...streamLine(message, hand));
  const replies = threadLine && replyLine(message, threadLine, hand);
  const foot = message.ephemeral_to ? [] : [reactions(message, hand), replies, tools(message, hand, inThread)];
  const classes = `message${message.ephemeral_to ? " ephemeral" : ""}`;
  const face = author.isBot ? appAvatar(author.name) : avatar(author.name);
  return el("article", { class: classes, "aria-label": `${author.name}, ${whole}`, data: { ts: message.ts } }, [
    face,
    el("div", { class: "body" }, only, pinned, head, body, foot),
  ]);
}

function onlyYou(message, hand) {
  const dismiss = el("button", { type: "button", data: { focus: "dismiss" }, on: { click: () => hand.dismiss(message) } }, "Dismiss");
  return el("div", { class: "only-you" }, icon("only-you"), "Only visible to you", el("span", { "aria-hidden": "true" }, "·"), dismiss);
}

/** A square with a person's initials; the same person always has the same colour. */
export function avatar(name, small = false) {
  let sum = 0;
  for (const character of name) sum = (sum * 33 + character.codePointAt(0)) % 9973;
  const square = el("span", { class: `avatar${small ? " small" : ""}`, "aria-hidden": "true" }, initials(name));
  square.style.backgroundColor = COLOURS[sum % COLOURS.length];
  return square;
}

function appAvatar(name) {
  return el("span", { class: "avatar app", "aria-hidden": "true" }, name === "Watchkeeper" ? icon("lighthouse") : initials(name));
}

function initials(name) {
  return name.split(/\s+/).map((word) => word[0] ?? "").slice(0, 2).join("").toUpperCase();
}

function reactions(message, hand) {
  const chips = (message.reactions ?? []).filter(({ users }) => users.length).map(({ name, users }) => chip(message, name, users, hand));
  return chips.length > 0 && el("div", { class: "reactions" }, chips);
}

/** What shows up at a message's corner under the pointer or the focus: the emoji picker and, in the channel, its thread. */
function tools(message, hand, inThread) {
  const choices = PICKER.map((name) => ({ label: emoji(name), title: spoken(name), run: () => hand.react(message, name, false) }));
  const pick = (event) => openMenu(event.currentTarget, choices, "Reactions", "emoji");
  const attrs = { type: "button", "aria-label": "Add a reaction", title: "Add a reaction", "aria-haspopup": "menu", "aria-expanded": "false" };
  const add = el("button", { ...attrs, data: { focus: "add-reaction" }, on: { click: pick } }, icon("add-reaction"));
  const words = { type: "button", "aria-label": "Reply in thread", title: "Reply in thread", data: { focus: "thread" } };
  const reply = !inThread && el("button", { ...words, on: { click: () => hand.open(message) } }, icon("speech"));
  return el("div", { class: "tools" }, add, reply, shortcuts(message, hand));
}

/** The menu of the app's shortcuts for a message. */
function shortcuts(message, hand) {
  const own = hand.chat.shortcuts("message");
  if (!own.length) return null;
  const items = own.map((shortcut) => ({ label: shortcut.name, title: `${shortcut.name}: ${shortcut.description}`, run: () => hand.shortcut(message, shortcut) }));
  const open = (event) => openMenu(event.currentTarget, items, "Message shortcuts");
  const attrs = { type: "button", "aria-label": "Message shortcuts", title: "Message shortcuts", "aria-haspopup": "menu", "aria-expanded": "false" };
  return el("button", { ...attrs, data: { focus: "shortcuts" }, on: { click: open } }, icon("more"));
}

/** Under a message that is still being written: Stop, for the person it is written for. */
function streamLine({ streaming, ...message }, hand) {
  if (streaming?.state === "stopped") return [el("p", { class: "quiet" }, `Stopped by ${hand.chat.name(streaming.by) ?? streaming.by}`)];
  if (streaming?.state !== "in_progress") return [];
  const mine = !streaming.recipient || streaming.recipient === hand.me;
  const stop = mine && el("button", { type: "button", data: { focus: "stop" }, on: { click: () => hand.stop(message) } }, "Stop");
  return [el("div", { class: "streaming", role: "status" }, el("span", { class: "quiet" }, "Writing …"), stop)];
}

function chip(message, name, users, hand) {
  const mine = users.includes(hand.me);
  const names = users.map((id) => hand.chat.name(id) ?? id).join(", ");
  const label = `${spoken(name)}, ${users.length}: ${names}`;
  const attrs = { type: "button", class: "chip", "aria-pressed": String(mine), "aria-label": label, title: `${names} reacted with :${name}:` };
  const on = { click: () => hand.react(message, name, mine) };
  return el("button", { ...attrs, data: { focus: `reaction-${name}` }, on }, el("span", {}, emoji(name)), String(users.length));
}

function replyLine(message, { count, latest, people }, hand) {
  const words = count === 1 ? "1 reply" : `${count} replies`;
  const app = (name) => el("span", { class: "avatar app small", "aria-hidden": "true" }, name[0]);
  const faces = people.map(({ name, isBot }) => (isBot ? app(name) : avatar(name, true)));
  const last = latest ? ` Last reply ${clock(fromTs(latest))}` : "";
  const attrs = { type: "button", class: "replies", data: { focus: "replies" }, on: { click: () => hand.open(message) } };
  return el("button", attrs, faces, el("b", {}, words), last);
}
