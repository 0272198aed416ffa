// A comment by somebody whom I muted: its place, a word about it, and a way to read it all the same.

import { element } from "./menu.js";
import { say } from "./refusals.js";

/** What was shown all the same stays shown while the page is open. @type {Set<string>} */
const shown = new Set();

/**
 * Folds the comment, or unfolds it again.
 * @param {HTMLElement} article
 * @param {boolean} isMuted
 */
export function dressMuted(article, isMuted) {
  const id = article.dataset["id"] ?? "";
  if (!isMuted) shown.delete(id);
  const isFolded = isMuted && !shown.has(id);
  article.classList.toggle("is-muted", isFolded);
  const note = article.querySelector(".v-muted");
  if (!isFolded) return note?.remove();
  if (note) return;
  const show = element("button", { type: "button", class: "v-plain" }, say("show"));
  show.addEventListener("click", () => {
    shown.add(id);
    dressMuted(article, true);
    /** @type {HTMLElement | null} */ (article.querySelector(".when"))?.focus();
  });
  article.prepend(element("p", { class: "v-muted" }, say("muted_comment"), " ", show));
}
