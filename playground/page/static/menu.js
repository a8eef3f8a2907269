// Opens the small menus (overflow, faults, emoji) and the confirm dialog, with keyboard and focus as the platform expects.
// Knows no message and no fault: the caller passes the items and what to run.

import { el, nodes } from "./dom.js";

let close = () => {};

/** A menu under (or above) `anchor`. items: [{label, run(), checked?, title?}]; `checked` true or false makes it a switch. */
export function openMenu(anchor, items, label, className = "") {
  const again = anchor.getAttribute("aria-expanded") === "true";
  close();
  if (again) return;
  const menu = el("div", { class: `menu ${className}`, role: "menu", "aria-label": label }, items.map((item) => entry(item, () => close())));
  document.body.append(menu);
  place(menu, anchor);
  anchor.setAttribute("aria-expanded", "true");
  const outside = (event) => menu.contains(event.target) || anchor.contains(event.target) || close();
  close = () => {
    menu.remove();
    anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside);
    window.removeEventListener("resize", close);
    if (anchor.isConnected) anchor.focus({ preventScroll: true });
    close = () => {};
  };
  document.addEventListener("pointerdown", outside);
  window.addEventListener("resize", close);
  menu.addEventListener("keydown", walk);
  menu.firstElementChild?.focus();
}

function entry({ label, run, checked, title }, done) {
  const isSwitch = checked !== undefined;
  const choose = () => {
    done();
    run();
  };
  const role = isSwitch ? "menuitemcheckbox" : "menuitem";
  const attrs = { type: "button", role, tabindex: "-1", title, "aria-label": title, "aria-checked": isSwitch ? String(checked) : null };
  return el("button", { ...attrs, on: { click: choose } }, isSwitch && el("span", { class: "switch", "aria-hidden": "true" }), label);
}

function walk(event) {
  const items = [...event.currentTarget.children];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Escape" || event.key === "Tab") close();
  else if (to === undefined) return;
  else items.at(to % items.length).focus();
  event.preventDefault();
}

function place(menu, anchor) {
  const spot = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = spot.bottom + 4 + height <= window.innerHeight;
  menu.style.top = `${Math.max(4, below ? spot.bottom + 4 : spot.top - 4 - height)}px`;
  menu.style.left = `${Math.max(4, Math.min(spot.left, window.innerWidth - width - 8))}px`;
}

/**
 * Asks before a button acts, as Slack's confirm object says; resolves to true or false (Escape is false).
 * words: {title, text (nodes), yes, no, danger}
 */
export function confirmed({ title, text, yes, no, danger }) {
  return new Promise((resolve) => {
    const dialog = el(
      "dialog",
      { class: "confirm", "aria-labelledby": "confirm-title" },
      el("form", { method: "dialog" }, [
        el("h2", { id: "confirm-title" }, title),
        el("div", { class: "text" }, nodes([text])),
        el("footer", {}, [
          el("button", { value: "no" }, no),
          el("button", { value: "yes", class: danger ? "danger filled" : "primary", autofocus: true }, yes),
        ]),
      ]),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
