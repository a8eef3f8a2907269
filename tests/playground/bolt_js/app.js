// A Bolt app in JavaScript that answers a command, a mention, a reaction and a button; it knows nothing of the stand-in
// but the address of its Web API. Usage: node app.js API_URL BOT_TOKEN APP_TOKEN
const { App } = require("@slack/bolt");

const [apiUrl, token, appToken] = process.argv.slice(2);
const app = new App({ token, appToken, socketMode: true, clientOptions: { slackApiUrl: apiUrl } });

app.command("/watch", async ({ command, ack }) => {
  await ack({ text: `JavaScript heard: ${command.text}`, response_type: "ephemeral" });
});

app.event("app_mention", async ({ event, client }) => {
  await client.chat.postMessage({
    channel: event.channel,
    thread_ts: event.ts,
    text: "JavaScript was mentioned",
    metadata: { event_type: "js_card", event_payload: { incident: "INC-2041" } },
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: "A card from *JavaScript*" } },
      {
        type: "actions",
        elements: [{ type: "button", action_id: "js_press", text: { type: "plain_text", text: "Press" }, value: "v" }],
      },
    ],
  });
});

app.event("reaction_added", async ({ event, client }) => {
  await client.reactions.add({ channel: event.item.channel, timestamp: event.item.ts, name: event.reaction });
});

app.action("js_press", async ({ ack, body, client, respond }) => {
  await ack();
  await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: "JavaScript was pressed" });
  await respond({ text: "pressed by you", replace_original: false });
});

app.message(async () => {});

app.start();
