// The loader: puts one frame into every .voxpop and .voxpop-widget of the publisher's page, keeps its
// height, and never throws into the page. It stands alone and asks nothing of the page but the element.
(() => {
  "use strict";
  /**
   * @typedef {{frame: HTMLIFrameElement, theme: string, url: string, isWidget: boolean, seen?: IntersectionObserver, options: Record<string, string | undefined>, floor: number, isWatched: boolean, isHeard: boolean}} Mount
   */
  const own = /** @type {any} */ (window);
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  const found = script ?? document.querySelector('script[src$="/embed.js"]');
  if (own.Voxpop?.scan) return own.Voxpop.scan(); // injected twice: what is new on the page is found

  /** @type {Map<HTMLElement, Mount>} */
  const mounts = new Map();
  const HOST = attempt(() => new URL(/** @type {HTMLScriptElement} */ (found).src).origin) ?? "";
  const SILENCE = 5000;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  /** @template T @param {() => T} work @returns {T | undefined} */
  function attempt(work) {
    try {
      return work();
    } catch (problem) {
      console.warn("voxpop:", problem);
      return undefined;
    }
  }

  const dressing = new MutationObserver(() => {
    attempt(retheme);
    setTimeout(() => attempt(retheme), 500); // a page may fade from light to dark
  });

  /** Puts frames where there are none yet. */
  function scan() {
    for (const root of [document.documentElement, document.body]) {
      if (root) dressing.observe(root, { attributeFilter: ["class", "style", "data-theme"] });
    }
    for (const element of document.querySelectorAll(".voxpop,.voxpop-widget")) {
      attempt(() => mounts.has(/** @type {any} */ (element)) || mount(/** @type {any} */ (element), {}));
    }
  }

  /** @param {HTMLElement} element @param {Record<string, string | undefined>} given */
  function mount(element, given) {
    const options = /** @type {Record<string, string | undefined>} */ ({ ...element.dataset, ...given });
    const isWidget = element.classList.contains("voxpop-widget");
    if (!HOST || !options["forum"]) return fail(element, HOST ? "forum_missing" : "host_unknown");
    const theme = themeOf(element, options);
    const frame = document.createElement("iframe");
    const page = pageAddress(options["url"]);
    const { identifier, kind = "recent", lang } = options;
    const asked = new URLSearchParams(isWidget ? { kind } : identifier ? { i: identifier } : { u: page });
    const sort = ["best", "newest", "oldest"].find((name) => name === options["sort"]);
    if (sort && !isWidget) asked.set("sort", sort);
    if (lang) asked.set("lang", lang);
    const told = new URLSearchParams({
      origin: location.origin, theme, url: page, title: options["title"] ?? titleOf(),
      ...(options["accent"] && { accent: options["accent"] }), ...(linked() && !isWidget && { comment: linked() }),
    });
    const path = `/embed/${encodeURIComponent(options["forum"])}/${isWidget ? "widget" : "thread"}`;
    const url = `${HOST}${path}?${asked}#${told}`;
    frame.title = isWidget ? "Voxpop" : (options["title"] ?? titleOf()) || "Comments";
    // Where there is no sheet to share with, Chromium complains of its name.
    frame.allow = "clipboard-write" + ("share" in navigator ? ";web-share" : "");
    // Opaque canvas where the schemes of page and frame differ; the same scheme keeps it clear.
    frame.style.cssText = `display:block;width:100%;border:0;min-width:100%;color-scheme:${theme};height:0`;
    // Room for what is visible before the first height is known: nothing below it ever jumps (CLS 0).
    const floor = isWidget ? 0 : Math.max(320, innerHeight - element.getBoundingClientRect().top);
    frame.style.minHeight = `${Math.min(floor, innerHeight)}px`;
    const made = { frame, theme, url, isWidget, options, floor, isWatched: false, isHeard: false };
    mounts.set(element, made);
    element.replaceChildren(frame);
    // Where the reader's system is light and the page dark (or the other way round) the frame would
    // flash in the wrong colours until its script has run.
    if (dark.matches !== (theme === "dark")) frame.style.opacity = "0";
    // A frame that stays silent shows a refusal or nothing: no such forum, not our site, no server.
    frame.onload = () => {
      if (frame.src) setTimeout(() => made.isHeard || fail(element, "unavailable"), SILENCE);
      if (frame.src) frame.style.opacity = "1";
    };
    if (options["loading"] === "eager" || linked() || !own.IntersectionObserver) frame.src = url;
    else whenNear(element, made);
  }

  /** @param {HTMLElement} element @param {Mount} made */
  function whenNear(element, made) {
    made.seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      made.seen?.disconnect();
      made.frame.src = made.url;
    }, { rootMargin: "1000px" });
    made.seen.observe(element);
  }

  /** @param {HTMLElement} element @param {string} code */
  function fail(element, code) {
    emit(element, "error", { code });
  }

  /** @param {HTMLElement} element @param {string} name @param {object} detail */
  function emit(element, name, detail) {
    element.dispatchEvent(new CustomEvent(`voxpop:${name}`, { bubbles: true, detail }));
  }

  /** The page's address as its publisher means it. @param {string} [given] */
  function pageAddress(given) {
    const canonical = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel~=canonical]"));
    const url = new URL(given || canonical?.href || location.href, document.baseURI);
    url.hash = "";
    for (const name of [...url.searchParams.keys()]) {
      if (/^(utm_|pk_|mtm_)|^(fbclid|gclid|msclkid|igshid)$/.test(name)) url.searchParams.delete(name);
    }
    return url.href;
  }

  function titleOf() {
    const graph = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[property="og:title"]'));
    return (graph?.content || document.title).slice(0, 500);
  }

  /** The comment that the address names: ours, or one it was imported with. */
  function linked() {
    return /^#(?:voxpop|comment)-([\w-]{1,60})$/.exec(location.hash)?.[1] ?? "";
  }

  /** Light or dark: as asked, else as the page around the element is. @param {HTMLElement} element @param {Record<string, string | undefined>} options */
  function themeOf(element, options) {
    if (options["theme"] === "light" || options["theme"] === "dark") return options["theme"];
    for (let at = /** @type {Element | null} */ (element); at; at = at.parentElement) {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (getComputedStyle(at).backgroundColor.match(/^rgba?\((.*)\)$/)?.[1] ?? "0,0,0,0").split(/[ ,/]+/).map(Number);
      if (alpha > 0.5) return red * 0.3 + green * 0.6 + blue * 0.1 < 128 ? "dark" : "light";
    }
    return dark.matches && /dark/.test(getComputedStyle(element).colorScheme) ? "dark" : "light";
  }

  function retheme() {
    for (const [element, made] of mounts) {
      const theme = themeOf(element, made.options);
      if (theme === made.theme) continue;
      made.theme = made.frame.style.colorScheme = theme;
      say(made, "theme", { theme });
    }
  }

  /** @param {Mount} made @param {string} type @param {object} data */
  function say(made, type, data) {
    if (made.frame.src) made.frame.contentWindow?.postMessage({ ...data, type: `voxpop:${type}` }, HOST);
  }

  /** Who the site says its reader is: by message, never in an address. @param {Mount} made @param {Record<string, string>} [given] */
  function tellSso(made, given) {
    if ("sso" in Object.assign(made.options, given)) say(made, "sso", made.options);
  }

  /** What the frame says; its window and our server's origin, or it is not heard (SAFETY T11). @param {MessageEvent} event */
  function onMessage({ data, origin, source }) {
    if (origin !== HOST || typeof data?.type !== "string") return;
    for (const [element, made] of mounts) {
      if (source !== made.frame.contentWindow) continue;
      // What a frame was told before it could hear is told again: a style sheet came in meanwhile.
      if (!made.isHeard) {
        say(made, "theme", { theme: made.theme });
        tellSso(made);
      }
      made.isHeard = true;
      made.frame.style.opacity = "1";
      if (data.type === "voxpop:height") setHeight(made, Number(data.height));
      else if (data.type === "voxpop:ready") emit(element, "ready", {});
      else if (data.type === "voxpop:count") emit(element, "count", { count: Number(data.count) });
      else if (data.type === "voxpop:comment") emit(element, "comment", { id: String(data.id) });
      else if (data.type === "voxpop:error") fail(element, String(data.code));
      else if (data.type === "voxpop:scroll") scrollTo(made, Number(data.top), Number(data.height));
      else if (data.type === "voxpop:watch") watch(made);
      else if (data.type === "voxpop:link" && /^\w{1,60}$/.test(data.id)) location.hash = `voxpop-${data.id}`;
    }
  }

  /** @param {Mount} made @param {number} height */
  function setHeight({ frame, floor }, height) {
    if (!(height >= 0 && height < 1e7)) return;
    frame.style.height = `${height}px`;
    // A frame smaller than the room kept for it gives the room back when nobody sees it move.
    const { bottom } = frame.getBoundingClientRect();
    if (height >= floor || bottom < 0 || bottom > innerHeight) frame.style.minHeight = "0";
  }

  /** @param {Mount} made @param {number} top @param {number} height */
  function scrollTo({ frame }, top, height) {
    if (!(top >= 0 && height >= 0)) return;
    const start = frame.getBoundingClientRect().top + top;
    if (start > 60 && start + height < innerHeight - 20) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scrollBy({ top: start - Math.max(60, (innerHeight - height) / 3), behavior: calm ? "instant" : "smooth" });
  }

  /** From now on this frame hears which part of it is on the screen. @param {Mount} made */
  function watch(made) {
    made.isWatched = true;
    view();
  }

  let waiting = false;
  function onView() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      view();
    });
  }

  function view() {
    for (const made of mounts.values()) {
      const { top, bottom } = made.frame.getBoundingClientRect();
      if (made.isWatched) say(made, "view", { top: Math.max(0, -top), bottom: Math.min(bottom, innerHeight) - top });
    }
  }

  /** @param {HTMLElement} [element] */
  function destroy(element) {
    for (const [at, made] of [...mounts]) {
      if (element && at !== element) continue;
      made.seen?.disconnect();
      made.frame.remove();
      mounts.delete(at);
    }
  }

  /** @param {HTMLElement | Record<string, string>} [element] @param {Record<string, string>} [options] */
  function reset(element, options) {
    attempt(() => {
      const target = element instanceof HTMLElement ? element : undefined;
      const given = options ?? (target ? {} : /** @type {Record<string, string>} */ (element ?? {}));
      const all = target ? [target] : [...mounts.keys()].filter((at) => at.isConnected);
      // Somebody else is signed in on the site: nothing has to be loaded for that.
      if (Object.keys(given).join() === "sso") return all.forEach((at) => tellSso(/** @type {Mount} */ (mounts.get(at)), given));
      destroy(target);
      for (const at of all) mount(at, given);
      scan();
    });
  }

  own.Voxpop = { scan, reset, destroy: (/** @type {HTMLElement} */ element) => attempt(() => destroy(element)) };
  addEventListener("message", (event) => attempt(() => onMessage(event)));
  addEventListener("hashchange", () => {
    const comment = linked();
    if (!comment) return;
    for (const made of mounts.values()) {
      if (!made.frame.src) made.frame.src = made.url.replace(/(&comment=.*)?$/, `&comment=${comment}`);
      else if (!made.isWidget) say(made, "open", { comment });
    }
  });
  addEventListener("scroll", onView, { passive: true, capture: true });
  addEventListener("resize", onView, { passive: true });
  dark.addEventListener("change", () => attempt(retheme));
  addEventListener("load", () => attempt(retheme)); // the page's style sheets may be later than we are
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", scan);
  scan();
})();
