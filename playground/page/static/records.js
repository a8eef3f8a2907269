// Draws the shared record as its readers see it: the GitHub issue and the file, with how much each holds.
// Changes nothing there; a person takes part in the ticket itself.

import { clockSeconds, dayLine, shortDay } from "./dates.js";
import { el, icon, keepNewest, link, reconcile } from "./dom.js";
import { size } from "./files.js";
import { RECORD_NAMES } from "./ledger.js";
import { markdown } from "./markdown.js";
import { avatar } from "./messages.js";

const OLDER_FROM = 6;
const SHOWN = 3;
const MARKER_LINE = /^(<!-- watchkeeper:1 [^\n]* -->)$/m;
const MARKER = "marker in an HTML comment, not shown by GitHub";
let chosen = "github";
let unfolded = null;

/** `world` as in playground/page/world.py, or null before the first news. */
export function drawRecords(world) {
  const records = Object.entries(world?.records ?? {});
  if (!records.some(([key]) => key === chosen) && records.length) chosen = records[0][0];
  const redraw = () => drawRecords(world);
  reconcile(document.querySelector("#records .tabs"), records.map(([key, record]) => tab(key, record, redraw)));
  const panel = document.getElementById("record");
  panel.setAttribute("aria-labelledby", `tab-${chosen}`);
  const record = world?.records[chosen];
  let items = [nothing("records", "No record yet. The first finding opens one.")];
  if (record) items = record.text === undefined ? issue(record, redraw) : file(record);
  keepNewest(panel, () => {
    reconcile(panel, items);
    if (record?.text) reconcile(panel.querySelector(".file"), parts(record.text));
  });
}

function tab(key, record, redraw) {
  const { entries, behind } = record;
  const state = behind ? `${entries} entries held, ${behind} behind` : `${entries} entries held`;
  const choose = () => {
    chosen = key;
    redraw();
    document.getElementById(`tab-${key}`).focus();
  };
  const selected = { "aria-selected": String(key === chosen), tabindex: key === chosen ? "0" : "-1" };
  const attrs = { type: "button", role: "tab", id: `tab-${key}`, "aria-controls": "record", title: state, ...selected, data: { focus: key } };
  const on = { click: choose, keydown: (event) => step(event, redraw) };
  const badge = el("span", { class: behind ? "badge behind" : "badge" }, String(entries));
  const draw = () => el("button", { ...attrs, on }, RECORD_NAMES[key] ?? key, " ", badge);
  return { key, print: JSON.stringify([entries, behind, key === chosen]), draw };
}

function step(event, redraw) {
  const to = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" }[event.key];
  const next = to && event.currentTarget[to];
  if (!next) return;
  chosen = next.dataset.key;
  redraw();
  document.getElementById(`tab-${chosen}`).focus();
}

function nothing(key, words) {
  return { key: `nothing-${key}`, print: words, draw: () => el("p", { class: "empty" }, words) };
}

function behindLine({ behind, note }) {
  const words = `${behind} ${behind === 1 ? "entry" : "entries"} behind${note ? `: ${note}` : ""}. Nothing waits for it.`;
  return behind ? [{ key: "behind", print: words, draw: () => el("p", { class: "behind-line", role: "status" }, words) }] : [];
}

function file(record) {
  if (!record.text) return [...behindLine(record), nothing("file", unopened("file", record))];
  const head = { key: "file-head", print: record.path ?? "", draw: () => el("p", { class: "path" }, record.path) };
  return [head, ...behindLine(record), { key: "file", print: record.path, draw: () => el("div", { class: "file" }) }];
}

/** The file's text for `reconcile`, cut at the marker lines: one that is unfolded stays so while entries are added. */
function parts(text) {
  // A split by a pattern with a group gives texts and markers by turns.
  return text.split(MARKER_LINE).map((part, index) => {
    const draw = index % 2 ? () => foldedMarker(part) : () => el("span", {}, part.replace(/^\n|\n$/g, ""));
    return { key: String(index), print: part, draw };
  });
}

function foldedMarker(line) {
  return el("details", { class: "marker" }, el("summary", {}, `marker line, ${size(line.length)}`, el("span", { class: "folded" }, ", folded")), el("code", {}, line));
}

/** What stands in place of a record that is not there yet. */
function unopened(what, { behind }) {
  return behind ? `No ${what} yet. It is opened with the first entry that is taken.` : `No ${what} yet. The first finding opens one.`;
}

function issue(record, redraw) {
  if (!record.number) return [...behindLine(record), nothing("issue", unopened("issue", record))];
  const { comments, number } = record;
  const folded = comments.length >= OLDER_FROM && unfolded !== number ? comments.length - SHOWN : 0;
  const open = () => {
    unfolded = number;
    redraw();
  };
  const words = `${folded} earlier comments, one entry each`;
  const older = () => el("button", { type: "button", class: "older", data: { focus: "older" }, on: { click: open } }, words);
  const item = (comment, index) => ({ key: `comment-${number}-${folded + index}`, print: JSON.stringify(comment), draw: () => drawComment(comment) });
  return [
    { key: "issue-head", print: JSON.stringify([record.title, number, record.state, record.labels, record.url]), draw: () => issueHead(record) },
    ...behindLine(record),
    ...(folded ? [{ key: "older", print: words, draw: older }] : []),
    ...comments.slice(folded).map(item),
  ];
}

function issueHead({ url, title, number, state, labels }) {
  const open = state === "open";
  return el("header", { class: "issue" }, [
    el("h3", {}, title, " ", link(url ?? "", `#${number}`)),
    el("ul", { "aria-label": "State and labels" }, [
      el("li", { class: open ? "state open" : "state closed" }, open ? "Open" : "Closed"),
      labels.map((label) => el("li", {}, label)),
    ]),
  ]);
}

function drawComment({ author, at, body }) {
  const ours = /^watchkeeper/i.test(author);
  const when = new Date(at);
  const old = shortDay(when) === shortDay(new Date()) ? "" : `${shortDay(when)} `;
  return el("article", { class: "comment" }, [
    ours ? el("span", { class: "avatar app" }, icon("lighthouse")) : avatar(author),
    el("div", { class: "box" }, [
      el("header", {}, [
        el("b", {}, author.replace(/\[bot\]$/, "")),
        ours && el("span", { class: "bot" }, "bot"),
        el("time", { title: dayLine(when) }, `${old}${clockSeconds(when)} UTC`),
      ]),
      el("div", { class: "markdown" }, markdown(body, { marker: MARKER })),
    ]),
  ]);
}
