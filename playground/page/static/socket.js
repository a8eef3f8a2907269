// Keeps one WebSocket of this page's server open and hands on what it says, reconnecting after a loss.
// Does not remember: the server sends a whole snapshot at every connection.

const RETRY_MS = 1000;

/** Opens `path` for ever. heard(message) for each JSON message, linked(true or false) when the link comes and goes. */
export function listen(path, heard, linked) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url);
  socket.addEventListener("open", () => linked(true));
  socket.addEventListener("message", (event) => heard(JSON.parse(event.data)));
  socket.addEventListener("close", () => {
    linked(false);
    setTimeout(() => listen(path, heard, linked), RETRY_MS);
  });
}

/** Posts JSON; resolves to {ok, code, error}: when it was refused or could not be sent, `error` says so in words. */
export async function post(path, body) {
  try {
    const response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const answer = await response.json().catch(() => ({}));
    return { ok: response.ok, code: answer.error, error: answer.detail ?? answer.error ?? `The server answered ${response.status}.` };
  } catch {
    return { ok: false, code: "unreachable", error: "The demo’s server does not answer. Nothing was sent." };
  }
}
