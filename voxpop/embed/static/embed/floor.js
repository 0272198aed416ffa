// The floor: the place in a thread's log that this reader must not fall behind, because he has
// written there himself. The server signs it; whoever answers in its name heeds it for a minute.

const PREFIX = "voxpop:floor:";
const LIFETIME = 60_000; // milliseconds, by this browser's clock: the server's may be another

/** @typedef {{token: string, seq: number, until: number}} Floor */

/** Where storage is refused or full, this lives as long as the page. @type {Map<string, Floor>} */
const memory = new Map();

/**
 * @param {string} thread
 * @returns {Floor | null}
 */
export function floorOf(thread) {
  const kept = attempt((storage) => JSON.parse(storage.getItem(PREFIX + thread) ?? "null"));
  const good = [memory.get(thread), kept].filter(isGood); // another tab may have written since
  return good.sort((a, b) => b.seq - a.seq)[0] ?? null;
}

/** @param {string | null} header what an answer to a write says: one token or more */
export function raiseFloor(header) {
  forgetOld();
  for (const token of header?.split(", ") ?? []) {
    const [thread = "", place] = token.split(".");
    const floor = { token, seq: Number(place), until: Date.now() + LIFETIME };
    if (!floor.seq || floor.seq < (floorOf(thread)?.seq ?? 0)) continue;
    memory.set(thread, floor);
    attempt((storage) => storage.setItem(PREFIX + thread, JSON.stringify(floor)));
  }
}

/** One thread after the other is written in; nothing of it stays in storage for good. */
function forgetOld() {
  attempt((storage) => {
    for (const key of Object.keys(storage)) {
      if (key.startsWith(PREFIX) && !isGood(JSON.parse(storage.getItem(key) ?? "null"))) storage.removeItem(key);
    }
  });
}

/** @param {any} floor */
function isGood(floor) {
  const left = (floor?.until ?? 0) - Date.now();
  return left > 0 && left <= LIFETIME; // a clock that was put back must not make it last
}

/**
 * Touching `localStorage` itself throws where a browser refuses it to frames.
 * @template T
 * @param {(storage: Storage) => T} work
 * @returns {T | undefined}
 */
function attempt(work) {
  try {
    return work(localStorage);
  } catch {
    return undefined;
  }
}
