// Writes times as a reader in UTC with a 24-hour clock sees them.
// Knows no other zone: the demo's reader sits in UTC, as in the documentation's pictures.

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const DAY_MS = 86_400_000;

const two = (number) => String(number).padStart(2, "0");

export const clock = (date) => `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
export const clockSeconds = (date) => `${clock(date)}:${two(date.getUTCSeconds())}`;
/** "24 Nov 2026" */
export const shortDay = (date) => `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()].slice(0, 3)} ${date.getUTCFullYear()}`;
/** "Tuesday, November 24", the line between two days. */
export const dayLine = (date) => `${DAYS[date.getUTCDay()]}, ${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`;
/** The moment of a message; its `ts` is seconds since 1970 with six decimals. */
export const fromTs = (ts) => new Date(Number(ts) * 1000);

/** "64 ms", "1.2 s", "3 min 17 s": the unit that reads best, U+00A0 before it. */
export function duration(ms) {
  if (ms < 999.5) return `${ms < 1 ? "< 1" : Math.round(ms)}\u00a0ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}\u00a0s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 3600
    ? `${Math.floor(seconds / 60)}\u00a0min ${seconds % 60}\u00a0s`
    : `${Math.floor(seconds / 3600)}\u00a0h ${Math.floor((seconds % 3600) / 60)}\u00a0min`;
}

/**
 * The text of `<!date^seconds^format^link|fallback>`, by https://docs.slack.dev/messaging/formatting-message-text/#date-formatting.
 * An unreadable time or an unknown token gives the fallback.
 */
export function slackDate(seconds, format, fallback, now = new Date()) {
  const date = new Date(Number(seconds) * 1000);
  if (!/^\d+$/.test(seconds) || Number.isNaN(date.getTime())) return fallback;
  let unknown = false;
  const text = format.replace(/\{(\w+)\}/g, (_, token) => {
    const write = TOKENS[token];
    if (!write) unknown = true;
    return write ? write(date, now) : "";
  });
  return unknown ? fallback : text;
}

const month = (date) => MONTHS[date.getUTCMonth()];
const short = (date) => `${month(date).slice(0, 3)} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
const plain = (date) => `${month(date)} ${ordinal(date.getUTCDate())}, ${date.getUTCFullYear()}`;
const long = (date) => `${DAYS[date.getUTCDay()]}, ${plain(date)}`;

const TOKENS = {
  date_num: (date) => date.toISOString().slice(0, 10),
  date: plain,
  date_short: short,
  date_long: long,
  date_pretty: (date, now) => near(date, now) ?? plain(date),
  date_short_pretty: (date, now) => near(date, now) ?? short(date),
  date_long_pretty: (date, now) => near(date, now) ?? long(date),
  time: clock,
  time_secs: clockSeconds,
  ago: (date, now) => (date > now ? `in ${duration(date - now)}` : `${duration(now - date)} ago`),
};

function ordinal(day) {
  const tens = day % 100 >= 11 && day % 100 <= 13;
  return `${day}${tens ? "th" : { 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th"}`;
}

function near(date, now) {
  const days = Math.floor(date.getTime() / DAY_MS) - Math.floor(now.getTime() / DAY_MS);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
}
