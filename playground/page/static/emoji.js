// Turns Slack's emoji names into characters and back, for text and reactions.
// Knows the names this workspace uses; any other name is shown as `:name:`, as Slack does for an unknown one.

const CHARACTERS = {
  white_check_mark: "✅", no_entry: "⛔", eyes: "👀", "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎",
  bell: "🔔", mag_right: "🔎", mag: "🔍", hand: "✋", raised_hand: "✋", gear: "⚙️", hourglass_flowing_sand: "⏳",
  hourglass: "⌛", heavy_check_mark: "✔️", warning: "⚠️", x: "❌", question: "❓", rotating_light: "🚨", fire: "🔥",
  tada: "🎉", pray: "🙏", thinking_face: "🤔", wave: "👋", rocket: "🚀", heart: "❤️", smile: "😄", stop_sign: "🛑",
  octagonal_sign: "🛑", no_entry_sign: "🚫", arrows_counterclockwise: "🔄", memo: "📝", pushpin: "📌", speech_balloon: "💬",
  red_circle: "🔴", large_green_circle: "🟢", large_yellow_circle: "🟡", information_source: "ℹ️", zap: "⚡",
};

/** What the picker offers: the two that decide, and one that decides nothing. */
export const PICKER = ["white_check_mark", "no_entry", "eyes"];

/** The character of a name; a skin tone (`hand::skin-tone-2`) is ignored. */
export function emoji(name) {
  return CHARACTERS[name.split("::")[0]] ?? `:${name}:`;
}

/** A name in words, for a screen reader. */
export function spoken(name) {
  return name.split("::")[0].replaceAll("_", " ");
}
