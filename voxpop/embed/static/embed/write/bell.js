// The bell beside the number of comments: whether I was told something. It leads to the inbox on our
// own origin; what it knows came with the overlay, and is asked for again once a minute at most.

import { element } from "./menu.js";
import { ready } from "./ready.js";
import { say } from "./refusals.js";
import { lookAgain, onSession, overlay, viewer } from "./viewer.js";

const MINUTE = 60_000;
const MOST = 9; // the server counts one more, which stands for any number

/** @type {HTMLElement | null} */
let bell = null;
let asked = 0;

/** Hangs it up for whoever has an inbox; safe to call again. */
export function hangBell() {
  if (bell) return;
  bell = element("a", { class: "v-bell", href: "/home/inbox/", rel: "noopener" });
  asked = Date.now();
  onSession(draw);
  setInterval(look, MINUTE);
  document.addEventListener("visibilitychange", look);
  void draw();
}

function look() {
  if (document.hidden || viewer()?.kind !== "user" || Date.now() - asked < MINUTE) return;
  asked = Date.now();
  void lookAgain();
}

async function draw() {
  await ready;
  if (!bell) return;
  if (viewer()?.kind !== "user") return bell.remove();
  const { unread } = overlay;
  const count = unread > MOST ? `${MOST}+` : String(unread || "");
  bell.setAttribute("aria-label", unread ? `${say("inbox")}: ${count}` : say("inbox"));
  bell.title = say("inbox");
  bell.replaceChildren(...(unread ? [element("b", {}, count)] : []));
  if (!bell.isConnected) document.querySelector(".top h1")?.after(bell);
}
