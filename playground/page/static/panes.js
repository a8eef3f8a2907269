// On a narrow window, where not all panes fit beside each other: the buttons that bring a pane into view.
// Also keeps a pane at its newest line when its size changes, however wide the window is.

import { el } from "./dom.js";

const PANES = [["channel", "Channel"], ["thread", "Thread"], ["records", "Records"]];
const NEAR = 40;

/** Scrolls the panes sideways until this one is in view; nothing moves where it is already. */
export function bring(id) {
  document.getElementById(id).scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Fills the bar's buttons, which the stylesheet hides on a wide window. */
export function offerPanes() {
  document.getElementById("panes").append(...PANES.map(([id, words]) => el("button", { type: "button", "aria-controls": id, on: { click: () => bring(id) } }, words)));
}

/** A reader who was at the newest line stays there when the window, and with it every line's place, changes. */
export function stayAtNewest(pane, { sideways = false } = {}) {
  const [from, whole, shown] = sideways ? ["scrollLeft", "scrollWidth", "clientWidth"] : ["scrollTop", "scrollHeight", "clientHeight"];
  let atEnd = true;
  pane.addEventListener("scroll", () => (atEnd = pane[whole] - pane[from] - pane[shown] < NEAR));
  new ResizeObserver(() => atEnd && (pane[from] = pane[whole])).observe(pane);
}
