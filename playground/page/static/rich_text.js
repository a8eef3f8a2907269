// Draws Slack's rich_text block (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block/) as DOM nodes.
// Text here is never parsed: its styles are data, so a `*` stays a `*`.

import { slackDate } from "./dates.js";
import { el, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { mention } from "./mrkdwn.js";

const STYLES = { bold: "b", italic: "i", strike: "s", code: "code", underline: "u" };

/** The nodes of a rich_text object's elements; `book` as in mrkdwn.js. */
export function richText(block, book) {
  return (block.elements ?? []).map((element) => container(element, book));
}

function container(element, book) {
  const inner = () => (element.elements ?? []).map((child) => leaf(child, book));
  switch (element.type) {
    case "rich_text_section":
      return el("div", { class: "rich" }, inner());
    case "rich_text_preformatted":
      return el("pre", {}, inner());
    case "rich_text_quote":
      return el("blockquote", {}, inner());
    case "rich_text_list": {
      const items = (element.elements ?? []).map((child) => el("li", {}, container(child, book)));
      const ordered = element.style === "ordered";
      const list = el(ordered ? "ol" : "ul", { start: ordered && element.offset ? element.offset + 1 : null }, items);
      list.style.marginInlineStart = `${(element.indent ?? 0) * 1.4}em`;
      return list;
    }
    default:
      return el("div", { class: "unknown" }, `Not drawn here: ${element.type}`);
  }
}

function leaf(element, book) {
  return Object.entries(element.style ?? {})
    .filter(([style, on]) => on === true && STYLES[style])
    .reduce((node, [style]) => el(STYLES[style], {}, node), bare(element, book));
}

function bare(element, book) {
  switch (element.type) {
    case "text":
      return document.createTextNode(element.text ?? "");
    case "link":
      return link(element.url ?? "", element.text, book.follow);
    case "user":
      return mention(`@${book.user(element.user_id) ?? element.user_id}`);
    case "usergroup":
      return mention(`@${book.group(element.usergroup_id) ?? element.usergroup_id}`);
    case "channel":
      return mention(`#${book.channel(element.channel_id) ?? element.channel_id}`);
    case "broadcast":
      return mention(`@${element.range}`);
    case "emoji":
      return document.createTextNode(emoji(element.name ?? ""));
    case "date":
      return el("time", {}, slackDate(String(element.timestamp), element.format ?? "", element.fallback ?? ""));
    case "color":
      return el("code", {}, element.value ?? "");
    default:
      return el("span", { class: "unknown" }, `Not drawn here: ${element.type}`);
  }
}
