// Draws the conversations of the acting person; one with news stands in bold.
// Remembers nothing: what was read is in `view.read`.

import { el, reconcile } from "./dom.js";

/** `chat` as in chat.js; view: {me, channel, read: Map(channel → newest ts seen)}; go(channel id). */
export function drawSidebar(chat, view, go) {
  const items = chat.rooms(view.me).flatMap(({ title, rooms }) => [
    { key: `title-${title}`, print: title, draw: () => el("h2", {}, title) },
    ...rooms.map((room) => roomItem(room, chat, view, go)),
  ]);
  reconcile(document.getElementById("sidebar"), items);
}

function roomItem({ id, name, sign, room = id }, chat, view, go) {
  const newest = chat.inChannel(room, view.me).at(-1)?.ts ?? "0";
  if (!view.read.has(room)) view.read.set(room, newest);
  const here = id === view.channel || room === view.channel;
  const news = !here && newest > view.read.get(room);
  const label = news ? `${sign}${name}, new messages` : null;
  const attrs = { type: "button", class: news ? "news" : "", "aria-current": here ? "page" : null, "aria-label": label };
  const draw = () => el("button", { ...attrs, data: { focus: id }, on: { click: () => go(id) } }, `${sign}${name}`);
  return { key: id, print: JSON.stringify([name, here, news]), draw };
}
