// Draws Slack's Block Kit (https://docs.slack.dev/reference/block-kit/blocks) as Slack lays it out.
// Sends nothing: a pressed control is handed to `hand.press(element, block, option)`. A block it cannot draw is named, not hidden.

import { chart } from "./charts.js";
import { dataTable } from "./data_table.js";
import { el, icon, link } from "./dom.js";
import { field } from "./fields.js";
import { markdown } from "./markdown.js";
import { confirmed, openMenu } from "./menu.js";
import { mrkdwn, plainText } from "./mrkdwn.js";
import { richText } from "./rich_text.js";

const ALERTS = { success: "task-complete", warning: "task-error", error: "task-error" };
const TASK_WORDS = { pending: "waits", in_progress: "runs", complete: "done", error: "no answer" };

/**
 * The nodes of a message's or a view's blocks; `hand` = {book, press(element, block, option)}, `book` as in mrkdwn.js;
 * in a view also {chat, kept(block, element), error(block), heard(block, value)} for what is entered there.
 */
export function drawBlocks(blocks, hand) {
  return blocks.map((block) => (DRAW[block.type] ?? unknown)(block, hand));
}

const DRAW = {
  header: (block) => el("h3", { class: "block header" }, plainText(block.text?.text ?? "")),
  divider: () => el("hr", { class: "block" }),
  section,
  context,
  actions: (block, hand) => el("div", { class: "block actions" }, block.elements.map((element) => control(element, block, hand))),
  image: (block) => el("figure", { class: "block" }, block.title && el("figcaption", {}, plainText(block.title.text)), picture(block)),
  rich_text: (block, hand) => el("div", { class: "block" }, richText(block, hand.book)),
  markdown: (block, hand) => el("div", { class: "block markdown" }, markdown(block.text ?? "", { follow: hand.book.follow })),
  table,
  plan: (block, hand) => el("div", { class: "block plan" }, el("h4", {}, block.title), (block.tasks ?? []).map((task) => taskCard(task, hand))),
  alert: ({ level = "default", text: words }, hand) => el("div", { class: `block alert ${level}`, role: "note", "aria-label": level }, icon(ALERTS[level] ?? "only-you"), el("div", { class: "text" }, text(words, hand.book))),
  input,
  data_visualization: chart,
  data_table: (block, hand) => dataTable(block, hand.book),
  task_card: (block, hand) => el("div", { class: "block plan" }, taskCard(block, hand)),
};

function unknown(block) {
  return el("div", { class: "block unknown" }, `Not drawn here: a block of type ${block.type}`);
}

function text(object, book) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, book) : plainText(object.text);
}

function section(block, hand) {
  const { text: words, fields, accessory } = block;
  const aside = accessory && el("div", { class: "accessory" }, accessory.type === "image" ? picture(accessory) : control(accessory, block, hand));
  const main = el("div", { class: "main" }, [
    words && el("div", { class: "text" }, text(words, hand.book)),
    fields && el("div", { class: "fields" }, fields.map((field) => el("div", { class: "field" }, text(field, hand.book)))),
  ]);
  return el("div", { class: "block section" }, main, aside);
}

function context(block, hand) {
  const drawn = (part) => (part.type === "image" ? picture(part) : text(part, hand.book));
  return el("div", { class: "block context" }, block.elements.map((part) => el("span", { class: "part" }, drawn(part))));
}

/** A picture, or its alternative text in its place when it cannot be loaded (the page loads nothing from outside). */
function picture({ image_url: url, slack_file: file, alt_text: alt }) {
  const instead = () => el("div", { class: "no-picture", role: "img", "aria-label": alt }, alt);
  const id = file?.id ?? /\/files-pri\/(\w+)/.exec(file?.url ?? "")?.[1];
  const source = url ?? (id && `/page/files/${id}`);
  if (!source) return instead();
  const image = el("img", { src: source, alt });
  image.addEventListener("error", () => image.replaceWith(instead()));
  return image;
}

function control(element, block, hand) {
  // Not by block_id: Slack gives a new one at every edit.
  const focus = `${element.action_id}/${element.value ?? ""}`;
  if (element.type === "button") return button(element, focus, (option) => press(element, block, hand, option));
  if (element.type !== "overflow" && (element.type !== "static_select" || hand.kept)) return chooser(element, block, hand);
  const overflow = element.type === "overflow";
  const items = element.options.map((option) => ({ label: plainText(option.text.text), run: () => press(element, block, hand, option) }));
  const label = overflow ? "More actions" : plainText(element.placeholder?.text ?? "Choose one");
  const open = (event) => openMenu(event.currentTarget, items, label);
  const attrs = { type: "button", class: element.type, "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label };
  return el("button", { ...attrs, data: { focus }, on: { click: open } }, overflow ? icon("more") : label);
}

/** Something to choose from outside an input block: choosing is a press. */
function chooser(element, block, hand) {
  const label = plainText(element.placeholder?.text ?? "Choose");
  const heard = (value) => press(element, block, hand, { value });
  const kept = hand.kept?.(block, element);
  return (hand.chat && field(element, kept, { label, heard, chat: hand.chat, book: hand.book })) || unknown(element);
}

function input(block, hand) {
  const { element, label, hint, optional } = block;
  if (!hand.heard) return unknown(block);
  const id = `input-${block.block_id}`;
  const error = hand.error(block);
  const heard = (value) => {
    hand.heard(block, value);
    if (block.dispatch_action && !/_input$/.test(element.type)) press(element, block, hand, { value });
  };
  const given = { id, described: `${id}-said`, chat: hand.chat, book: hand.book, heard, label: plainText(label.text) };
  const control = field(element, hand.kept(block, element), given) ?? unknown(element);
  const under = el("div", { id: given.described }, error && el("p", { class: "wrong" }, error), hint && el("p", { class: "hint" }, plainText(hint.text)));
  const name = el("div", { class: "label" }, plainText(label.text), optional && el("span", { class: "quiet" }, " (optional)"));
  return el("div", { class: `block input${error ? " refused" : ""}` }, name, control, under);
}

function button(element, focus, run) {
  const words = plainText(element.text.text);
  const attrs = { type: "button", class: element.style ?? "", "aria-label": element.accessibility_label, data: { focus, action: element.action_id } };
  return el("button", { ...attrs, on: { click: () => run(null) } }, words);
}

async function press(element, block, hand, option) {
  const ask = option?.confirm ?? element.confirm;
  if (ask && !(await confirmed(confirmWords(ask, hand.book)))) return;
  hand.press(element, block, option);
  const url = element.url ?? option?.url;
  if (url && !hand.book.follow(url) && /^https?:\/\//i.test(url)) window.open(url, "_blank", "noopener");
}

function confirmWords(ask, book) {
  const word = (object, otherwise) => (object ? plainText(object.text) : otherwise);
  return {
    title: word(ask.title, "Are you sure?"),
    text: ask.text ? text(ask.text, book) : "",
    yes: word(ask.confirm, "Yes"),
    no: word(ask.deny, "No"),
    danger: ask.style === "danger",
  };
}

function table(block, hand) {
  const settings = block.column_settings ?? [];
  const cell = (value, column, tag) => {
    const { align = "left", is_wrapped: wrapped = false } = settings[column] ?? {};
    const inner = value.type === "rich_text" ? richText(value, hand.book) : String(value.text ?? value.value ?? "");
    return el(tag, { class: `${align}${wrapped ? "" : " nowrap"}` }, inner);
  };
  const row = (cells, tag) => el("tr", {}, cells.map((value, column) => cell(value, column, tag)));
  const [head, ...body] = block.rows;
  const grid = el("table", {}, el("thead", {}, row(head, "th")), el("tbody", {}, body.map((cells) => row(cells, "td"))));
  return el("div", { class: "block table", tabindex: "0", role: "region", "aria-label": "Table" }, grid);
}

function taskCard(task, hand) {
  const status = task.status ?? "pending";
  const rich = (block) => block && el("div", { class: "output" }, richText(block, hand.book));
  const sources = (task.sources ?? []).map((source) => link(source.url, source.text, hand.book.follow));
  return el("div", { class: `task ${status}` }, [
    el("span", { class: "status", role: "img", "aria-label": TASK_WORDS[status] ?? status }, icon(`task-${status}`)),
    el("div", {}, el("b", {}, task.title), rich(task.details), rich(task.output), sources.length > 0 && el("div", { class: "sources" }, sources)),
  ]);
}
