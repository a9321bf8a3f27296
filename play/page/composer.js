// Where a person writes: text, mentions, files, replies, and the start of a slash command.

import { byId, element, toast } from "./dom.js";
import { act, all, parts, upload } from "./live.js";
import { commands, fill, isFilling, leave } from "./command.js";
import { nameOf } from "./messages.js";
import { offer, pickerKey, withdraw } from "./picker.js";

const text = byId("text");
let channelId = null;
let replyTo = null;
let files = [];

export function writeIn(id) {
  if (isFilling()) leave();
  [channelId, files] = [id, []];
  reply(null);
  showFiles();
  text.focus();
}

export function reply(message) {
  replyTo = message;
  const bar = byId("replying");
  bar.hidden = !message;
  if (!message) return;
  bar.replaceChildren("Replying to ", element("b", {}, nameOf(message.author.id)),
    element("button", { type: "button", class: "plain", "aria-label": "Don't reply", onclick: () => reply(null) }, "✕"));
  text.focus();
}

function grow() {
  text.style.setProperty("height", "auto");
  text.style.setProperty("height", `${Math.min(text.scrollHeight, 240)}px`);
}

function suggest() {
  grow();
  if (text.value.startsWith("/")) return suggestCommands();
  const begun = /(?:^|\s)([@#])([\p{L}\p{N}_-]*)$/u.exec(text.value.slice(0, text.selectionStart));
  if (!begun) return withdraw();
  const names = begun[1] === "@"
    ? Object.values(parts.get("server").people).map((person) => ({ label: "@" + person.name, detail: person.bot ? "app" : person.role }))
    : all("channel").filter((channel) => !channel.dm).map((channel) => ({ label: "#" + channel.name }));
  const found = names.filter((item) => item.label.toLowerCase().startsWith((begun[1] + begun[2]).toLowerCase()));
  offer(text, found, (item) => {
    const end = text.selectionStart;
    text.setRangeText(item.label + " ", end - begun[2].length - 1, end, "end");
  });
}

function suggestCommands() {
  const listed = commands(channelId);
  const typed = text.value.toLowerCase();
  const whole = listed.find((command) => typed.startsWith(command.label + " "));
  const start = (command) => {
    const rest = text.value.slice(command.label.length + 1);
    text.value = "";
    fill(command, channelId, rest);
  };
  if (whole) {
    withdraw();
    return start(whole);
  }
  const begins = (command) => Number(command.label.startsWith(typed));
  const found = listed.filter((command) => command.label.includes(typed.slice(1))).sort((a, b) => begins(b) - begins(a));
  offer(text, found, (command) => {
    text.value = command.label;
    start(command);
  });
}

// What a person sees as @Name is sent as the person's id.
function encoded(written) {
  const people = Object.entries(parts.get("server").people).map(([id, person]) => ["@" + person.name, `<@${id}>`]);
  const channels = all("channel").map((channel) => ["#" + channel.name, `<#${channel.id}>`]);
  const known = [...people, ...channels].sort(([a], [b]) => b.length - a.length);
  return known.reduce((sent, [name, id]) => sent.replaceAll(name, id), written);
}

async function send() {
  const content = text.value.trim();
  if (!content && !files.length) return;
  if (/^\/\w/.test(content)) throw new Error("There is no such command here.");
  const order = { do: "say", channel: channelId, content: encoded(content), reply_to: replyTo?.id };
  text.value = "";
  grow();
  try {
    await act({ ...order, files: await Promise.all(files.map(upload)) });
  } catch (error) {
    text.value = content;
    throw error;
  }
  files = [];
  reply(null);
  showFiles();
}

function attach(chosen) {
  files = [...files, ...chosen].slice(0, 10);
  showFiles();
  text.focus();
}

function showFiles() {
  byId("files").hidden = !files.length;
  byId("files").replaceChildren(...files.map((file) => element("li", {}, file.name,
    element("button", { type: "button", class: "plain", "aria-label": `Remove ${file.name}`, onclick: () => { files = files.filter((one) => one !== file); showFiles(); } }, "✕"))));
}

text.addEventListener("input", suggest);
text.addEventListener("blur", withdraw);
text.addEventListener("keydown", (event) => {
  if (pickerKey(event)) return;
  if (event.key === "Escape") reply(null);
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send().catch((error) => toast(error.message));
});
text.addEventListener("paste", (event) => event.clipboardData.files.length && attach(event.clipboardData.files));
byId("file").addEventListener("change", (event) => {
  attach(event.target.files);
  event.target.value = "";
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (!isFilling()) attach(event.dataTransfer.files);
});
