// The list above the composer: of commands, people, choices.

import { byId, element } from "./dom.js";

const list = byId("picker");
let field = null;
let choose = null;
let items = [];
let active = 0;

// `offered`: [{ label, detail, … }]; `chosen` gets the one that the person takes.
export function offer(input, offered, chosen) {
  [field, choose, items, active] = [input, chosen, offered.slice(0, 25), 0];
  list.hidden = !items.length;
  list.replaceChildren(...items.map((item, place) => element("li",
    { id: `pick-${place}`, role: "option", onpointerdown: (event) => { event.preventDefault(); take(place); } },
    element("b", {}, item.label), item.detail && element("span", {}, item.detail))));
  field.setAttribute("aria-expanded", String(!list.hidden));
  mark();
}

export function withdraw() {
  list.hidden = true;
  items = [];
  field?.setAttribute("aria-expanded", "false");
  field?.removeAttribute("aria-activedescendant");
}

// Whether the key was for the list.
export function pickerKey(event) {
  if (list.hidden || event.isComposing) return false;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    active = (active + step + items.length) % items.length;
    mark();
  } else if (event.key === "Enter" || event.key === "Tab") take(active);
  else if (event.key === "Escape") withdraw();
  else return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}

function mark() {
  [...list.children].forEach((shown, place) => shown.setAttribute("aria-selected", String(place === active)));
  list.children[active]?.scrollIntoView({ block: "nearest" });
  if (items.length) field.setAttribute("aria-activedescendant", `pick-${active}`);
}

function take(place) {
  const item = items[place];
  withdraw();
  choose(item);
}
