// The connection to the page's server: the parts of what is seen, and what the person does.

export const parts = new Map();
const waiting = new Map();
const listeners = [];
let socket = null;
let number = 0;

export const onChange = (listener) => listeners.push(listener);

export function all(kind) {
  const found = [];
  for (const [key, part] of parts) if (key.startsWith(kind + "/")) found.push(part);
  return found;
}

export function connect() {
  socket = new WebSocket(`ws://${location.host}/live`);
  socket.addEventListener("open", () => parts.clear());
  socket.addEventListener("message", (event) => receive(JSON.parse(event.data)));
  socket.addEventListener("close", () => {
    for (const { fail } of waiting.values()) fail(new Error("The page has lost its server."));
    waiting.clear();
    parts.set("bot", { ...parts.get("bot"), online: false, status: "The server of this page has ended." });
    tell(new Set(["bot"]));
    setTimeout(connect, 2000);
  });
}

function receive(news) {
  if ("answers" in news) {
    const asker = waiting.get(news.answers);
    waiting.delete(news.answers);
    if ("refusal" in news) asker?.fail(new Error(news.refusal));
    else asker?.done(news.result);
    return;
  }
  for (const [key, part] of Object.entries(news.set)) parts.set(key, part);
  for (const key of news.gone) parts.delete(key);
  tell(new Set([...Object.keys(news.set), ...news.gone]));
}

function tell(keys) {
  for (const listener of listeners) listener(keys);
}

export function act(order) {
  return new Promise((done, fail) => {
    if (socket?.readyState !== WebSocket.OPEN) return fail(new Error("The page has lost its server."));
    number += 1;
    waiting.set(number, { done, fail });
    socket.send(JSON.stringify({ number, ...order }));
  });
}

// A token that stands for the file in what the person does next.
export async function upload(file) {
  const kind = { "Content-Type": "application/octet-stream" };
  const address = `/files?name=${encodeURIComponent(file.name)}`;
  const answer = await fetch(address, { method: "POST", body: file, headers: kind });
  if (!answer.ok) throw new Error(`${file.name} is larger than Discord takes (10 MB).`);
  return (await answer.json()).file;
}
