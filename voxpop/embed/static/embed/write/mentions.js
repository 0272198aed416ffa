// Names offered after "@": those who write on this page. An ARIA combobox over the textarea.

import { announce } from "../page.js";
import { element } from "./menu.js";
import { say } from "./refusals.js";

const MOST = 6;
let lists = 0;

/** @param {HTMLTextAreaElement} area */
export function offerNames(area) {
  lists += 1;
  const list = element("ul", { class: "v-names", role: "listbox", id: `v-names-${lists}` });
  list.setAttribute("aria-label", say("names"));
  area.setAttribute("aria-autocomplete", "list");
  let at = 0;

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
    const names = matching(area);
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

/** @param {HTMLTextAreaElement} area */
function matching(area) {
  const before = area.value.slice(0, area.selectionStart);
  const begun = /(?:^|[\s(])@([^@\n]{0,60})$/.exec(before)?.[1]?.toLocaleLowerCase();
  if (begun === undefined) return [];
  const names = new Set(
    [...document.querySelectorAll(".c .who bdi")].map((name) => name.textContent?.trim() ?? ""),
  );
  return [...names].filter((name) => name && name.toLocaleLowerCase().startsWith(begun)).slice(0, MOST);
}
