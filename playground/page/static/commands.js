// Lists the words that `/watch` is completed with in the channel's composer.
// A convenience for typing: the app decides what it understands, and `/watch help` says what it is.

/** [[words to type, what they do], …] */
const COMMANDS = [
  ["help", "what may be done here"],
  ["status ", "how an incident stands"],
  ["list", "open incidents"],
  ["why ", "why an alert or a decision went as it did"],
  ["history ", "how it was handled before"],
  ["mirror ", "how far each record is"],
  ["partners", "who answers"],
  ["open ", "open an incident"],
  ["ask ", "ask a partner a question"],
  ["note ", "add what is known"],
  ["correct ", "correct a finding"],
  ["run ", "propose an action"],
  ["approve ", "approve a proposal"],
  ["veto ", "stop a proposal, with a reason"],
  ["withdraw ", "take an approval back"],
  ["stop ", "end an investigation"],
  ["rerun ", "look again"],
  ["handoff ", "hand the watch over"],
  ["halt ", "let nothing start from now on"],
  ["resume", "end a halt"],
  ["close ", "close by hand"],
];

/** What completes a half-typed line: [{insert, label, hint}], at most eight; nothing once the word is whole. */
export function completions(text, people) {
  const slash = /^\/(\w*)$/.exec(text);
  if (slash && "watch".startsWith(slash[1])) return [{ insert: "/watch ", label: "/watch", hint: "the officer of the watch" }];
  const word = /^\/watch (\w*)$/.exec(text);
  if (word) {
    const fitting = COMMANDS.filter(([words]) => words.startsWith(word[1]) && words !== word[1]);
    return fitting.slice(0, 8).map(([words, hint]) => ({ insert: `/watch ${words}`, label: `/watch ${words.trim()}`, hint }));
  }
  const at = /(^|\s)@([\w ]*)$/.exec(text);
  if (!at) return [];
  const begin = text.slice(0, text.length - at[2].length - 1);
  const fitting = people.filter(({ name }) => name.toLowerCase().startsWith(at[2].toLowerCase()) && name !== at[2]);
  return fitting.slice(0, 8).map(({ name, hint }) => ({ insert: `${begin}@${name} `, label: `@${name}`, hint }));
}
