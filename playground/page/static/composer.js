// The line to write in: sends on Enter, completes `/watch` and `@` names, and says why something was not sent.
// Knows no server: `send(text)` resolves to {ok, error}.

import { completions } from "./commands.js";
import { el } from "./dom.js";

/**
 * Builds a composer in `foot`. `send(text)` → Promise<{ok, error}>, `people()` → [{name, hint}] that `@` completes.
 * Returns {ask(placeholder), off(words), say(words)}.
 */
export function composer(foot, { id, label, send, people, slash }) {
  const list = el("ul", { class: "completions", role: "listbox", id: `${id}-list`, "aria-label": "Completions", hidden: true });
  const said = el("p", { class: "said", role: "status" });
  const attrs = { id, rows: "1", "aria-label": label, "aria-controls": `${id}-list`, "aria-autocomplete": "list", role: "combobox", "aria-expanded": "false" };
  const box = el("textarea", { ...attrs, spellcheck: "false", autocomplete: "off" });
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
    return el("li", { role: "option", id: `${id}-${index}`, "aria-selected": String(index === chosen), on: { pointerdown: take } }, el("b", {}, words), el("span", { class: "quiet" }, hint));
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

  function key(event) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (offered.length && move) chosen = (chosen + move + offered.length) % offered.length;
    else if (offered.length && event.key === "Tab" && !event.shiftKey) return event.preventDefault(), complete(offered[chosen].insert);
    else if (offered.length && event.key === "Escape") return (offered = []), (list.hidden = true), box.setAttribute("aria-expanded", "false");
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) return event.preventDefault(), void enter();
    else return;
    event.preventDefault();
    offer();
  }

  /** Enter takes the completion only while it still adds a word; a whole line is sent. */
  function enter() {
    const offer_ = offered[chosen];
    if (offer_ && offer_.insert.trim() !== box.value.trim() && !/\s$/.test(box.value)) complete(offer_.insert);
    else submit();
  }

  box.addEventListener("input", () => ((chosen = 0), offer()));
  box.addEventListener("keydown", key);
  box.addEventListener("blur", () => (list.hidden = true));
  foot.append(list, box, said);
  return {
    ask: (placeholder) => {
      box.disabled = false;
      box.placeholder = placeholder;
    },
    off: (placeholder) => {
      box.disabled = true;
      box.placeholder = placeholder;
    },
    say: (words) => (said.textContent = words),
  };
}
