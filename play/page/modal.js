// The form that the bot asks a person to fill in.

import { byId, element, toast } from "./dom.js";
import { act } from "./live.js";
import { blocks } from "./markdown.js";
import { selectField } from "./components.js";

// What a command, a click or a form led to, as far as it isn't a message.
export function outcome(result) {
  if (result.modal) show(result.modal, result.interaction);
}

function show(modal, interaction) {
  const fields = new Map();
  const close = () => byId("modal").close();
  const form = element("form", { method: "dialog" },
    element("h3", { id: "modal-title" }, modal.title),
    modal.components.map((row) => labelled(row, fields)),
    element("menu", {},
      element("button", { type: "button", class: "button link", onclick: close }, "Cancel"),
      element("button", { class: "button primary" }, "Submit")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(interaction, fields).catch((error) => toast(error.message));
  });
  byId("modal").replaceChildren(form);
  byId("modal").showModal();
}

async function submit(interaction, fields) {
  const values = {};
  for (const [id, read] of fields) values[id] = read();
  const result = await act({ do: "modal", interaction, values });
  byId("modal").close();
  outcome(result);
}

function labelled(row, fields) {
  if (row.type === 10) return element("div", {}, blocks(row.content));
  const payload = row.component ?? row.components[0];
  const made = field(payload, fields);
  const label = row.label ?? payload.label ?? "";
  return element("label", {}, element("span", { class: payload.required === false ? "" : "required" }, label),
    row.description && element("small", {}, row.description), made);
}

function field(payload, fields) {
  const required = payload.required !== false;
  const { custom_id: id } = payload;
  if (payload.type === 4) {
    const limits = { minlength: payload.min_length, maxlength: payload.max_length ?? 4000 };
    const written = element(payload.style === 2 ? "textarea" : "input",
      { name: id, required, placeholder: payload.placeholder, rows: payload.style === 2 ? 6 : null, ...limits });
    written.value = payload.value ?? "";
    fields.set(id, () => written.value);
    return written;
  }
  if (payload.type === 23) {
    const box = element("input", { name: id, type: "checkbox", checked: payload.default });
    fields.set(id, () => box.checked);
    return box;
  }
  const made = selectField(payload);
  made.required = required;
  fields.set(id, made.read);
  return made;
}
