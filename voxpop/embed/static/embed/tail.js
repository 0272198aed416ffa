// Following the thread's log: held requests where people talk, polls where few do, nothing where nobody
// does. Any answer is a valid prefix of the log, so a reader can only be short, never wrong.

import { changes, page, Refused, request, Unreachable } from "./facts.js";

/** @typedef {import("./tree.js").LogEvent} LogEvent */
/** @typedef {{events: LogEvent[], seq: number, count?: number, mode: string, wait: number, reset?: boolean}} Answer */

// Milliseconds after the first failure, growing with each that follows: when a part of the server was
// started again, all its readers were cut off in the same moment.
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
// Everybody who waited was answered in the same moment. They do not all come back in one: an edge node
// would park the first again while the last still wait for what is new. Where news follows news nobody
// has waited, and the closer readers stay together the fewer places of the log are asked for. An answer
// that took long though nobody held it came from a busy server: that is given time as well.
const LONGEST_APART = 500;
const LONGEST_APART_IN_A_STORM = 100;
// A part that is started again is back before this many tries; only then is there something to tell.
const PATIENCE = 3;
const REST = "none";

/** @type {AbortController | null} */
let running = null;

/**
 * @param {(answer: Answer) => void} apply what to do with news
 * @param {(isReached: boolean) => void} tell told when the server goes and comes back
 */
export function follow(apply, tell) {
  let wasReached = true;
  const reached = (/** @type {boolean} */ isReached) => {
    if (isReached !== wasReached) tell(isReached);
    wasReached = isReached;
  };
  const begin = () => {
    if (running || document.hidden) return;
    // The browser keeps this answer: it asks once a day, and so readers are counted by nobody's name.
    fetch(`/embed/${page.forum}/reader?${Math.trunc(Date.now() / 864e5)}`).catch(() => {});
    running = new AbortController();
    run(running.signal, apply, reached).finally(() => {
      running = null;
    });
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? running?.abort() : begin()));
  const beginAnew = () => {
    running?.abort();
    setTimeout(begin);
  };
  addEventListener("online", beginAnew);
  changes.addEventListener("behind", beginAnew);
  addEventListener("offline", () => reached(false));
  // A thread that rests is looked at again when its reader does something.
  addEventListener("pointerdown", begin);
  addEventListener("keydown", begin);
  begin();
}

/**
 * What came after the page's place.
 * @param {AbortSignal} signal
 * @param {boolean} isHeld whether the server may wait for news before it answers
 * @returns {Promise<Answer>}
 */
export function ask(signal, isHeld) {
  const hold = isHeld ? "&hold=1" : "";
  return request(`/api/v1/threads/${page.thread}/events?after=${page.seq}${hold}`, { signal });
}

/**
 * @param {AbortSignal} signal
 * @param {(answer: Answer) => void} apply
 * @param {(isReached: boolean) => void} reached
 */
async function run(signal, apply, reached) {
  let mode = "";
  let failures = 0;
  while (!signal.aborted) {
    let pause = 0;
    const isHeld = mode === "live" && !failures;
    const began = Date.now();
    try {
      // After a failure the first answer must come at once: it says that the server is back.
      const answer = await ask(signal, isHeld);
      if (signal.aborted) return;
      reached(true);
      failures = 0;
      const isFirst = !mode;
      mode = answer.mode;
      page.seq = answer.seq;
      if (answer.events.length || answer.reset || isFirst) apply(answer);
      if (answer.reset || mode === REST) return;
      pause = answer.wait * 1000;
      // Who has waited for his answer was held, and need not wait again.
      const hasWaited = isHeld && Date.now() - began > pause;
      if (answer.events.length || hasWaited || (isFirst && mode === "live")) pause = 0;
    } catch (problem) {
      if (signal.aborted) return;
      failures += 1;
      const asked = problem instanceof Refused ? problem.wait * 1000 : 0;
      pause = asked + Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
      if (problem instanceof Unreachable && failures > PATIENCE) reached(false);
    }
    const apart = Date.now() - began > LONGEST_APART ? LONGEST_APART : LONGEST_APART_IN_A_STORM;
    await sleep(pause * (1 + Math.random() / 4) + Math.random() * apart, signal);
  }
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 */
function sleep(milliseconds, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", resolve, { once: true });
  });
}
