// Draws what a person can enter into (https://docs.slack.dev/reference/block-kit/block-elements), with the browser's own controls.
// Keeps nothing: each change is handed to `heard(value)`, in the form the stand-in's `fill` takes.

import { el } from "./dom.js";
import { mrkdwn, plainText } from "./mrkdwn.js";

const LINES = { plain_text_input: "text", email_text_input: "email", url_text_input: "url", number_input: "number", datepicker: "date", timepicker: "time" };

/**
 * The control of one element, or null for a kind it does not know.
 * kept: the element's part of `state.values`; given: {id, label, described, chat, book, heard(value)}.
 */
export function field(element, kept, given) {
  if (LINES[element.type]) return line(element, kept, given);
  const choices = choicesOf(element, given.chat);
  if (!choices) return null;
  const chosen = [kept?.selected_options ?? kept?.selected_users ?? kept?.selected_option ?? kept?.selected_user ?? kept?.selected_channel ?? kept?.selected_conversation ?? []];
  const now = new Set(chosen.flat().map((one) => one.value ?? one));
  if (element.type === "checkboxes" || element.type === "radio_buttons") return boxes(element, choices, now, given);
  return select(element, choices, now, given);
}

function attributes(element, { id, label, described }) {
  const placeholder = element.placeholder ? plainText(element.placeholder.text) : null;
  return { id, placeholder, "aria-label": label, "aria-describedby": described, autofocus: element.focus_on_load, data: { focus: element.action_id } };
}

function line(element, kept, given) {
  const value = kept?.value ?? kept?.selected_date ?? kept?.selected_time ?? "";
  const attrs = { ...attributes(element, given), maxlength: element.max_length, on: { input: (event) => given.heard(event.target.value) } };
  const box = element.multiline ? el("textarea", { ...attrs, rows: "2" }) : el("input", { ...attrs, type: LINES[element.type] });
  box.value = value;
  return box;
}

/** [{value, label, hint}] of an element to choose from; people and conversations are those of the workspace. */
function choicesOf(element, chat) {
  const all = element.options ?? element.option_groups?.flatMap(({ options }) => options);
  if (all) return all.map(({ text, value, description }) => ({ value, label: text, hint: description }));
  const words = (text) => ({ type: "plain_text", text });
  if (/users_select$/.test(element.type)) return [...chat.users.values()].filter((user) => !user.deleted).map((user) => ({ value: user.id, label: words(user.real_name) }));
  if (/^(channels|conversations)_select$/.test(element.type)) return [...chat.channels.values()].filter(({ name }) => name).map(({ id, name }) => ({ value: id, label: words(`# ${name}`) }));
  return null;
}

function select(element, choices, now, given) {
  const several = element.type.startsWith("multi_");
  const hear = (event) => given.heard(several ? [...event.target.selectedOptions].map(({ value }) => value) : event.target.value);
  const first = !several && el("option", { value: "" }, plainText(element.placeholder?.text ?? "Choose one"));
  const options = choices.map(({ value, label }) => el("option", { value, selected: now.has(value) }, plainText(label.text)));
  return el("select", { ...attributes(element, given), placeholder: null, multiple: several, on: { change: hear } }, first, options);
}

function boxes(element, choices, now, given) {
  const type = element.type === "checkboxes" ? "checkbox" : "radio";
  const text = (object) => (object.type === "mrkdwn" ? mrkdwn(object.text, given.book) : plainText(object.text));
  const group = el("div", { id: given.id, class: "boxes", role: type === "radio" ? "radiogroup" : "group", "aria-label": given.label, "aria-describedby": given.described });
  const hear = () => {
    const checked = [...group.querySelectorAll("input:checked")].map(({ value }) => value);
    given.heard(type === "radio" ? checked[0] : checked);
  };
  const box = ({ value, label, hint }, index) =>
    el("label", {}, [
      el("input", { type, name: given.id, value, checked: now.has(value), data: { focus: `${element.action_id}/${index}` }, on: { change: hear } }),
      el("span", {}, text(label), hint && el("small", {}, text(hint))),
    ]);
  group.append(...choices.map(box));
  return group;
}
