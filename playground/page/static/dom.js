// Builds DOM nodes from plain values, for every file that draws.
// Does not parse HTML: outside text can only ever become a text node, so hostile text stays text.

const SVG = "http://www.w3.org/2000/svg";

/** One element. `attrs`: `class`, `data` (object), `on` (event → listener), else attributes; false and null are left out. */
export function el(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...nodes(children));
  return node;
}

/** Flattens strings, nodes and lists of them; null, undefined, false and "" vanish. */
export function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

/** A drawing that index.html declares once as `<symbol id=…>`. */
export function icon(id, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${className}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${id}`);
  svg.append(use);
  return svg;
}

/** An outside link, or plain text when the address is not http, https or mailto (a `javascript:` link never works here). */
export function link(url, label, follow = null) {
  const text = nodes([label ?? url]);
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return el("span", {}, text);
  const anchor = el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);
  // A link to a message of this workspace is followed inside the page.
  anchor.addEventListener("click", (event) => {
    if (follow?.(url)) event.preventDefault();
  });
  return anchor;
}

/**
 * Makes `parent`'s children the drawings of `items`, reusing a drawing whose key and print are unchanged.
 * Keeps the page still: an update touches only what it changes, and the focus stays on the control with the same data-focus.
 * items: [{key, print, draw: () => Element}]; keys are unique.
 */
export function reconcile(parent, items) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let place = parent.firstElementChild;
  for (const { key, print, draw } of items) {
    let node = old.get(key);
    old.delete(key);
    if (!node || node.print !== print) {
      const fresh = draw();
      fresh.dataset.key = key;
      fresh.print = print;
      if (node) {
        const focus = node.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
        if (place === node) place = fresh;
        node.replaceWith(fresh);
        if (focus) fresh.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
      }
      node = fresh;
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const node of old.values()) node.remove();
}

/** Runs `draw` and leaves the pane at its newest line if the reader was there. */
export function keepNewest(pane, draw) {
  const atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 40;
  draw();
  if (atEnd) pane.scrollTop = pane.scrollHeight;
}
