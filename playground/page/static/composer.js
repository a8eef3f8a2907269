// The line to write in: sends on Enter, completes `/watch` and `@` names, and says why something was not sent.
// Knows no server: `send(text)` resolves to {ok, error}.

import { completions } from "./commands.js";
import { el } from "./dom.js";
import { openMenu } from "./menu.js";

/**
 * Builds a composer in `foot`. `send(text)` → Promise<{ok, error}>, `people()` → [{name, hint}] that `@` completes,
 * `shortcuts()` → [{label, title, run()}] of the menu beside the line, which is there while it has any.
 * Returns {ask(placeholder), off(words), say(words)}.
 */
export function composer(foot, { id, label, send, people, slash, shortcuts = () => [] }) {
  const list = el("ul", { class: "completions", role: "listbox", id: `${id}-list`, "aria-label": "Completions", hidden: true });
  const said = el("p", { class: "said", role: "status" });
  const combobox = { role: "combobox", "aria-controls": `${id}-list`, "aria-autocomplete": "list", "aria-expanded": "false" };
  const box = el("textarea", { id, rows: "1", "aria-label": label, ...combobox, spellcheck: "false", autocomplete: "off" });
  const plus = el("button", { type: "button", class: "plus", "aria-label": "Shortcuts", title: "Shortcuts", "aria-haspopup": "menu", "aria-expanded": "false", hidden: true }, "+");
  plus.addEventListener("click", () => openMenu(plus, shortcuts(), "Shortcuts"));
  let offered = [];
  let chosen = 0;

  function offer() {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 120)}px`;
    offered = completions(box.value, people()).filter(({ insert }) => slash || !insert.startsWith("/"));
    chosen = Math.min(chosen, Math.max(0, offered.length - 1));
    list.hidden = offered.length === 0;
    box.setAttribute("aria-expanded", String(offered.length > 0));
    list.replaceChildren(...offered.map(line));
    if (offered.length) box.setAttribute("aria-activedescendant", `${id}-${chosen}`);
    else box.removeAttribute("aria-activedescendant");
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function line({ insert, label: words, hint }, index) {
    const take = (event) => {
      event.preventDefault();
      complete(insert);
    };
    const attrs = { role: "option", id: `${id}-${index}`, "aria-selected": String(index === chosen), on: { pointerdown: take } };
    return el("li", attrs, el("b", {}, words), el("span", { class: "quiet" }, hint));
  }

  function complete(insert) {
    box.value = insert;
    chosen = 0;
    offer();
    box.focus();
  }

  async function submit() {
    const text = box.value.trim();
    if (!text) return;
    said.textContent = "";
    box.value = "";
    offer();
    const answer = await send(text);
    if (answer.ok) return;
    said.textContent = answer.error;
    // What was not sent comes back, unless something new is being written.
    if (!box.value) box.value = text;
    box.focus();
  }

  /** What a key does here, or undefined when it is only typed. */
  function meaning({ key, shiftKey, isComposing }) {
    if (key === "Enter" && !shiftKey && !isComposing) return enter;
    if (!offered.length) return undefined;
    const move = (by) => () => {
      chosen = (chosen + by + offered.length) % offered.length;
      offer();
    };
    if (key === "Tab" && !shiftKey) return () => complete(offered[chosen].insert);
    return { ArrowDown: move(1), ArrowUp: move(-1), Escape: hide }[key];
  }

  /** Enter takes the completion only while it still adds a word; a whole line is sent. */
  function enter() {
    const best = offered[chosen];
    if (best && best.insert.trim() !== box.value.trim() && !/\s$/.test(box.value)) complete(best.insert);
    else submit();
  }

  function hide() {
    offered = [];
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  box.addEventListener("input", () => {
    chosen = 0;
    offer();
  });
  box.addEventListener("keydown", (event) => {
    const run = meaning(event);
    if (!run) return;
    event.preventDefault();
    run();
  });
  box.addEventListener("blur", hide);
  foot.append(list, el("div", { class: "line" }, plus, box), said);
  return {
    ask: (placeholder) => {
      box.disabled = false;
      plus.hidden = shortcuts().length === 0;
      box.placeholder = placeholder;
    },
    off: (placeholder) => {
      box.disabled = plus.hidden = true;
      box.placeholder = placeholder;
    },
    say: (words) => (said.textContent = words),
  };
}
