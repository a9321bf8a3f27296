// Discord's Markdown as elements. Lines first (blocks), then what is inside a line.

import { element, isWeb, link } from "./dom.js";
import { parts } from "./live.js";

const BLOCKS = [
  [/^```(?:[\w+-]*\n)?([\s\S]+?)```\n?/, (m) => element("pre", {}, element("code", {}, m[1].replace(/\n$/, "")))],
  [/^>>> ([\s\S]*)/, (m) => element("blockquote", {}, blocks(m[1]))],
  [/^(?:> [^\n]*(?:\n|$)|>(?:\n|$))+/, (m) => element("blockquote", {}, blocks(m[0].replace(/^> ?/gm, "").replace(/\n$/, "")))],
  [/^(#{1,3}) +([^\n]+)\n?/, (m) => element(`h${m[1].length + 2}`, {}, inline(m[2]))],
  [/^-# +([^\n]+)\n?/, (m) => element("small", {}, inline(m[1]))],
  [/^(?: *(?:[-*]|\d{1,4}\.) [^\n]*(?:\n|$)(?: {2,}[^\n]+(?:\n|$))*)+/, (m) => list(m[0])],
];

// The first that matches at a place wins; what has no children holds text alone.
const INLINE = [
  [/^\\([^A-Za-z0-9\s])/, (m) => m[1]],
  [/^(`+)([\s\S]*?[^`])\1(?!`)/, (m) => element("code", {}, m[2].trim() || m[2])],
  [/^<(https?:\/\/[^\s<>]+)>/, (m) => link(m[1], m[1])],
  [/^\[((?:\\.|[^\\\[\]]|\[[^\[\]]*\])+)\]\((?:<([^\s<>]+)>|((?:[^\s<>()]|\([^\s<>()]*\))+))(?: "[^"]*")?\)/, (m) => masked(m[0], m[1], m[2] ?? m[3])],
  [/^https?:\/\/[^\s<>]+[^\s<>.,:;"'\]）)]/, (m) => link(m[0], m[0])],
  [/^<@!?(\d+)>/, (m) => mention("@" + (parts.get("server")?.people[m[1]]?.name ?? "unknown-user"))],
  [/^<@&(\d+)>/, (m) => mention("@" + (parts.get("server")?.roles[m[1]] ?? "deleted-role"))],
  [/^<#(\d+)>/, (m) => mention("#" + (parts.get(`channel/${m[1]}`)?.name ?? "unknown"))],
  [/^<\/([^:>]+):\d+>/, (m) => mention("/" + m[1])],
  [/^@(?:everyone|here)\b/, (m) => mention(m[0])],
  [/^<t:(-?\d{1,12})(?::([tTdDfFR]))?>/, (m) => moment(Number(m[1]), m[2])],
  [/^\*\*\*((?:\\.|[^\\])+?)\*\*\*(?!\*)/, (m) => element("strong", {}, element("em", {}, inline(m[1])))],
  [/^\*\*((?:\\.|[^\\])+?)\*\*(?!\*)/, (m) => element("strong", {}, inline(m[1]))],
  [/^__((?:\\.|[^\\])+?)__(?!_)/, (m) => element("u", {}, inline(m[1]))],
  [/^~~((?:\\.|[^\\])+?)~~/, (m) => element("s", {}, inline(m[1]))],
  [/^\|\|((?:\\.|[^\\])+?)\|\|/, (m) => spoiler(m[1])],
  [/^\*(?=\S)((?:\\.|\*\*|[^\\*])+?)\*(?!\*)/, (m) => element("em", {}, inline(m[1]))],
  [/^_((?:\\.|__|[^\\_])+?)_(?![\w_])/, (m) => element("em", {}, inline(m[1]))],
];
// A word is taken whole, so that the "_" inside it stays one.
const PLAIN = /^(?:[\p{L}\p{N}][\p{L}\p{N}_]*|[\s\S])/u;

export function blocks(text) {
  const made = [];
  let line = [];
  const flush = () => {
    const shown = line.join("");
    if (shown) made.push(element("span", { class: "text" }, inline(shown)));
    line = [];
  };
  for (let rest = text; rest; ) {
    const found = first(BLOCKS, rest);
    if (found) {
      flush();
      made.push(found.node);
      rest = rest.slice(found.length);
      continue;
    }
    const end = rest.indexOf("\n");
    const fence = rest.indexOf("```");
    let length = end < 0 ? rest.length : end + 1;
    if (fence > 0 && fence < length && first(BLOCKS, rest.slice(fence))) length = fence;
    line.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  flush();
  return made;
}

function first(rules, text) {
  for (const [pattern, make] of rules) {
    const match = pattern.exec(text);
    if (match) return { node: make(match), length: match[0].length };
  }
  return null;
}

export function inline(text) {
  const made = [];
  let plain = "";
  for (let rest = text; rest; ) {
    const { node, length } = first(INLINE, rest) ?? plainly(rest);
    if (typeof node === "string") plain += node;
    else {
      made.push(plain, node);
      plain = "";
    }
    rest = rest.slice(length);
  }
  return [...made, plain].filter((part) => part !== "");
}

function plainly(text) {
  const [node] = PLAIN.exec(text);
  return { node, length: node.length };
}

function list(text) {
  const items = [];
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const point = /^( *)([-*]|(\d+)\.) (.*)$/.exec(line);
    if (point && point[1].length < 2) items.push({ number: point[3], text: point[4], inner: [] });
    else items.at(-1)?.inner.push(line.replace(/^ {1,3}/, ""));
  }
  const ordered = items[0]?.number !== undefined;
  const made = element(ordered ? "ol" : "ul", ordered ? { start: items[0].number } : {});
  for (const item of items) made.append(element("li", {}, inline(item.text), item.inner.length ? blocks(item.inner.join("\n")) : null));
  return made;
}

function masked(written, text, address) {
  return isWeb(address) ? link(address, inline(text)) : written;
}

function mention(name) {
  return element("span", { class: "mention" }, name);
}

function spoiler(text) {
  const show = (event) => event.currentTarget.classList.add("open");
  return element("button", { class: "spoiler", "aria-label": "Spoiler", onclick: show }, inline(text));
}

function moment(seconds, style) {
  const at = new Date(seconds * 1000);
  const styles = { t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" } };
  const shown = style === "R" ? relative(seconds) : at.toLocaleString([], styles[style] ?? { dateStyle: "long", timeStyle: "short" });
  return element("time", { datetime: at.toISOString(), title: at.toLocaleString() }, shown);
}

function relative(seconds) {
  const away = seconds - Date.now() / 1000;
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, length]) => Math.abs(away) >= length) ?? units[3];
  return new Intl.RelativeTimeFormat("en").format(Math.round(away / size), unit);
}
