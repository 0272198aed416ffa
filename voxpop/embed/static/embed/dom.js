// The only place where the server's HTML becomes nodes. It was sanitised when it was written; the
// Trusted Types policy lets no other code do this (SAFETY T03).

/** @typedef {{createHTML: (html: string) => any}} HtmlPolicy */

/** @type {HtmlPolicy} */
const rules = { createHTML: (html) => html };

/** @type {HtmlPolicy} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("voxpop", rules) ?? rules;

/**
 * @param {string} html
 * @returns {DocumentFragment}
 */
export function nodes(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

const STEPS = /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
]);

/**
 * Words the times below `root` as the reader's language has them: "3 hours ago".
 * @param {ParentNode} root
 * @param {string} language
 */
export function wordTimes(root, language) {
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const full = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
  for (const time of root.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    const seconds = (moment.getTime() - Date.now()) / 1000;
    if (Number.isNaN(seconds)) continue;
    const [unit, size] = STEPS.find(([, size]) => -seconds >= size) ?? ["second", Infinity];
    const text = relative.format(Math.trunc(seconds / size) || 0, unit);
    if (time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = full.format(moment);
  }
}
