// Draws the files of a message as cards: name, kind, size, and the picture where it is one.
// Loads from this page's own server only.

import { el } from "./dom.js";

const UNITS = ["bytes", "kB", "MB"];

/** files: [{name, title, size, alt, mimetype, href}] as in docs/slack-stand-in.md. */
export function fileCards(files) {
  return files.map((file) => el("figure", { class: "file-card" }, el("figcaption", {}, name(file), el("span", { class: "quiet" }, `${file.mimetype}, ${size(file.size)}`)), preview(file)));
}

function name({ title, href }) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, title);
}

/** "1.23 kB" */
export function size(bytes) {
  const unit = bytes >= 1e6 ? 2 : Number(bytes >= 1e3);
  return `${Number((bytes / 1000 ** unit).toPrecision(3))}\u00a0${UNITS[unit]}`;
}

function preview({ mimetype, href, alt, title }) {
  if (!/^image\/(png|jpeg|gif)$/.test(mimetype)) return null;
  const image = el("img", { src: href, alt: alt || title });
  image.addEventListener("error", () => image.remove());
  return image;
}
