// Draws the modal in front of the acting person, as Slack lays it out, and keeps what is being typed until it is entered.
// Sends nothing itself: filling in, submitting and closing are handed to `hand.act`. The bar stays free: one can act as somebody else.

import { drawBlocks } from "./blocks.js";
import { el } from "./dom.js";
import { plainText } from "./mrkdwn.js";

const REST = ["main", "#ledger"].map((rest) => document.querySelector(rest));
// What is drawn: its print, the view's id, what this page has heard by block, and what the others held then.
let shown = { print: "", id: null, entered: {}, held: {} };
let before = null;

/** views: the acting person's stack, the last one in front; hand: {me, chat, book, act(what) → Promise<{ok, code, error}>, press(...)}. */
export function drawModal(views, hand) {
  const view = views.at(-1);
  const print = view ? JSON.stringify([hand.me, view.id, view.hash, view.errors, view.trouble, views.length]) : "";
  if (print === shown.print && !(view && filledElsewhere(view))) return;
  const old = document.querySelector(".veil");
  const focus = old?.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  if (!old) before = document.activeElement;
  shown = { print, id: view?.id, entered: view && view.id === shown.id ? shown.entered : {}, held: view?.state.values ?? {} };
  old?.remove();
  for (const part of REST) part.inert = Boolean(view);
  if (view) open(view, views.length, hand, focus);
  else if (before?.isConnected) before.focus({ preventScroll: true });
}

/** Whether something was filled in that nobody touched on this page, by a script or on another page. */
function filledElsewhere({ state }) {
  return Object.entries(state.values).some(([block, held]) => !(block in shown.entered) && JSON.stringify(held) !== JSON.stringify(shown.held[block]));
}

function open(view, depth, hand, focus) {
  const { entered } = shown;
  const said = el("p", { class: "trouble", role: "alert" }, view.trouble);
  const tell = (answer) => {
    if (!answer.ok && answer.code !== "input_required") said.textContent = answer.error;
  };
  const close = async () => tell(await hand.act({ do: "close" }));
  const submit = async (event) => {
    event.preventDefault();
    said.textContent = "";
    tell(await hand.act({ do: "submit", values: entered }));
  };
  // What is typed is entered when the control is left, so that it is still there after acting as somebody else.
  const fill = async () => tell(await hand.act({ do: "fill", values: entered }));
  const form = el("form", { novalidate: true, on: { submit, change: fill } }, [
    el("header", {}, el("h2", { id: "modal-title" }, plainText(view.title.text)), cross(close)),
    el("div", { class: "content" }, drawBlocks(view.blocks, inputs(view, entered, hand)), said),
    el("footer", {}, [
      el("button", { type: "button", on: { click: close }, data: { focus: "close" } }, plainText(view.close?.text ?? (depth > 1 ? "Back" : "Cancel"))),
      view.submit && el("button", { class: "primary", data: { focus: "submit" } }, plainText(view.submit.text)),
    ]),
  ]);
  const escape = (event) => event.key === "Escape" && close();
  const box = el("div", { class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": "modal-title", on: { keydown: escape } }, form);
  const veil = el("div", { class: "veil" }, box);
  document.body.append(veil);
  const wanted = focus ? `[data-focus="${CSS.escape(focus)}"]` : "[autofocus], .content input, .content select, .content textarea";
  (box.querySelector(wanted) ?? box.querySelector("footer button")).focus();
}

function cross(close) {
  return el("button", { type: "button", class: "cross", "aria-label": "Close", on: { click: close } }, "✕");
}

/** What the drawing of input blocks needs: what each holds, what is said under it, and where changes go. */
function inputs(view, entered, hand) {
  return {
    book: hand.book,
    chat: hand.chat,
    press: (...control) => hand.press(view, ...control),
    kept: (block, element) => ({ ...view.state.values[block.block_id]?.[element.action_id], ...typed(element, entered[block.block_id]) }),
    error: (block) => view.errors[block.block_id],
    heard: (block, value) => (entered[block.block_id] = value),
  };
}

/** What was typed into a line and is not entered yet: a redraw must not take it away. */
function typed(element, value) {
  return value !== undefined && /_input$/.test(element.type) ? { value } : {};
}
