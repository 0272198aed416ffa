// The way in for somebody who was here before: dresses the page for him, and sends what waits.

import { hangBell } from "./bell.js";
import { openComposer } from "./composer.js"; // to it the outbox gives back what cannot be sent
import { comeBack } from "./leaving.js";
import { resume } from "./outbox.js";
import { hangWatch } from "./people.js";
import { articleOf, tell } from "../page.js";
import { begin } from "./viewer.js";

const ARRIVES = 5_000; // milliseconds for the comment that was being answered

/** Safe to call again; the reader calls it when this browser keeps something of ours. */
export async function start() {
  hangBell();
  hangWatch();
  const left = await comeBack();
  await begin();
  resume();
  if (left !== null) await goOn(left);
}

/**
 * Back from signing in on a full page: the editor that was left, with its draft.
 * @param {string} place
 */
async function goOn(place) {
  const end = Date.now() + ARRIVES;
  while (place && !articleOf(place) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
  await openComposer(place ? { parent: place } : {});
  const form = document.querySelector(`form.v-composer[data-place="${place}"]`);
  const { top = 0, height = 0 } = form?.getBoundingClientRect() ?? {};
  tell("scroll", { top: top + scrollY, height });
}
