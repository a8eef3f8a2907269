// Draws the ledger strip: one column an entry, one row a follower, and how long each took to show the entry.
// Computes nothing but the units; the times come from the server.

import { clockSeconds, duration } from "./dates.js";
import { el } from "./dom.js";

export const RECORD_NAMES = { github: "GitHub", files: "Files", pagerduty: "PagerDuty", servicenow: "ServiceNow", jira: "Jira" };
const byId = (id) => document.getElementById(id);

/** `world` as in playground/page/world.py, or null before the first news. */
export function drawLedger(world) {
  const strip = document.querySelector("#ledger .strip");
  const entries = world?.entries ?? [];
  const print = JSON.stringify([world?.incident, world?.incidents, entries, world?.chain, rows(world)]);
  if (strip.print === print) return;
  strip.print = print;
  const hour = commonHour(entries);
  byId("ledger-name").textContent = world?.incident ? `Ledger of ${world.incident}` : "Ledger";
  byId("ledger-state").textContent = byId("ledger-state").title = entries.length ? state(world, entries, hour) : "";
  byId("ledger-state").classList.toggle("bad", entries.length > 0 && world.chain !== "intact");
  const newest = strip.scrollWidth - strip.scrollLeft - strip.clientWidth < 80;
  strip.replaceChildren(entries.length ? grid(entries, rows(world), hour) : empty());
  if (newest) strip.scrollLeft = strip.scrollWidth;
}

function empty() {
  return el("p", { class: "empty" }, "No entries yet. Each will stand here with the time until Slack shows it and until every record holds it.");
}

function state(world, entries, hour) {
  const times = hour === null ? "times are UTC" : `times are minutes and seconds after ${hour}:00 UTC`;
  const earlier = (world.incidents ?? []).filter(({ id }) => id !== world.incident).map(({ id, state: was }) => `${id} ${was}`);
  const before = earlier.length ? ` · earlier: ${earlier.join(", ")}` : "";
  return `· ${entries.length} ${entries.length === 1 ? "entry" : "entries"}, chain ${world.chain} · ${times}${before}`;
}

/** The two digits of the hour in which all entries fall, or null. */
function commonHour(entries) {
  const hours = new Set(entries.map((entry) => entry.at.slice(0, 13)));
  return hours.size === 1 ? entries[0].at.slice(11, 13) : null;
}

/** [[label, small words, class, entry → ms | null | undefined], …] */
function rows(world) {
  const records = Object.entries(world?.records ?? {});
  const record = ([key, { behind, note }], index) => {
    const small = behind && note ? note : index === 0 ? "durable" : "";
    return { label: RECORD_NAMES[key] ?? key, small, kind: "durable", key, late: Boolean(behind && note) };
  };
  return [{ label: "Slack", small: "fast", kind: "fast", key: null, late: false }, ...records.map(record)];
}

function grid(entries, followers, hour) {
  const tint = (entry) => (entry.decision ? "decision" : "");
  const time = (entry) => clockSeconds(new Date(entry.at)).slice(hour === null ? 0 : 3);
  const heading = (entry) => [el("b", {}, String(entry.n)), el("span", {}, entry.kind), el("span", {}, time(entry))];
  const head = entries.map((entry) => el("th", { scope: "col", class: tint(entry), title: `${entry.at} · ${entry.kind}` }, heading(entry)));
  const row = (follower) =>
    el("tr", { class: follower.kind }, [
      el("th", { scope: "row", title: follower.late ? follower.small : null }, follower.label, " ", el("small", { class: follower.late ? "late" : "" }, follower.small)),
      entries.map((entry) => el("td", { class: tint(entry) }, mark(follower, follower.key ? entry.records[follower.key] : entry.slack_ms))),
    ]);
  return el("table", {}, el("thead", {}, el("tr", {}, el("td"), head)), el("tbody", {}, followers.map(row)));
}

/** A dot and its duration; an open circle while it waits; a dash where the entry is not for this follower. */
function mark({ kind }, ms) {
  if (ms === undefined) return el("span", { class: "none", "aria-label": "not shown there" }, "–");
  if (ms === null) return el("i", { class: "dot waits", role: "img", "aria-label": "waits", title: "waits" });
  return [el("i", { class: `dot ${kind}` }), el("span", { class: "took" }, duration(ms))];
}
