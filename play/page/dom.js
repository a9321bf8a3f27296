// Elements from text, never from markup: whatever others wrote stays text.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child === 0 || child));
  return made;
}

export const byId = (id) => document.getElementById(id);

export const isWeb = (address) => /^https?:\/\/[^\s]+$/i.test(address);

export function link(address, ...children) {
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

export function toast(sentence) {
  const shown = byId("toast");
  shown.textContent = sentence;
  shown.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (shown.hidden = true), 6000);
}
