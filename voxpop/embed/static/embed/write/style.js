// The writing half's stylesheet, fetched with its scripts and not before.

/** Resolves when it can be seen; a page without it still works. @type {Promise<void>} */
export const styled = new Promise((resolve) => {
  const named = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=write-style]"));
  if (!named) return resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = named.content;
  link.addEventListener("load", () => resolve());
  link.addEventListener("error", () => resolve());
  document.head.append(link);
});
