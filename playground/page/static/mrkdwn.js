// Draws Slack's mrkdwn (https://docs.slack.dev/messaging/formatting-message-text/) as DOM nodes.
// Does not draw Markdown (markdown.js does) and knows no message: names come from the `book` that the caller passes.

import { slackDate } from "./dates.js";
import { el, link } from "./dom.js";
import { emoji } from "./emoji.js";

const CODE = /`([^`\n]+)`/y;
const ANGLE = /<([^<>\n]+)>/y;
const EMOJI = /:([a-z0-9_+-][a-z0-9_+'-]*(?:::skin-tone-\d)?):/y;
const BARE_URL = /https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"”’\]]/y;
const MARKS = { "*": "b", _: "i", "~": "s" };

/** The nodes of a mrkdwn text; `book` = {user(id), channel(id), group(id), follow(url)}. */
export function mrkdwn(text, book) {
  return text.split(/```\n?/).flatMap((part, index) => (index % 2 ? [el("pre", {}, decode(part.replace(/\n$/, "")))] : paragraphs(part, book)));
}

/** `plain_text` objects know only emoji names. */
export function plainText(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (_, name) => emoji(name));
}

/** Lines, with runs of lines that begin with `>` drawn as one quote; a line break is kept as "\n" (the style is pre-wrap). */
function paragraphs(text, book) {
  const drawn = [];
  let run = [];
  let quoted = false;
  const flush = () => {
    const body = run.join("\n");
    if (quoted) drawn.push(el("blockquote", {}, inline(body, book)));
    else if (body) drawn.push(...inline(body, book));
    run = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if (Boolean(quote) !== quoted) {
      flush();
      quoted = Boolean(quote);
    }
    run.push(quote ? quote[1] : line);
  }
  flush();
  return drawn;
}

/** The nodes of one run of text: code, links, mentions, dates, emphasis, emoji names. */
function inline(text, book) {
  const drawn = [];
  let plain = "";
  const take = (node, length) => {
    if (plain) drawn.push(document.createTextNode(decode(plain)));
    plain = "";
    drawn.push(node);
    return length;
  };
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at, book);
    if (token) at += take(token.node, token.length);
    else plain += text[at++];
  }
  if (plain) drawn.push(document.createTextNode(decode(plain)));
  return drawn;
}

function tokenAt(text, at, book) {
  const match = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  let found;
  switch (text[at]) {
    case "`":
      found = match(CODE);
      return found && { node: el("code", {}, decode(found[1])), length: found[0].length };
    case "<": {
      found = match(ANGLE);
      const node = found && angle(found[1], book);
      return node && { node, length: found[0].length };
    }
    case "*":
    case "_":
    case "~":
      return emphasis(text, at, book);
    case ":": {
      found = match(EMOJI);
      const character = found && emoji(found[1]);
      return found && character !== found[0] ? { node: document.createTextNode(character), length: found[0].length } : null;
    }
    case "h":
      found = /\w/.test(text[at - 1] ?? " ") ? null : match(BARE_URL);
      return found && { node: link(decode(found[0]), null, book.follow), length: found[0].length };
    default:
      return null;
  }
}

/** `*bold*`: opens at a word's start, closes at a word's end, in one line, outside code and links. */
function emphasis(text, at, book) {
  const mark = text[at];
  if (/[\w*~]/.test(text[at - 1] ?? " ") || /\s/.test(text[at + 1] ?? " ") || text[at + 1] === mark) return null;
  for (let end = at + 1; end < text.length && text[end] !== "\n"; end++) {
    const skip = text[end] === "`" ? CODE : text[end] === "<" ? ANGLE : null;
    if (skip) {
      skip.lastIndex = end;
      const inner = skip.exec(text);
      if (inner) end += inner[0].length - 1;
    } else if (text[end] === mark && !/\s/.test(text[end - 1]) && !/\w/.test(text[end + 1] ?? " ")) {
      return { node: el(MARKS[mark], {}, inline(text.slice(at + 1, end), book)), length: end + 1 - at };
    }
  }
  return null;
}

/** What stands between `<` and `>`; null when it is none of Slack's forms, so that it stays text. */
function angle(body, book) {
  const [target, label] = split(body, "|");
  const id = target.slice(1);
  if (/^@[UWB][A-Z0-9]+$/.test(target)) return mention(`@${book.user(id) ?? label ?? id}`);
  if (/^#[CGD][A-Z0-9]+$/.test(target)) return mention(`#${book.channel(id) ?? label ?? id}`);
  if (target.startsWith("!")) return special(target.slice(1), label, book);
  return /^(https?:\/\/|mailto:)/i.test(target) ? link(decode(target), label ? inline(label, book) : null, book.follow) : null;
}

function special(target, label, book) {
  const [word, ...parts] = target.split("^");
  if (word === "subteam" && parts[0]) return mention(`@${(book.group(parts[0]) ?? label ?? parts[0]).replace(/^@/, "")}`);
  if (word === "date" && parts.length >= 2) {
    const text = slackDate(parts[0], decode(parts[1]), decode(label ?? ""));
    return parts[2] ? link(decode(parts[2]), text, book.follow) : el("time", { title: decode(label ?? "") }, text);
  }
  return ["here", "channel", "everyone"].includes(word) ? mention(`@${word}`) : null;
}

export function mention(text) {
  return el("span", { class: "mention" }, text);
}

function split(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Slack escapes exactly these three: https://docs.slack.dev/messaging/formatting-message-text/#escaping */
function decode(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
