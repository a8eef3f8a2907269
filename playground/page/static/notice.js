// Says for some seconds, under the bar, what became of an order that has no line of its own to answer in.
// What was typed is answered beside its line instead.

const SHOWN_MS = 9000;
const notice = document.getElementById("notice");
let leaving;

/** Shows `words`; said again, the same words appear again, so that every click is seen to be answered. */
export function notify(words) {
  clearTimeout(leaving);
  notice.textContent = "";
  requestAnimationFrame(() => (notice.textContent = words));
  leaving = setTimeout(() => (notice.textContent = ""), SHOWN_MS);
}
