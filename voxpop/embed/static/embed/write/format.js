// What the toolbar does to a text. Pure: text and selection in, text and selection out.

/**
 * @typedef {{text: string, start: number, end: number}} Selected
 * @typedef {"bold" | "italic" | "link" | "quote" | "code" | "list"} Format
 */

/** @type {Record<Format, (selected: Selected) => Selected>} */
export const FORMATS = {
  bold: (selected) => wrap(selected, "**"),
  italic: (selected) => wrap(selected, "_"),
  link: asLink,
  quote: (selected) => prefixLines(selected, "> "),
  code: asCode,
  list: (selected) => prefixLines(selected, "- "),
};

/** Ctrl or Cmd with the key, and Shift where the letter is a capital. @type {Record<string, Format>} */
export const SHORTCUTS = { b: "bold", i: "italic", k: "link", e: "code", "Shift+9": "quote", "Shift+8": "list" };

/**
 * The text with a quotation of what another comment says put before the caret.
 * @param {string} text
 * @param {string} quoted
 */
export function quoteInto(text, quoted) {
  const lines = quoted.trim().split(/\n/).map((line) => `> ${line.trim()}`.trimEnd());
  const before = text.trimEnd();
  return `${before}${before ? "\n\n" : ""}${lines.join("\n")}\n\n`;
}

/**
 * Two texts that want one place: nothing of either is lost.
 * @param {string} first
 * @param {string} second
 */
export function joined(first, second) {
  return [first, second].map((text) => text.trim()).filter(Boolean).join("\n\n");
}

/**
 * @param {Selected} selected
 * @param {string} mark
 * @returns {Selected}
 */
function wrap({ text, start, end }, mark) {
  const inside = text.slice(start, end);
  const size = mark.length;
  if (text.slice(start - size, start) === mark && text.slice(end, end + size) === mark) {
    return {
      text: text.slice(0, start - size) + inside + text.slice(end + size),
      start: start - size,
      end: end - size,
    };
  }
  return {
    text: text.slice(0, start) + mark + inside + mark + text.slice(end),
    start: start + size,
    end: end + size,
  };
}

/** @type {(selected: Selected) => Selected} */
function asLink({ text, start, end }) {
  const inside = text.slice(start, end);
  if (/^(https?:\/\/|mailto:)\S+$/.test(inside)) {
    const linked = `[](${inside})`;
    return { text: text.slice(0, start) + linked + text.slice(end), start: start + 1, end: start + 1 };
  }
  const place = start + inside.length + 3;
  return {
    text: `${text.slice(0, start)}[${inside}](https://)${text.slice(end)}`,
    start: inside ? place : start + 1,
    end: inside ? place + "https://".length : start + 1,
  };
}

/** @type {(selected: Selected) => Selected} */
function asCode(selected) {
  const { text, start, end } = selected;
  const inside = text.slice(start, end);
  if (!inside.includes("\n")) return wrap(selected, "`");
  const opening = start > 0 && text[start - 1] !== "\n" ? "\n```\n" : "```\n";
  return {
    text: `${text.slice(0, start)}${opening}${inside}\n\`\`\`\n${text.slice(end)}`,
    start: start + opening.length,
    end: start + opening.length + inside.length,
  };
}

/**
 * @param {Selected} selected
 * @param {string} prefix
 * @returns {Selected}
 */
function prefixLines({ text, start, end }, prefix) {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const lines = text.slice(from, end).split("\n");
  const isOn = lines.every((line) => line.startsWith(prefix));
  const changed = lines.map((line) => (isOn ? line.slice(prefix.length) : prefix + line)).join("\n");
  const shift = isOn ? -prefix.length : prefix.length;
  return {
    text: text.slice(0, from) + changed + text.slice(end),
    start: Math.max(from, start + shift),
    end: from + changed.length,
  };
}
