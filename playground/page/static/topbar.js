// Draws the bar: who acts, the bad release, the faults, the clock and the shop's health.
// Decides nothing: every choice is handed to the caller.

import { clockSeconds } from "./dates.js";
import { el } from "./dom.js";
import { openMenu } from "./menu.js";

/** The people one can act as, by name, and what each may do in the demo. */
export const CAST = [
  ["Priya Raman", "approver"],
  ["Maya Okafor", "approver"],
  ["Tom Becker", "no rights"],
  ["Sam Reyes", "guest"],
];

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const byId = (id) => document.getElementById(id);
// How long an order may take until the world shows it; after that the button is free again.
const SEEN_WITHIN_MS = 10_000;
let ordered = false;
let newest = null;

/** The segmented control; people: [{id, name}] in CAST's order; choose(id). */
export function drawPeople(people, me, choose) {
  const group = byId("people");
  const role = new Map(CAST);
  const print = JSON.stringify([people, me]);
  if (group.print === print) return;
  const held = group.contains(document.activeElement);
  group.print = print;
  group.replaceChildren(
    ...people.map(({ id, name }) => {
      const chosen = id === me;
      const attrs = { type: "button", role: "radio", "aria-checked": String(chosen), tabindex: chosen ? "0" : "-1" };
      const on = { click: () => choose(id), keydown: (event) => step(event, people, id, choose) };
      return el("button", { ...attrs, on }, el("b", {}, name), ` ${role.get(name)}`);
    }),
  );
  if (held) group.querySelector('[aria-checked="true"]')?.focus();
}

/** Arrow keys move the choice, as in any radio group. */
function step(event, people, id, choose) {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const at = people.findIndex((person) => person.id === id);
  choose(people[(at + by + people.length) % people.length].id);
}

/** The release button, the faults and the shop; `world` as in playground/page/world.py, or null before the first news. */
export function drawWorld(world, order) {
  newest = world;
  drawShip(order);
  drawFaults(world?.faults ?? [], order);
  byId("ended").textContent = world?.ended ?? "";
  const shop = byId("shop");
  shop.className = world && !world.shop.healthy ? "bad" : "";
  shop.textContent = world ? `${percent(world.shop.error_rate)} of orders fail` : "";
  shop.title = world ? `checkout runs release ${world.release.current}` : "";
}

/** The button says what is under way from the click on, and takes the next one when nothing is. */
function drawShip(order) {
  const ship = byId("ship");
  const { bad = false, run = null } = newest?.release ?? {};
  if (bad || run) ordered = false;
  const busy = { deploy: "Shipping …", rollback: "Rolling back …" }[run ?? (ordered ? "deploy" : "")];
  ship.disabled = !newest || bad || Boolean(busy);
  ship.textContent = busy ?? (bad ? "Bad release is live" : "Ship a bad release");
  ship.onclick = async () => {
    const settle = (is) => {
      ordered = is;
      drawShip(order);
    };
    settle(true);
    if (!(await order({ do: "ship_bad_release" }))) return settle(false);
    setTimeout(() => ordered && settle(false), SEEN_WITHIN_MS);
  };
}

function drawFaults(faults, order) {
  const button = byId("faults");
  const on = faults.filter((fault) => fault.on);
  const names = on.map((fault) => fault.name).join(", ");
  button.disabled = faults.length === 0;
  button.replaceChildren(el("span", {}, `Faults: ${on.length}`), ...(on.length ? [el("span", { class: "which" }, on.map((fault) => fault.short).join(", "))] : []));
  button.title = names;
  button.onclick = () => openMenu(button, faults.map((fault) => toggle(fault, order)), "Faults");
}

function toggle({ name, key, on }, order) {
  return { label: name, checked: on, run: () => order({ do: "fault", key, on: !on }) };
}

function percent(share) {
  return `${(share * 100).toFixed(1)}\u00a0%`;
}

/** "24 Nov 02:12:12 UTC", every second on the second. */
export function runClock() {
  const now = new Date();
  byId("clock").textContent = `${now.getUTCDate()} ${MONTHS[now.getUTCMonth()]} ${clockSeconds(now)} UTC`;
  setTimeout(runClock, 1000 - now.getUTCMilliseconds());
}
