// The writing half's stylesheet and words, fetched with its scripts and not before.

import { page } from "../page.js";

/** @param {string} name */
const named = (name) => document.querySelector(`meta[name=${name}]`)?.getAttribute("content");

/** Resolves when the stylesheet can be seen; a page without it still works. @returns {Promise<void>} */
function style() {
  return new Promise((resolve) => {
    const href = named("write-style");
    if (!href) return resolve();
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => resolve());
    document.head.append(link);
  });
}

async function words() {
  const address = named("write-words");
  if (address) Object.assign(page.words, await (await fetch(address)).json());
}

/** Resolves when everything of the writing half can be shown and said; rejects as an import does. */
export const ready = Promise.all([style(), words()]);
