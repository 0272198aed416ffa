// The entry of the iframe's page. The page is whole without it; this makes it answer.

import { wordTimes } from "./dom.js";
import { announce, fitIntoHost, hear, page, request, Refused, say, tell } from "./facts.js";
import { goTo, hint, receive, setView, withdraw } from "./offer.js";
import { floorOf } from "./floor.js";
import { ask, follow } from "./tail.js";
import { applyEvent, articleOf, insertComment, list, putRows, setFolded, settle } from "./tree.js";

const CATCH_UP = 3000; // milliseconds

/** @type {Record<string, (button: HTMLElement) => unknown>} */
const ACTS = {
  collapse(button) {
    const article = /** @type {HTMLElement} */ (button.closest(".c"));
    setFolded(article, !article.classList.contains("folded"));
  },
  more: loadMore,
  branch: loadBranch,
  all: () => sortBy(page.sort),
  reload: () => location.reload(),
  write: () => import("./write/composer.js").then(({ openComposer }) => openComposer({})),
};

/** What a comment's own buttons do lives in the writing half, which comes at the first need. */
const others = (/** @type {HTMLElement} */ button) =>
  import("./write/acts.js").then(({ act }) => act(button));

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const link = target.closest("[data-act], [data-sort], .re, .when");
  if (!(link instanceof HTMLElement)) return;
  const { act, sort } = link.dataset;
  const isWhen = link.matches(".when");
  if (isWhen && !page.host.origin) return;
  event.preventDefault();
  if (sort) sortBy(sort);
  else if (isWhen) tell("link", { id: link.closest(".c")?.getAttribute("data-id") });
  else if (act) (ACTS[act] ?? others)(link);
  else openComment(link.getAttribute("href")?.slice(3) ?? "");
});

list.addEventListener("beforematch", ({ target }) => {
  // Find-in-page came upon a folded comment: open what hides it.
  let row = /** @type {HTMLElement | null} */ (target);
  for (; row; row = articleOf(row.dataset["parent"])) {
    if (row.matches(".folded")) setFolded(row, false);
  }
});

/** @param {string} path @param {Record<string, string>} query */
function fetchRows(path, query) {
  const { forum, thread, language, defaults } = page;
  const asked = new URLSearchParams(query);
  if (language !== defaults.language) asked.set("lang", language);
  return request(`/embed/${encodeURIComponent(forum)}/thread/${thread}/${path}?${asked}`);
}

/** @param {HTMLElement} button */
async function loadMore(button) {
  const nav = /** @type {HTMLElement} */ (button.closest(".more"));
  await loading(nav, async () => {
    const html = await fetchRows("more", { ...sortQuery(page.sort), after: nav.dataset["after"] ?? "" });
    const articles = putRows(html, nav);
    nav.remove();
    arrive(articles, button);
  });
}

/** @param {HTMLElement} button */
async function loadBranch(button) {
  const gap = /** @type {HTMLElement} */ (button.closest(".gap"));
  await loading(gap, async () => {
    const { root = "", after = "" } = gap.dataset;
    const articles = putRows(await fetchRows("branch", { comment: root, after }), gap);
    gap.remove();
    arrive(articles, button);
  });
}

/**
 * Says what came, and takes the keyboard along if it stood on the button that is gone.
 * @param {HTMLElement[]} articles
 * @param {HTMLElement} button
 */
function arrive(articles, button) {
  page.next = list.querySelector(".more")?.getAttribute("data-after") ?? null;
  announce(say("loaded", { n: articles.length }));
  if (!button.isConnected && articles[0] && document.activeElement === document.body) {
    articles[0].tabIndex = -1;
    articles[0].focus({ preventScroll: true });
  }
}

/** @param {string} sort */
async function sortBy(sort) {
  const isDone = await replaceList(() => fetchRows("more", sortQuery(sort)));
  if (!isDone) return;
  page.sort = sort;
  for (const link of document.querySelectorAll("[data-sort]")) {
    if (link.getAttribute("data-sort") === sort) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** @param {string} sort @returns {Record<string, string>} */
function sortQuery(sort) {
  return sort === page.defaults.sort ? {} : { sort };
}

/**
 * Goes to a comment wherever in the thread it lies: ours by its id, or by the one it was imported with.
 * @param {string} id
 */
async function openComment(id) {
  if (!/^[\w-]{1,60}$/.test(id)) return;
  if (id === "write") return ACTS.write?.(list);
  const here = articleOf(id);
  if (here) return reveal(here);
  const isDone = await replaceList(() => fetchRows("around", { comment: id }));
  if (!isDone) return;
  const target = document.getElementById("target")?.dataset["id"];
  note("around", actButton("all", "show_all"));
  const article = articleOf(target);
  if (article) reveal(article);
}

/** @param {HTMLElement} article */
function reveal(article) {
  for (let at = articleOf(article.dataset["parent"]); at; at = articleOf(at.dataset["parent"])) {
    if (at.matches(".folded")) setFolded(at, false);
  }
  goTo(article);
}

/**
 * Puts other rows in the place of all.
 * @param {() => Promise<string>} fetchAll
 */
async function replaceList(fetchAll) {
  let isDone = false;
  await loading(list, async () => {
    const html = await fetchAll();
    list.replaceChildren();
    clearNote();
    putRows(html, null);
    page.next = list.querySelector(".more")?.getAttribute("data-after") ?? null;
    isDone = true;
  });
  return isDone;
}

/**
 * Shows that something is being fetched, and what to do when it cannot be.
 * @param {HTMLElement} place
 * @param {() => Promise<void>} work
 */
async function loading(place, work) {
  if (place.ariaBusy === "true") return;
  place.ariaBusy = "true";
  try {
    await work();
    if (document.getElementById("notes")?.dataset["of"] === "failed") clearNote();
  } catch (problem) {
    if (problem instanceof Refused && problem.status === 404) note("gone");
    else note("failed");
  } finally {
    place.ariaBusy = "false";
  }
}

/**
 * A line above the comments that says what became of what the reader asked for.
 * @param {string} key
 * @param {HTMLElement} [remedy]
 */
function note(key, remedy) {
  const notes = /** @type {HTMLElement} */ (document.getElementById("notes"));
  const line = document.createElement("p");
  line.className = "note";
  line.append(say(key), " ", remedy ?? "");
  notes.dataset["of"] = key;
  notes.replaceChildren(line);
  announce(say(key));
}

/** @param {string} act @param {string} key */
function actButton(act, key) {
  const button = document.createElement("button");
  button.dataset["act"] = act;
  button.textContent = say(key);
  return button;
}

function clearNote() {
  document.getElementById("notes")?.replaceChildren();
}

/**
 * The page came from before the reader's own last write: he sees it when it has been brought up to
 * that, and as it is only when that cannot be done.
 */
async function catchUp() {
  const floor = floorOf(page.thread);
  if (!floor || page.seq >= floor.seq) return;
  document.body.classList.add("behind");
  const signal = AbortSignal.timeout(CATCH_UP);
  try {
    while (page.seq < floor.seq) {
      const answer = await ask(signal, false);
      if (answer.seq === page.seq) return;
      page.seq = answer.seq;
      apply(answer, insertComment);
    }
  } catch {
    // Whoever follows the log from here on says what is the matter.
  } finally {
    document.body.classList.remove("behind");
  }
}

/**
 * @param {import("./tail.js").Answer} answer
 * @param {(shape: import("./tree.js").Shape) => unknown} put what becomes of a new comment
 */
function apply({ events, count, reset }, put = receive) {
  if (reset) return hint("reload", actButton("reload", "again"));
  for (const event of events) {
    if (event.thread && event.thread.locked !== page.locked) {
      announce(say(event.thread.locked ? "locked" : "unlocked"));
    }
    applyEvent(event);
    for (const shape of event.comments ?? []) {
      if (shape.status !== "published") withdraw(shape.id);
      else if (event.kind === "published" && !articleOf(shape.id)) put(shape);
      if (event.kind === "published") tell("comment", { id: shape.id });
    }
  }
  if (count !== undefined) showCount(count);
}

/** @param {number} count */
function showCount(count) {
  const place = document.getElementById("count");
  if (place) place.textContent = count.toLocaleString(page.language);
  if (count !== page.count) tell("count", { count });
  page.count = count;
}

/** @param {boolean} isReached */
function reached(isReached) {
  if (!isReached) return hint(navigator.onLine ? "unreachable" : "offline");
  hint("");
  announce(say("online"));
}

function hasPast() {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith("voxpop:"));
  } catch {
    return false; // storage is refused to frames here: nobody can have been here before
  }
}

fitIntoHost();
settle(/** @type {HTMLElement[]} */ ([...list.querySelectorAll(".c")]));
setInterval(() => wordTimes(list, page.language), 60_000);
hear((type, data) => {
  if (type === "open") openComment(String(data.comment));
  else if (type === "view") setView(data);
  else if (type === "sso") import("./write/sso.js").then(({ take }) => take(data.sso));
});
tell("ready");
tell("count", { count: page.count });
tell("watch");
showCount(page.count);
if (page.host.comment) openComment(page.host.comment);
if (hasPast()) import("./write/session.js").then(({ start }) => start());
catchUp().then(() => follow(apply, reached));
