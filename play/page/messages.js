// The messages of the open channel; an element is made anew only when its message has changed.

import { byId, element, toast } from "./dom.js";
import { act, all, parts } from "./live.js";
import { blocks } from "./markdown.js";
import { attachment, components, embed, locale } from "./components.js";
import { outcome } from "./modal.js";

const TOGETHER = 7 * 60 * 1000;
const COMPONENTS_V2 = 1 << 15;
const shown = new Map();
const dismissed = new Set();
const later = (a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1);

export function showMessages(channelId, { reply, open }) {
  const log = byId("messages");
  const scroll = byId("scroll");
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const listed = all("message").filter((m) => m.channel_id === channelId && !dismissed.has(m.id)).sort(later);
  const elements = listed.map((message, place) => {
    const joined = continues(listed[place - 1], message);
    const key = JSON.stringify([message, joined, parts.get("me")]);
    const before = shown.get(message.id);
    if (before?.key === key) return before.made;
    const made = draw(message, joined, { reply, open });
    restoreFocus(before?.made, made);
    shown.set(message.id, { key, made });
    return made;
  });
  elements.forEach((made, place) => {
    if (log.children[place] !== made) log.insertBefore(made, log.children[place] ?? null);
  });
  while (log.children.length > elements.length) log.lastChild.remove();
  if (atEnd) scroll.scrollTop = scroll.scrollHeight;
}

function restoreFocus(before, made) {
  const key = before?.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  if (key) setTimeout(() => [...made.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus());
}

function continues(before, message) {
  const alone = message.referenced_message || message.used || message.interaction_metadata;
  return !alone && before?.author.id === message.author.id && Date.parse(message.timestamp) - Date.parse(before.timestamp) < TOGETHER;
}

export const nameOf = (id) => parts.get("server")?.people[id]?.name ?? "Somebody";

function draw(message, joined, { reply, open }) {
  const classes = ["message", joined && "joined", message.ephemeral && "ephemeral",
    message.mentions.some((one) => one.id === parts.get("me").id) && "mentioned"];
  return element("li", { class: classes.filter(Boolean).join(" "), id: `message-${message.id}` },
    above(message), joined ? null : avatar(message.author.id), joined ? null : header(message),
    element("div", { class: message.flags & COMPONENTS_V2 ? "body spaced" : "body" }, body(message)),
    message.ephemeral ? onlyYou(message) : tools(message, reply),
    message.thread && threadLink(message.thread, open));
}

function above(message) {
  const { used, referenced_message: original } = message;
  if (used) return element("p", { class: "above" }, element("b", {}, nameOf(used.by)), " used ",
    element("span", { class: "mention", title: used.options.join("\n") }, used.menu ? used.name : "/" + used.name));
  if (!original) return message.message_reference ? element("p", { class: "above" }, "Original message was deleted") : null;
  const text = original.content || original.embeds[0]?.title || original.embeds[0]?.description || "Click to see it";
  const jump = () => byId(`message-${original.id}`)?.scrollIntoView({ block: "center" });
  return element("button", { type: "button", class: "above", onclick: jump },
    element("b", {}, "@" + nameOf(original.author.id)), " ", element("span", {}, blocks(text.split("\n")[0].slice(0, 120))));
}

export function avatar(id) {
  const person = parts.get("server")?.people[id];
  const made = element("span", { class: person?.bot ? "avatar bot" : "avatar", "aria-hidden": "true" }, nameOf(id)[0]);
  made.style.setProperty("--hue", String(Number(BigInt(id) >> 22n) % 360));
  return made;
}

function header(message) {
  const at = new Date(message.timestamp);
  const today = at.toDateString() === new Date().toDateString();
  const written = today ? `Today at ${at.toLocaleTimeString([], { timeStyle: "short" })}` : at.toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  return element("h3", {}, element("span", { class: "author" }, nameOf(message.author.id)),
    message.author.bot && element("span", { class: "badge" }, "APP"), element("time", { datetime: message.timestamp }, written));
}

function body(message) {
  if (message.loading) {
    const dots = element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
    return element("p", { class: "thinking" }, dots, `${nameOf(message.author.id)} is thinking…`);
  }
  return [
    message.content && element("div", { class: "content" }, blocks(message.content),
      message.edited_timestamp && element("span", { class: "edited", title: new Date(message.edited_timestamp).toLocaleString() }, "(edited)")),
    message.embeds.map(embed),
    message.attachments.map(attachment),
    components(message.components, message),
    message.reactions && element("p", { class: "reactions" }, message.reactions.map((r) => element("span", {}, `${r.emoji.name} ${r.count}`))),
  ].flat();
}

function onlyYou(message) {
  const dismiss = () => {
    dismissed.add(message.id);
    byId(`message-${message.id}`).remove();
    byId("text").focus();
  };
  return element("p", { class: "only-you" }, "Only you can see this · ",
    element("button", { type: "button", class: "plain", onclick: dismiss }, "Dismiss message"));
}

function threadLink(thread, open) {
  return element("button", { type: "button", class: "thread", onclick: () => open(thread.id) },
    element("b", {}, thread.name), " ", element("span", {}, "See thread ›"));
}

function tools(message, reply) {
  const menu = (event) => openMenu(event.currentTarget, message);
  return element("div", { class: "tools" },
    element("button", { type: "button", title: "Reply", "aria-label": "Reply", onclick: () => reply(message) }, "↩"),
    element("button", { type: "button", title: "Apps", "aria-label": "Apps", "aria-haspopup": "menu", onclick: menu }, "⋯"));
}

function openMenu(anchor, message) {
  const menu = byId("menu");
  const channel = parts.get(`channel/${message.channel_id}`);
  const offered = parts.get(`commands/${channel.id}`).listed.filter((command) => command.type === 3);
  const choose = (command) => async () => {
    closeMenu();
    try {
      outcome(await act({ do: "menu", message: message.id, name: command.name, locale: locale() }));
    } catch (error) {
      toast(error.message);
    }
  };
  const items = offered.map((command) => element("li", { role: "menuitem", tabindex: "-1", onclick: choose(command) },
    command.name_localizations?.[locale()] ?? command.name));
  menu.replaceChildren(...(items.length ? items : [element("li", { role: "menuitem", tabindex: "-1", onclick: closeMenu }, "No apps for messages")]));
  const box = anchor.getBoundingClientRect();
  menu.hidden = false;
  menu.style.setProperty("left", `${Math.max(8, box.right - menu.offsetWidth)}px`);
  menu.style.setProperty("top", `${Math.min(box.bottom + 4, innerHeight - menu.offsetHeight - 8)}px`);
  menu.anchor = anchor;
  menu.children[0].focus();
}

function closeMenu() {
  byId("menu").hidden = true;
  byId("menu").anchor?.focus();
}

byId("menu").addEventListener("keydown", (event) => {
  const items = [...byId("menu").children];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  else if (event.key === "Enter" || event.key === " ") document.activeElement.click();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else return;
  event.preventDefault();
});
document.addEventListener("pointerdown", (event) => {
  if (!byId("menu").contains(event.target)) byId("menu").hidden = true;
});
