// The ARIA menu button pattern, and the small questions ("delete this?") asked in place.

import { announce } from "../page.js";

/** @typedef {{label: string, danger?: boolean, run?: () => void, href?: string}} Choice one with an address is a link */

/** @type {(() => void) | null} */
let closeOpened = null;

/**
 * Opens a menu under its button: arrows, Home, End, letters, Escape; focus goes back to the button.
 * @param {HTMLElement} button
 * @param {string} label
 * @param {Choice[]} choices
 */
export function openMenu(button, label, choices) {
  const wasOpen = button.getAttribute("aria-expanded") === "true";
  closeOpened?.();
  if (wasOpen) return;

  const menu = element("div", { class: "v-menu", role: "menu", "aria-label": label });
  const items = choices.map((choice) => {
    const item = choice.href
      ? element("a", { href: choice.href, target: "_blank", rel: "noopener noreferrer", role: "menuitem", tabindex: "-1" }, choice.label)
      : element("button", { type: "button", role: "menuitem", tabindex: "-1" }, choice.label);
    item.classList.toggle("is-danger", Boolean(choice.danger));
    item.addEventListener("click", () => {
      close();
      button.focus();
      choice.run?.();
    });
    return item;
  });
  menu.append(...items);

  const close = () => {
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", onOutside, true);
    closeOpened = null;
  };
  /** @param {Event} event */
  const onOutside = (event) => {
    const target = /** @type {Node} */ (event.target);
    if (!menu.contains(target) && !button.contains(target)) close();
  };
  menu.addEventListener("keydown", (event) => {
    const next = nextItem(items, event.key);
    if (next) next.focus();
    else if (event.key === "Escape") {
      close();
      button.focus();
    } else if (event.key === "Tab") {
      close();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(/** @type {Node} */ (event.relatedTarget))) close();
  });

  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "true");
  button.after(menu);
  settle(menu, button);
  document.addEventListener("pointerdown", onOutside, true);
  closeOpened = close;
  items[0]?.focus();
}

/**
 * A question in place of a modal box, which would cover the publisher's page in odd ways.
 * @param {HTMLElement} after
 * @param {{question: string, yes: string, no: string, isCalm?: boolean}} words
 * @param {...HTMLElement} fields what else is asked, named
 * @returns {Promise<FormData | null>} null when it was not meant
 */
export function ask(after, words, ...fields) {
  const back = /** @type {HTMLElement | null} */ (document.activeElement);
  const panel = element("form", { class: "v-ask", role: "alertdialog", "aria-label": words.question });
  const yes = element("button", { type: "submit", class: `v-button ${words.isCalm ? "is-main" : "is-danger"}` }, words.yes);
  const no = element("button", { type: "button", class: "v-button" }, words.no);
  panel.append(element("p", {}, words.question), ...fields, element("div", { class: "v-row" }, yes, no));
  after.after(panel);
  /** @type {HTMLElement | null} */ (panel.querySelector("input, select, button"))?.focus();

  return new Promise((resolve) => {
    /** @param {FormData | null} answer */
    const finish = (answer) => {
      panel.remove();
      back?.focus();
      resolve(answer);
    };
    panel.addEventListener("submit", (event) => {
      event.preventDefault();
      finish(new FormData(panel));
    });
    no.addEventListener("click", () => finish(null));
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      finish(null);
    });
  });
}

/**
 * Says for a moment at the comment what was done, and aloud.
 * @param {HTMLElement} comment
 * @param {string} words
 */
export function note(comment, words) {
  announce(words);
  const shown = element("p", { class: "v-note" }, words);
  comment.append(shown);
  setTimeout(() => shown.remove(), 4000);
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} attributes
 * @param {...(string | Node)} content
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

/**
 * @param {HTMLElement[]} items
 * @param {string} key
 * @returns {HTMLElement | undefined}
 */
function nextItem(items, key) {
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (key === "ArrowDown") return items[(at + 1) % items.length];
  if (key === "ArrowUp") return items[(at - 1 + items.length) % items.length];
  if (key === "Home") return items[0];
  if (key === "End") return items[items.length - 1];
  if (key.length !== 1 || key === " ") return undefined;
  const rest = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return rest.find((item) => item.textContent?.toLowerCase().startsWith(key.toLowerCase()));
}

/**
 * Beside its button and inside the frame, which is as high as its content: at its end, upwards.
 * @param {HTMLElement} menu
 * @param {HTMLElement} button
 */
function settle(menu, button) {
  const { bottom, left, right } = button.getBoundingClientRect();
  const isRtl = getComputedStyle(button).direction === "rtl";
  const wanted = isRtl ? right - menu.offsetWidth : left;
  const inside = Math.max(4, Math.min(wanted, document.documentElement.clientWidth - menu.offsetWidth - 4));
  const origin = menu.offsetParent?.getBoundingClientRect().left ?? 0;
  menu.style.left = `${inside - origin}px`;
  const room = document.body.getBoundingClientRect().bottom - bottom;
  menu.classList.toggle("opens-up", menu.offsetHeight + 8 > room && bottom > menu.offsetHeight);
}
