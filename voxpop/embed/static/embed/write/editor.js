// The editor itself: a textarea with toolbar, shortcuts, preview, and the characters left.

import { nodes } from "../dom.js";
import { announce } from "../page.js";
import { FORMATS, SHORTCUTS } from "./format.js";
import { offerNames } from "./mentions.js";
import { element } from "./menu.js";
import { call, Refusal, say } from "./refusals.js";
import { newKey } from "./store.js";

/** @typedef {import("./format.js").Format} Format */

// What the server takes; a text of emoji or Chinese comes to its bytes before its characters.
const LONGEST = 10_000;
const MOST_BYTES = 20 * 1024;
const WORTH_TELLING = 1_000; // characters left from which the count is shown

/** Whether the keys of this machine say ⌘ where others say Ctrl. */
const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/**
 * @param {{label: string, placeholder: string, text: string, onInput: (text: string) => void}} wish
 */
export function makeEditor({ label, placeholder, text, onInput }) {
  const area = element("textarea", {
    class: "v-area",
    rows: "3",
    dir: "auto",
    "aria-label": label,
    placeholder,
  });
  area.value = text;
  const left = element("span", { class: "v-left" });
  const shown = element("div", { class: "v-preview body", role: "region", tabindex: "0", dir: "auto" });
  shown.setAttribute("aria-label", say("preview"));
  shown.hidden = true;
  const toolbar = makeToolbar(area, shown);
  const node = element("div", { class: "v-editor" }, area, shown);

  const count = () => {
    const rest = charactersLeft(area.value);
    left.textContent = rest < 0 ? say("over", { n: -rest }) : rest < WORTH_TELLING ? say("left", { n: rest }) : "";
    left.classList.toggle("is-over", rest < 0);
    fit(area);
  };
  area.addEventListener("input", () => {
    count();
    onInput(area.value);
  });
  area.addEventListener("keydown", (event) => {
    if (event.isComposing || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const format = SHORTCUTS[event.shiftKey ? `Shift+${event.code.slice(-1)}` : event.key.toLowerCase()];
    if (!format) return;
    event.preventDefault();
    apply(area, format);
  });
  offerNames(area);
  count();
  return { node, area, toolbar, left, fit: count };
}

/**
 * How many more characters like those of this text fit; below zero where there are too many.
 * @param {string} text
 */
export function charactersLeft(text) {
  if (!text) return LONGEST;
  const characters = [...text].length;
  const bytes = new TextEncoder().encode(text).length;
  return Math.min(LONGEST - characters, Math.floor(((MOST_BYTES - bytes) * characters) / bytes));
}

/**
 * Puts text into a textarea so that the browser's own undo knows it.
 * @param {HTMLTextAreaElement} area
 * @param {{text: string, start: number, end: number}} changed
 */
export function replaceText(area, { text, start, end }) {
  const old = area.value;
  let from = 0;
  while (from < old.length && from < text.length && old[from] === text[from]) from++;
  let same = 0;
  const most = Math.min(old.length, text.length) - from;
  while (same < most && old[old.length - 1 - same] === text[text.length - 1 - same]) same++;
  area.focus();
  area.setSelectionRange(from, old.length - same);
  const inserted = text.slice(from, text.length - same);
  const isDone = inserted
    ? document.execCommand("insertText", false, inserted)
    : document.execCommand("delete");
  if (!isDone || area.value !== text) {
    area.value = text;
    area.dispatchEvent(new Event("input"));
  }
  area.setSelectionRange(start, end);
}

/**
 * @param {HTMLTextAreaElement} area
 * @param {Format} format
 */
function apply(area, format) {
  replaceText(area, FORMATS[format]({ text: area.value, start: area.selectionStart, end: area.selectionEnd }));
}

/**
 * @param {HTMLTextAreaElement} area
 * @param {HTMLElement} shown
 */
function makeToolbar(area, shown) {
  const toolbar = element("div", { class: "v-toolbar", role: "toolbar", "aria-label": say("formatting") });
  for (const format of /** @type {Format[]} */ (Object.keys(FORMATS))) {
    const name = say(format);
    const keys = keysOf(format);
    const tool = element("button", { type: "button", class: "v-tool", "data-format": format, title: `${name} (${keys})` });
    tool.setAttribute("aria-label", name);
    tool.setAttribute("aria-keyshortcuts", keys.replace("⌘", "Meta").replace("Ctrl", "Control"));
    tool.addEventListener("click", () => apply(area, format));
    toolbar.append(tool);
  }
  const preview = element("button", { type: "button", class: "v-tool v-see", "aria-pressed": "false" }, say("preview"));
  preview.addEventListener("click", () => void togglePreview(area, shown, preview));
  toolbar.append(preview);
  roveWithArrows(toolbar);
  return toolbar;
}

/**
 * One stop for Tab, arrows within (ARIA toolbar).
 * @param {HTMLElement} toolbar
 */
function roveWithArrows(toolbar) {
  const tools = /** @type {HTMLElement[]} */ ([...toolbar.children]);
  tools.forEach((tool, place) => (tool.tabIndex = place === 0 ? 0 : -1));
  toolbar.addEventListener("keydown", (event) => {
    const forward = getComputedStyle(toolbar).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const step = event.key === forward ? 1 : event.key.startsWith("Arrow") ? -1 : 0;
    if (!step || /Up|Down/.test(event.key)) return;
    const at = tools.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = tools[(at + step + tools.length) % tools.length];
    tools.forEach((tool) => (tool.tabIndex = tool === next ? 0 : -1));
    next?.focus();
    event.preventDefault();
  });
}

/**
 * Only the server renders (SAFETY R19): what is shown here is what would be published.
 * @param {HTMLTextAreaElement} area
 * @param {HTMLElement} shown
 * @param {HTMLElement} button
 */
async function togglePreview(area, shown, button) {
  const isOn = button.getAttribute("aria-pressed") === "true";
  button.setAttribute("aria-pressed", String(!isOn));
  button.textContent = say(isOn ? "preview" : "write");
  shown.hidden = isOn;
  area.hidden = !isOn;
  if (isOn) return area.focus();
  if (!area.value.trim()) return shown.replaceChildren(say("preview_empty"));
  shown.setAttribute("aria-busy", "true");
  try {
    const { body } = await call("POST", "/preview", { body: { source: area.value }, key: newKey() });
    shown.replaceChildren(nodes(body.html));
    announce(say("preview_shown"));
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    shown.replaceChildren(problem.words);
    announce(problem.words);
  }
  shown.removeAttribute("aria-busy");
}

/** @param {Format} format */
function keysOf(format) {
  const found = Object.entries(SHORTCUTS).find(([, named]) => named === format)?.[0] ?? "";
  return `${IS_MAC ? "⌘" : "Ctrl"}+${found.toUpperCase().replace("SHIFT", "Shift")}`;
}

/**
 * As high as its text, where the browser does not do that by itself (`field-sizing`).
 * @param {HTMLTextAreaElement} area
 */
function fit(area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}
