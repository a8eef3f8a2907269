// Draws Slack's data_visualization block (https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block) as SVG.
// Computes nothing but positions: what is drawn, and what a screen reader hears instead, are the block's own figures.

import { el } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 360;
const HEIGHT = 190;
const LEFT = 42;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 34;
const COLOURS = ["#1558a6", "#b5511c", "#14784f", "#7a4fb5", "#a13d63", "#5b6470"];

/** A figure with its title, the drawing and a legend. */
export function chart({ title, chart: given }) {
  const parts = given.type === "pie" ? given.segments.map(({ label }) => label) : given.series.map(({ name }) => name);
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said(title, given) });
  drawing.append(...(given.type === "pie" ? pie(given.segments) : plot(given)));
  const legend = el("ul", { class: "chart-legend" }, parts.map((name, index) => el("li", {}, swatch(index), name)));
  return el("figure", { class: "block chart" }, el("figcaption", {}, title), drawing, (given.type === "pie" || parts.length > 1) && legend);
}

/** The chart in words: its kind, its title and every figure. */
function said(title, given) {
  if (given.type === "pie") return `Pie chart: ${title}. ${given.segments.map(({ label, value }) => `${label} ${value}`).join(", ")}.`;
  const lines = given.series.map(({ name, data }) => `${name}: ${data.map(({ label, value }) => `${label} ${value}`).join(", ")}`);
  const { x_label: across = "", y_label: up = "" } = given.axis_config;
  const axes = [up, across].filter(Boolean).join(" by ");
  return `${given.type[0].toUpperCase()}${given.type.slice(1)} chart: ${title}.${axes ? ` ${axes}.` : ""} ${lines.join("; ")}.`;
}

function svg(tag, attrs, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attrs)) node.setAttribute(name, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

function swatch(index) {
  const square = svg("svg", { viewBox: "0 0 10 10", class: "swatch", "aria-hidden": "true" });
  square.append(svg("rect", { width: 10, height: 10, rx: 2, fill: COLOURS[index % COLOURS.length] }));
  return square;
}

function plot({ type, series, axis_config: axes }) {
  const values = series.flatMap(({ data }) => data.map(({ value }) => value));
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const y = (value) => TOP + ((most - value) / (most - least || 1)) * (HEIGHT - TOP - BOTTOM);
  const step = (WIDTH - LEFT - RIGHT) / axes.categories.length;
  const x = (index) => LEFT + step * (index + 0.5);
  const at = ({ data }) => axes.categories.map((label) => data.find((point) => point.label === label)?.value ?? 0);
  const draw = { line, area, bar: bars }[type];
  return [...grid(least, most, y), ...labels(axes, x), ...series.flatMap((one, index) => draw(at(one), { x, y, step, index, of: series.length }))];
}

function grid(least, most, y) {
  const marks = [...new Set([least, (least + most) / 2, most])];
  return marks.flatMap((value) => [
    svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), stroke: value === 0 ? "#8d99a6" : "#e0e6ec" }),
    svg("text", { x: LEFT - 5, y: y(value) + 3, "text-anchor": "end" }, short(value)),
  ]);
}

const short = (value) => new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);

/** The categories, so many as fit, and the titles of the axes. */
function labels({ categories, x_label: across, y_label: up }, x) {
  const every = Math.ceil(categories.length / (categories.some((name) => name.length > 8) ? 4 : 8)); // long ones would cover each other
  const names = categories.map((name, index) => index % every === 0 && svg("text", { x: x(index), y: HEIGHT - BOTTOM + 13, "text-anchor": "middle" }, name));
  const middle = (TOP + HEIGHT - BOTTOM) / 2;
  return [
    ...names.filter(Boolean),
    ...(across ? [svg("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 5, "text-anchor": "middle", class: "axis" }, across)] : []),
    ...(up ? [svg("text", { x: 9, y: middle, "text-anchor": "middle", class: "axis", transform: `rotate(-90 9 ${middle})` }, up)] : []),
  ];
}

const points = (values, { x, y }) => values.map((value, index) => `${x(index)},${y(value)}`).join(" ");
const colour = (index) => COLOURS[index % COLOURS.length];

function line(values, place) {
  const dots = values.map((value, index) => svg("circle", { cx: place.x(index), cy: place.y(value), r: 2.4, fill: colour(place.index) }));
  return [svg("polyline", { points: points(values, place), fill: "none", stroke: colour(place.index), "stroke-width": 2 }), ...dots];
}

function area(values, place) {
  const ground = place.y(0);
  const outline = `${place.x(0)},${ground} ${points(values, place)} ${place.x(values.length - 1)},${ground}`;
  return [svg("polygon", { points: outline, fill: colour(place.index), "fill-opacity": 0.25 }), ...line(values, place)];
}

function bars(values, { x, y, step, index, of }) {
  const width = (step * 0.7) / of;
  return values.map((value, number) => {
    const left = x(number) - step * 0.35 + width * index;
    return svg("rect", { x: left, y: Math.min(y(value), y(0)), width, height: Math.abs(y(value) - y(0)), fill: colour(index) });
  });
}

function pie(segments) {
  const whole = segments.reduce((sum, { value }) => sum + value, 0);
  const [cx, cy, r] = [WIDTH / 2, HEIGHT / 2, HEIGHT / 2 - 8];
  if (segments.length === 1) return [svg("circle", { cx, cy, r, fill: colour(0) })];
  let from = -Math.PI / 2;
  return segments.map(({ value }, index) => {
    const to = from + (value / whole) * 2 * Math.PI;
    const [x1, y1, x2, y2] = [cx + r * Math.cos(from), cy + r * Math.sin(from), cx + r * Math.cos(to), cy + r * Math.sin(to)];
    const path = `M${cx},${cy} L${x1},${y1} A${r},${r} 0 ${to - from > Math.PI ? 1 : 0} 1 ${x2},${y2} Z`;
    from = to;
    return svg("path", { d: path, fill: colour(index), stroke: "#fff" });
  });
}
