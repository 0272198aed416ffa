// More from this site, where the forum wants it: what else people talk in, below the comments. A module
// of its own, in no other page; what it shows is asked for once everything else is there.

import { page, request } from "./facts.js";

const MOST = 5;

/** @typedef {{id: string, title: string, url: string, people: number}} Warm */

async function show() {
  const place = document.getElementById("site");
  /** @type {{threads: Warm[]}} */
  const { threads } = await request(`/api/v1/forums/${encodeURIComponent(page.forum)}/trending`);
  const others = threads.filter((thread) => thread.id !== page.thread).slice(0, MOST);
  if (!place || !others.length) return;
  place.querySelector("ul")?.append(...others.map(row));
  place.hidden = false;
}

/** @param {Warm} thread */
function row({ title, url, people }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const name = document.createElement("bdi");
  const count = document.createElement("span");
  name.textContent = title || url;
  link.append(name);
  link.href = /^https?:/.test(url) ? url : "#";
  link.target = "_top";
  count.className = "n";
  count.textContent = people.toLocaleString(page.language);
  count.title = document.getElementById("site")?.dataset["people"] ?? "";
  item.append(link, " ", count);
  return item;
}

show().catch(() => {}); // the comments are whole without it
