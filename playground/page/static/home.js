// Draws what stands above a conversation: its name, topic and bookmarks, or the tabs of the app; and the app's Home tab.
// Remembers nothing; which tab is open is which place is shown.

import { drawBlocks } from "./blocks.js";
import { HOME } from "./chat.js";
import { el, link, reconcile } from "./dom.js";
import { emoji } from "./emoji.js";

/** The header of the place that is shown; open(tab) changes between the app's tabs. */
export function drawPlace(chat, view, book, open) {
  const room = chat.channels.get(view.channel);
  const mine = chat.app.home_tab && (view.channel === HOME || (room && room === chat.withApp(view.me)));
  document.getElementById("channel-name").textContent = chat.title(view.channel, view.me);
  document.getElementById("channel-topic").textContent = mine ? "" : (room?.topic ?? "");
  const tabs = mine ? [["home", "Home"], ["messages", "Messages"]].map(([tab, words]) => tabItem(tab, words, (tab === "home") === (view.channel === HOME), open)) : [];
  reconcile(document.getElementById("app-tabs"), tabs);
  reconcile(document.getElementById("bookmarks"), mine ? [] : (room?.bookmarks ?? []).map((bookmark) => bookmarkItem(bookmark, book)));
}

function tabItem(tab, words, here, open) {
  const attrs = { type: "button", role: "tab", "aria-selected": String(here), data: { focus: tab }, on: { click: () => open(tab) } };
  return { key: tab, print: String(here), draw: () => el("button", attrs, words) };
}

function bookmarkItem({ id, title, link: url, emoji: sign }, book) {
  const words = sign ? `${emoji(sign.replaceAll(":", ""))} ${title}` : title;
  return { key: id, print: JSON.stringify([words, url]), draw: () => el("span", { class: "bookmark" }, link(url, words, book.follow)) };
}

/** The Home tab as one drawing for `reconcile`; `view` is null until the app has published one. */
export function homeItem(view, app, hand) {
  const none = `${app.name} has published nothing here yet.`;
  const inputs = view && {
    book: hand.book,
    chat: hand.chat,
    press: (...control) => hand.press(view, ...control),
    kept: (block, element) => view.state.values[block.block_id]?.[element.action_id],
  };
  const draw = () => (view ? el("div", { class: "home blocks" }, drawBlocks(view.blocks, inputs)) : el("p", { class: "empty" }, none));
  return { key: "home", print: view ? `${view.id} ${view.hash}` : none, draw };
}
