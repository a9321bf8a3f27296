// The page as a whole: channels, the open one, and who the person is.

import { byId, element, toast } from "./dom.js";
import { act, all, connect, onChange, parts } from "./live.js";
import { avatar, showMessages } from "./messages.js";
import { reply, writeIn } from "./composer.js";

const TYPING_MS = 10000;
let open = null;
let typingTimer = null;

function show() {
  if (!parts.has("server") || !parts.has("me")) return;
  const channels = all("channel");
  if (!channels.some((channel) => channel.id === open)) return enter(channels[0].id);
  showChannels(channels);
  showPeople();
  showTitle(parts.get(`channel/${open}`));
  showWelcome(parts.get(`channel/${open}`));
  showMessages(open, { reply, open: enter });
  showStatus(parts.get(`channel/${open}`));
}

function enter(id) {
  open = id;
  byId("messages").replaceChildren();
  show();
  byId("scroll").scrollTop = byId("scroll").scrollHeight;
  writeIn(id);
}

function showChannels(channels) {
  byId("server").textContent = parts.get("server").name;
  const threads = (id) => channels.filter((channel) => channel.thread && channel.parent_id === id);
  const item = (channel) => element("li", {},
    element("button", { type: "button", "data-key": channel.id, "aria-current": channel.id === open && "page", onclick: () => enter(channel.id) }, titleOf(channel)),
    threads(channel.id).length ? element("ul", {}, threads(channel.id).map(item)) : null);
  const focused = byId("channels").contains(document.activeElement) ? document.activeElement.dataset.key : null;
  byId("channels").replaceChildren(...channels.filter((channel) => !channel.thread).map(item));
  if (focused) byId("channels").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function titleOf(channel) {
  if (channel.dm) return [avatar(parts.get("bot").id), element("span", {}, parts.get("bot").name)];
  return [element("span", { class: "hash", "aria-hidden": "true" }, channel.thread ? "↳" : "#"), element("span", {}, channel.name)];
}

function showTitle(channel) {
  byId("title").replaceChildren(...titleOf(channel));
  byId("topic").textContent = channel.dm ? "Direct messages with the bot." : channel.topic ?? "";
  byId("text").placeholder = `Message ${channel.dm ? "@" + parts.get("bot").name : "#" + channel.name}`;
}

function showWelcome(channel) {
  const name = channel.dm ? parts.get("bot").name : (channel.thread ? "" : "#") + channel.name;
  const told = channel.thread ? "Mention the bot, or reply to it, to go on." : "Nothing here leaves this machine, and nothing is kept when it ends.";
  byId("welcome").replaceChildren(element("b", {}, channel.thread || channel.dm ? name : `Welcome to ${name}!`), element("p", {}, told));
}

function showPeople() {
  const { people, playable } = parts.get("server");
  if (byId("who").children.length !== playable.length)
    byId("who").replaceChildren(...playable.map((id) => element("option", { value: id }, `${people[id].name} (${people[id].role})`)));
  byId("who").value = parts.get("me").id;
  byId("me").setAttribute("aria-label", `You are ${parts.get("me").name}`);
}

function showStatus(channel) {
  const bot = parts.get("bot");
  const typing = channel.typing && Date.now() - Date.parse(channel.typing) < TYPING_MS;
  byId("status").textContent = bot.status || (typing ? `${bot.name} is typing…` : bot.online ? "" : `${bot.name} is not connected.`);
  clearTimeout(typingTimer);
  if (typing) typingTimer = setTimeout(show, TYPING_MS);
}

byId("who").addEventListener("change", (event) => act({ do: "be", user: event.target.value }).catch((error) => toast(error.message)));
byId("locale").value = [...byId("locale").options].find((option) => option.value.slice(0, 2) === navigator.language.slice(0, 2))?.value ?? "en-US";
byId("locale").addEventListener("change", show);
onChange(show);
connect();
