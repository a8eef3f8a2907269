// Draws Slack's data_table block (https://docs.slack.dev/reference/block-kit/blocks/data-table-block): caption, header, pages.
// Sorts and filters nothing, unlike Slack's own client.

import { el } from "./dom.js";
import { richText } from "./rich_text.js";

const ROWS_A_PAGE = 5;

/** The table with its first page; `book` as in mrkdwn.js. */
export function dataTable({ caption, rows, page_size: size = ROWS_A_PAGE, row_header_column_index: named = 0 }, book) {
  const [head, ...body] = rows;
  const pages = Math.ceil(body.length / size);
  const place = el("tbody");
  const where = el("span", { class: "quiet", role: "status" });
  let page = 0;

  function show(next) {
    page = next;
    place.replaceChildren(...body.slice(page * size, (page + 1) * size).map(row));
    where.textContent = `${page * size + 1} to ${Math.min((page + 1) * size, body.length)} of ${body.length}`;
    back.disabled = page === 0;
    forth.disabled = page === pages - 1;
  }

  const cell = (value) => (value.type === "rich_text" ? richText(value, book) : String(value.text ?? value.value ?? ""));
  const side = (value) => (value.type === "raw_number" ? "right" : "left");
  const row = (cells) =>
    el("tr", {}, cells.map((value, column) => (column === named ? el("th", { scope: "row", class: side(value) }, cell(value)) : el("td", { class: side(value) }, cell(value)))));
  const turn = (label, by) => el("button", { type: "button", "aria-label": label, on: { click: () => show(page + by) } }, by < 0 ? "‹" : "›");
  const [back, forth] = [turn("Earlier rows", -1), turn("Later rows", 1)];
  const top = el("thead", {}, el("tr", {}, head.map((value) => el("th", { scope: "col" }, cell(value)))));
  show(0);
  return el("div", { class: "block table data", tabindex: "0", role: "region", "aria-label": caption }, [
    el("table", {}, el("caption", {}, caption), top, place),
    pages > 1 && el("div", { class: "pages" }, back, where, forth),
  ]);
}
