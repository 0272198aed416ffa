// Counts beside links: one request for all elements with data-voxpop-count, sorted, so that every
// reader of the page asks for the same address.
(() => {
  "use strict";
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  const MOST = 50;

  /** @param {string} address */
  const whole = (address) => {
    const url = new URL(address, document.baseURI);
    url.hash = "";
    return url.href;
  };

  /** @param {HTMLElement} element @returns {["identifiers" | "urls", string]} */
  function nameOf(element) {
    const { identifier, url } = element.dataset;
    if (identifier) return ["identifiers", identifier];
    return ["urls", whole(url || element.getAttribute("href") || element.closest("a")?.href || location.href)];
  }

  async function fill() {
    const { origin } = new URL(script?.src ?? "");
    const forum = script?.dataset["forum"] ?? "";
    const named = [...document.querySelectorAll("[data-voxpop-count]")].map((element) => {
      return { element, name: nameOf(/** @type {HTMLElement} */ (element)) };
    });
    const names = [...new Set(named.map(({ name }) => name.join(" ")))].sort();
    for (let at = 0; at < names.length; at += MOST) {
      const asked = { identifiers: /** @type {string[]} */ ([]), urls: /** @type {string[]} */ ([]) };
      for (const name of names.slice(at, at + MOST)) {
        const [kind, ...value] = name.split(" ");
        asked[/** @type {"urls"} */ (kind)].push(encodeURIComponent(value.join(" ")));
      }
      const query = new URLSearchParams();
      if (asked.identifiers.length) query.set("identifiers", asked.identifiers.join(","));
      if (asked.urls.length) query.set("urls", asked.urls.join(","));
      const answer = await fetch(`${origin}/api/v1/forums/${encodeURIComponent(forum)}/counts?${query}`, { credentials: "omit" });
      if (!answer.ok) return;
      const counts = await answer.json();
      for (const { element, name: [kind, value] } of named) {
        const count = counts[kind]?.[value];
        if (typeof count === "number") element.textContent = count.toLocaleString(document.documentElement.lang || undefined);
      }
    }
  }

  const start = () => fill().catch((problem) => console.warn("voxpop:", problem));
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
