// The way in for somebody who was here before: dresses the page for him, and sends what waits.

import "./composer.js"; // to which the outbox gives back what cannot be sent
import { hangBell } from "./bell.js";
import { resume } from "./outbox.js";
import { hangWatch } from "./people.js";
import { begin } from "./viewer.js";

/** Safe to call again; the reader calls it when this browser keeps something of ours. */
export async function start() {
  hangBell();
  hangWatch();
  await begin();
  resume();
}
