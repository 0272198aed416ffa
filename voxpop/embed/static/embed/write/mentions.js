// Names offered after "@": those who write on this page at once; a moment later those of the whole
// thread and whom I follow, as the server knows them. An ARIA combobox over the textarea.

import { announce, page } from "../page.js";
import { element } from "./menu.js";
import { call, say } from "./refusals.js";
import { token } from "./viewer.js";

const MOST = 6;
const PAUSE = 200; // milliseconds of no typing before the server is asked
let lists = 0;
/** What the server has answered, by what was typed. @type {Map<string, string[]>} */
const known = new Map();

/** @param {HTMLTextAreaElement} area */
export function offerNames(area) {
  lists += 1;
  const list = element("ul", { class: "v-names", role: "listbox", id: `v-names-${lists}` });
  list.setAttribute("aria-label", say("names"));
  area.setAttribute("aria-autocomplete", "list");
  let at = 0;
  let waiting = 0;

  const close = () => {
    list.remove();
    area.removeAttribute("aria-activedescendant");
    area.removeAttribute("aria-controls");
  };
  /** @param {number} next */
  const point = (next) => {
    at = (next + list.children.length) % list.children.length;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    area.setAttribute("aria-activedescendant", list.children[at]?.id ?? "");
  };
  /** @param {string} name */
  const choose = (name) => {
    const before = area.value.slice(0, area.selectionStart);
    const start = before.lastIndexOf("@");
    area.setRangeText(`@${name} `, start, area.selectionStart, "end");
    area.dispatchEvent(new Event("input"));
    close();
    area.focus();
  };
  const offer = () => {
    const begun = begunIn(area);
    clearTimeout(waiting);
    if (begun && token() && !known.has(begun)) {
      waiting = setTimeout(() => void ask(begun).then(() => begunIn(area) === begun && offer()), PAUSE);
    }
    const names = begun === undefined ? [] : matching(begun);
    if (!names.length) return close();
    list.replaceChildren(
      ...names.map((name, place) => {
        const option = element("li", { role: "option", id: `${list.id}-${place}` }, element("bdi", {}, name));
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          choose(name);
        });
        return option;
      }),
    );
    if (!list.isConnected) {
      area.after(list);
      area.setAttribute("aria-controls", list.id);
      announce(say("names_offered", { n: names.length }));
    }
    point(0);
  };

  area.addEventListener("input", offer);
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (!list.isConnected || event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") point(at + 1);
    else if (event.key === "ArrowUp") point(at - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" || event.key === "Tab") choose(list.children[at]?.textContent ?? "");
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}

/** What is typed after the "@" before the caret. @param {HTMLTextAreaElement} area */
function begunIn(area) {
  const before = area.value.slice(0, area.selectionStart);
  return /(?:^|[\s(])@([^@\n]{0,60})$/.exec(before)?.[1]?.toLocaleLowerCase();
}

/** @param {string} begun */
function matching(begun) {
  const here = [...document.querySelectorAll(".c .who bdi")].map((name) => name.textContent?.trim() ?? "");
  const names = new Set([...here, ...(known.get(begun) ?? [])]);
  return [...names].filter((name) => name && name.toLocaleLowerCase().startsWith(begun)).slice(0, MOST);
}

/** What cannot be asked now is not offered; the page's own names are. @param {string} begun */
async function ask(begun) {
  const path = `/me/threads/${page.thread}/names?begins=${encodeURIComponent(begun)}`;
  const answer = await call("GET", path, { token: token() }).catch(() => null);
  if (answer) known.set(begun, answer.body.map((/** @type {{name: string}} */ each) => each.name));
}
