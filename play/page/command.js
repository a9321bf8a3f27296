// A slash command being filled in: a field an option, as Discord shows it.

import { byId, element, toast } from "./dom.js";
import { act, parts, upload } from "./live.js";
import { locale, places } from "./components.js";
import { outcome } from "./modal.js";
import { offer, pickerKey, withdraw } from "./picker.js";

const KINDS = { 6: ["user"], 7: ["channel"], 8: ["role"], 9: ["user", "role"] };
const FILE = 11;
const form = byId("command");
let current = null;

// Every command with its subcommands: [{ label: "/articles list", detail, name, options }].
export function commands(channelId) {
  const flat = (level, name) => {
    const inner = (level.options ?? []).filter((option) => option.type <= 2);
    if (inner.length) return inner.flatMap((option) => flat(option, `${name} ${option.name}`));
    const detail = level.description_localizations?.[locale()] ?? level.description;
    return [{ label: "/" + name, detail, name, options: level.options ?? [] }];
  };
  const { listed } = parts.get(`commands/${channelId}`) ?? { listed: [] };
  return listed.filter((command) => command.type === 1).flatMap((command) => flat(command, command.name));
}

export const isFilling = () => current !== null;

export function fill(command, channelId, text) {
  current = { command, channelId, fields: new Map() };
  byId("text").hidden = byId("attach").hidden = true;
  form.hidden = false;
  form.replaceChildren(element("b", { class: "command-name" }, command.label));
  command.options.filter((option) => option.required).forEach(addField);
  const optional = command.options.filter((option) => !option.required);
  if (command.options.length && !current.fields.size) addField(optional.shift());
  for (const option of optional) {
    const add = (event) => {
      event.currentTarget.remove();
      addField(option).focus();
    };
    form.append(element("button", { type: "button", class: "add", title: described(option), onclick: add }, "+ " + option.name));
  }
  form.append(element("button", { class: "button primary send", "aria-label": "Send" }, "Send"));
  const first = form.querySelector("input") ?? form.querySelector(".send");
  if (text && first.type === "text") first.value = text;
  first.focus();
}

export function leave() {
  withdraw();
  current = null;
  form.hidden = true;
  form.replaceChildren();
  byId("text").hidden = byId("attach").hidden = false;
  byId("text").focus();
}

const described = (option) => option.description_localizations?.[locale()] ?? option.description;

function addField(option) {
  const attributes = option.type === FILE ? { type: "file" } : { type: "text", maxlength: option.max_length, autocomplete: "off", placeholder: described(option) };
  const input = element("input", { name: option.name, title: described(option), ...attributes });
  const offered = () => suggest(option, input);
  input.addEventListener("input", () => {
    input.chosen = null;
    offered();
  });
  input.addEventListener("focus", offered);
  input.addEventListener("blur", withdraw);
  current.fields.set(option, input);
  const made = element("label", { class: "option" }, element("span", {}, option.name), input);
  form.insertBefore(made, form.querySelector(".add, .send"));
  return input;
}

function known(option) {
  if (option.choices) return option.choices.map((choice) => ({ label: choice.name, value: choice.value }));
  if (option.type === 5) return [{ label: "True", value: true }, { label: "False", value: false }];
  return (KINDS[option.type] ?? []).flatMap(places);
}

async function suggest(option, input) {
  let found = known(option);
  const typed = input.value.toLowerCase();
  if (option.autocomplete) {
    const asked = (input.asked = (input.asked ?? 0) + 1);
    await new Promise((done) => setTimeout(done, 150));
    if (asked !== input.asked) return;
    found = await complete(option, input).catch(() => []);
    if (asked !== input.asked || document.activeElement !== input) return;
  } else found = found.filter((item) => item.label.toLowerCase().includes(typed));
  if (input.chosen) return;
  offer(input, found, (item) => {
    input.value = item.label;
    input.chosen = item;
    const next = [...form.querySelectorAll("input")].find((other) => !other.value);
    (next ?? input).focus();
  });
}

async function complete(option, input) {
  const options = {};
  for (const [other, written] of current.fields) if (other.type !== FILE && written.value) options[other.name] = valueOf(other, written);
  const { command, channelId } = current;
  options[option.name] = input.value;
  const order = { do: "autocomplete", channel: channelId, name: command.name, options, focused: option.name, locale: locale() };
  return (await act(order)).choices.map((choice) => ({ label: choice.name, value: choice.value }));
}

function valueOf(option, input) {
  const written = input.value.trim();
  if (input.chosen) return input.chosen.value;
  const same = known(option).find((item) => item.label.toLowerCase() === written.toLowerCase());
  if (same) return same.value;
  return option.type === 4 || option.type === 10 ? Number(written) : written;
}

async function send() {
  const { command, channelId, fields } = current;
  const options = {};
  for (const [option, input] of fields) {
    if (option.type === FILE && input.files.length) options[option.name] = { file: await upload(input.files[0]) };
    else if (option.type !== FILE && input.value.trim()) options[option.name] = valueOf(option, input);
    else if (option.required) {
      input.focus();
      throw new Error(`${command.label} needs “${option.name}”.`);
    }
  }
  const result = await act({ do: "command", channel: channelId, name: command.name, options, locale: locale() });
  leave();
  outcome(result);
}

form.addEventListener("keydown", (event) => {
  if (pickerKey(event)) return;
  const emptied = event.key === "Backspace" && event.target.value === "" && form.querySelector("input") === event.target;
  if (event.key === "Escape" || emptied) {
    event.preventDefault();
    leave();
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = form.querySelector(".send");
  if (button.disabled) return;
  button.disabled = true;
  send().catch((error) => toast(error.message)).finally(() => (button.disabled = false));
});
