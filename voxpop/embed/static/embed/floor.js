// The floor: the place in a thread's log that this reader must not fall behind, because he has
// written there himself. The server signs it; whoever answers in its name heeds it for a minute.
// Raised in write/floor.js.

/** @typedef {{token: string, seq: number, until: number}} Floor */

export const LIFETIME = 60_000; // milliseconds, by this browser's clock: the server's may be another

/** What this page was told; all there is where storage is refused. @type {Map<string, Floor>} */
export const told = new Map();

/**
 * @param {string} thread
 * @returns {Floor | null}
 */
export function floorOf(thread) {
  let kept; // another tab may have written since
  try {
    kept = JSON.parse(localStorage.getItem(`voxpop:floor:${thread}`) ?? "null");
  } catch {
    // refused to frames here, or written by somebody else
  }
  const good = [told.get(thread), kept].filter(isGood);
  return good.sort((a, b) => b.seq - a.seq)[0] ?? null;
}

/** @param {any} floor */
export function isGood(floor) {
  const left = floor?.until - Date.now();
  return left > 0 && left <= LIFETIME; // a clock that was put back must not make it last
}
