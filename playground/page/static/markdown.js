// Draws the Markdown that tickets and Slack's `markdown` block carry: headings, lists, quotes, tables, code, emphasis, links.
// Not a whole CommonMark: no HTML (an HTML comment becomes a line that says so, other tags stay text), no images, no nested lists.

import { el, link } from "./dom.js";

const ITEM = /^\s{0,3}(?:[-*+]|(\d+)[.)])\s+(.*)$/;

/** The nodes of a Markdown text; `marker` = the words that stand for a hidden HTML comment, null leaves it out. */
export function markdown(source, { marker = null, follow = null } = {}) {
  // GitHub and Slack show no HTML comment; it is cut first, because it may hold anything.
  let hidden = false;
  const text = source.replace(/\r\n/g, "\n").replace(/<!--[\s\S]*?-->/g, () => {
    hidden = true;
    return "";
  });
  const drawn = blocks(text.split("\n"), (part) => inline(part, follow));
  if (hidden && marker) drawn.push(el("p", { class: "marker" }, marker));
  return drawn;
}

function blocks(lines, inlined) {
  const drawn = [];
  const rest = [...lines];
  const takeWhile = (test) => {
    const taken = [];
    while (rest.length && test(rest[0])) taken.push(rest.shift());
    return taken;
  };
  while (rest.length) {
    const line = rest[0];
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (!line.trim()) rest.shift();
    else if (/^\s{0,3}(```|~~~)/.test(line)) drawn.push(fence(rest));
    else if (heading) {
      rest.shift();
      drawn.push(el(`h${Math.min(heading[1].length + 2, 6)}`, {}, inlined(heading[2])));
    } else if (/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(line)) {
      rest.shift();
      drawn.push(el("hr"));
    } else if (/^\s{0,3}>/.test(line)) {
      const quoted = takeWhile((next) => /^\s{0,3}>/.test(next)).map((next) => next.replace(/^\s{0,3}> ?/, ""));
      drawn.push(el("blockquote", {}, blocks(quoted, inlined)));
    } else if (isTable(rest)) drawn.push(table(takeWhile((next) => next.includes("|")), inlined));
    else if (ITEM.test(line)) drawn.push(list(takeWhile((next) => ITEM.test(next) || /^\s+\S/.test(next)), inlined));
    else {
      const paragraph = [rest.shift(), ...takeWhile((next) => next.trim() && !startsBlock(next))];
      drawn.push(el("p", {}, inlined(paragraph.join("\n"))));
    }
  }
  return drawn;
}

const startsBlock = (line) => /^(#{1,6}\s|\s{0,3}(```|~~~|>))/.test(line) || ITEM.test(line);
const isTable = (lines) => lines[0].includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[1] ?? "") && lines[1].includes("|");

function fence(rest) {
  const [, mark] = /^\s{0,3}(```|~~~)/.exec(rest.shift());
  const body = [];
  while (rest.length && !rest[0].trim().startsWith(mark)) body.push(rest.shift());
  rest.shift();
  return el("pre", {}, body.join("\n"));
}

function list(lines, inlined) {
  const items = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item) items.push(item[2]);
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  const first = ITEM.exec(lines[0])[1];
  return el(first ? "ol" : "ul", { start: first && first !== "1" ? first : null }, items.map((item) => el("li", {}, inlined(item))));
}

function table(lines, inlined) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
  const row = (line, tag) => el("tr", {}, cells(line).map((cell) => el(tag, {}, inlined(cell))));
  const body = lines.slice(2).map((line) => row(line, "td"));
  return el("div", { class: "table" }, el("table", {}, el("thead", {}, row(lines[0], "th")), el("tbody", {}, body)));
}

const TOKEN = new RegExp(
  [
    "`([^`]+)`", // 1 code
    "\\[([^\\]\\n]+)\\]\\(\\s*<?([^\\s)>]+)>?[^)\\n]*\\)", // 2, 3 link
    "\\*\\*(?=\\S)([\\s\\S]+?\\S|\\S)\\*\\*", // 4 bold
    "~~(?=\\S)([\\s\\S]+?)~~", // 5 strike
    "(?<![\\w*])\\*(?=[^\\s*])([^*\\n]*[^\\s*])\\*(?![\\w*])", // 6 italic
    "(?<![\\w_])_(?=[^\\s_])([^_\\n]*[^\\s_])_(?![\\w_])", // 7 italic
    "<(https?://[^\\s<>]+)>", // 8 address in angle brackets
    "(https?://[^\\s<>()]*[^\\s<>().,;:!?'\"])", // 9 bare address
    "\\\\([\\\\`*_{}\\[\\]()#+.!|~<>&-])", // 10 escaped mark
  ].join("|"),
  "g",
);

function inline(text, follow) {
  const drawn = [];
  let from = 0;
  for (const found of text.matchAll(TOKEN)) {
    drawn.push(text.slice(from, found.index), token(found, follow));
    from = found.index + found[0].length;
  }
  return [...drawn, text.slice(from)].map((part) => (typeof part === "string" ? entities(part) : part));
}

function token([, code, label, url, bold, strike, star, underscore, bracketed, address, escaped], follow) {
  if (code !== undefined) return el("code", {}, code);
  if (label !== undefined) return link(url, inline(label, follow), follow);
  if (bold !== undefined) return el("b", {}, inline(bold, follow));
  if (strike !== undefined) return el("s", {}, inline(strike, follow));
  if (bracketed ?? address) return link(bracketed ?? address, null, follow);
  return escaped !== undefined ? document.createTextNode(escaped) : el("i", {}, inline(star ?? underscore, follow));
}

/** The entities a writer of escaped Markdown uses; the result is text, never markup. */
function entities(text) {
  return text.replace(/&(lt|gt|amp|quot|#39|nbsp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&", quot: '"', "#39": "'", nbsp: "\u00a0" })[name]);
}
