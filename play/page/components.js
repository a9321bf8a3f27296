// Embeds, attachments, and what can be clicked under a message.

import { element, isWeb, link, toast } from "./dom.js";
import { all, act, parts } from "./live.js";
import { blocks, inline } from "./markdown.js";
import { outcome } from "./modal.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary", 6: "primary" };
const RESOLVED = { 5: ["user"], 6: ["role"], 7: ["user", "role"], 8: ["channel"] };

export function embed(payload) {
  const { title, url, author, description, fields, footer, timestamp, color } = payload;
  const foot = [footer?.text, timestamp && new Date(timestamp).toLocaleString()].filter(Boolean).join(" · ");
  const named = title && inline(title);
  const made = element("article", { class: "embed" },
    author && element("p", { class: "embed-author" }, isWeb(author.url ?? "") ? link(author.url, author.name) : author.name),
    named && element("h4", {}, isWeb(url ?? "") ? link(url, named) : named),
    description && element("div", {}, blocks(description)),
    (fields ?? []).map((field) => element("section", { class: field.inline ? "field inline" : "field" },
      element("h5", {}, inline(field.name)), blocks(field.value))),
    foot && element("footer", {}, foot));
  if (color) made.style.setProperty("--color", "#" + color.toString(16).padStart(6, "0"));
  return made;
}

export function attachment(file) {
  const size = file.size < 1024 ? `${file.size} bytes` : `${(file.size / 1024).toFixed(1)} KB`;
  return element("p", { class: "attachment" },
    element("a", { href: file.url, download: file.filename }, file.filename), element("small", {}, size));
}

export function components(listed, message) {
  return (listed ?? []).map((component) => COMPONENTS[component.type]?.(component, message) ?? null);
}

const COMPONENTS = {
  1: (row, message) => element("div", { class: "row" }, components(row.components, message)),
  2: button,
  3: select,
  5: select,
  6: select,
  7: select,
  8: select,
  9: (section, message) => element("div", { class: "section" },
    element("div", {}, components(section.components, message)), components([section.accessory], message)),
  10: (text) => element("div", {}, blocks(text.content)),
  14: (separator) => element("hr", { class: separator.divider === false ? "space" : "" }),
  17: (container, message) => {
    const made = element("article", { class: "embed container" }, components(container.components, message));
    if (container.accent_color) made.style.setProperty("--color", "#" + container.accent_color.toString(16).padStart(6, "0"));
    return made;
  },
};

function button(payload, message) {
  const shown = [payload.emoji?.name, payload.label].filter(Boolean).join(" ");
  if (payload.style === 5) {
    const made = link(isWeb(payload.url) ? payload.url : "#", shown, element("span", { "aria-hidden": "true" }, " ↗"));
    made.className = "button secondary";
    return made;
  }
  const press = (event) => click(event.currentTarget, message, payload.custom_id, []);
  return element("button", { type: "button", class: `button ${STYLES[payload.style]}`, disabled: payload.disabled,
    "data-key": payload.custom_id, onclick: press }, shown);
}

function select(payload, message) {
  return selectField(payload, (made, values) => click(made, message, payload.custom_id, values));
}

// A menu of any kind; also in modals. `changed` gets it and what is chosen, and so does who calls its read().
export function selectField(payload, changed = () => {}) {
  const made = (payload.max_values ?? 1) > 1 && !payload.disabled ? many(payload, changed) : one(payload, changed);
  made.dataset.key = payload.custom_id;
  return made;
}

function one(payload, changed) {
  const offered = options(payload);
  const made = element("select", { disabled: payload.disabled, "aria-label": payload.placeholder || "Select" },
    element("option", { value: "" }, payload.placeholder || "Make a selection"),
    offered.map((option, place) => element("option", { value: place, selected: option.default }, named(option))));
  made.read = () => (made.value === "" ? [] : [offered[made.value].value]);
  made.addEventListener("change", () => {
    if (made.read().length >= (payload.min_values ?? 1)) changed(made, made.read());
  });
  return made;
}

// Chosen from while it is open, told when it closes, as on Discord.
function many(payload, changed) {
  const boxes = options(payload).map((option) => ({ ...option, box: element("input", { type: "checkbox", checked: option.default }) }));
  const chosen = () => boxes.filter(({ box }) => box.checked);
  const summary = element("summary", {});
  const made = element("details", { class: "many" }, summary,
    boxes.map((option) => element("label", {}, option.box, named(option))));
  const sum = () => (summary.textContent = chosen().map(({ label }) => label).join(", ") || payload.placeholder || "Make a selection");
  made.read = () => chosen().map(({ value }) => value);
  let before = JSON.stringify(made.read());
  made.addEventListener("change", sum);
  made.addEventListener("keydown", (event) => event.key === "Escape" && (made.open = false));
  made.addEventListener("toggle", () => {
    const now = JSON.stringify(made.read());
    if (made.open || now === before) return;
    before = now;
    changed(made, made.read());
  });
  sum();
  return made;
}

document.addEventListener("pointerdown", (event) => {
  for (const open of document.querySelectorAll("details.many[open]")) if (!open.contains(event.target)) open.open = false;
});

const named = ({ label, description, emoji }) => [emoji?.name, label, description && `— ${description}`].filter(Boolean).join(" ");

function options(payload) {
  if (payload.options) return payload.options;
  const chosen = new Set((payload.default_values ?? []).map((value) => value.id));
  const kinds = payload.channel_types;
  return (RESOLVED[payload.type] ?? []).flatMap(places)
    .filter((option) => !kinds || kinds.includes(option.kind))
    .map(({ value, label }) => ({ label, value: Object.values(value)[0], default: chosen.has(Object.values(value)[0]) }));
}

// Everything that an option of that kind can be.
export function places(kind) {
  if (kind === "channel") return all("channel").filter((c) => !c.dm).map((c) => ({ value: { channel: c.id }, label: "#" + c.name, kind: c.type }));
  const { people, roles } = parts.get("server");
  if (kind === "role") return Object.entries(roles).map(([id, name]) => ({ value: { role: id }, label: name }));
  return Object.entries(people).map(([id, { name }]) => ({ value: { user: id }, label: name }));
}

async function click(pressed, message, customId, values) {
  pressed.classList.add("busy");
  try {
    outcome(await act({ do: "click", message: message.id, custom_id: customId, values, locale: locale() }));
  } catch (error) {
    toast(error.message);
  }
  pressed.classList.remove("busy");
}

export const locale = () => document.getElementById("locale").value;
