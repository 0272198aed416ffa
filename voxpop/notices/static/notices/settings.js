// The time zone is the browser's until another is chosen: it is proposed here, and kept with "Save".
// And pushes in this browser: asked of its push service here, kept by an ordinary form.

const zone = /** @type {HTMLSelectElement | null} */ (document.getElementById("zone"));
if (zone && !zone.value) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...zone.options].some((option) => option.value === here)) zone.value = here;
}

const push = document.getElementById("push");
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("turn-on"));
if (push && form) void offer(push, form);

/** @param {HTMLElement} place @param {HTMLFormElement} form */
async function offer(place, form) {
  if (!("PushManager" in globalThis && "serviceWorker" in navigator)) {
    return say(place.dataset.none);
  }
  const scope = place.dataset.worker?.replace(/[^/]*$/, "") ?? "/home/";
  const there = await navigator.serviceWorker.getRegistration(scope);
  const subscribed = await there?.pushManager.getSubscription();
  const rows = [.../** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("[data-endpoint]"))];
  const mine = rows.find((row) => subscribed && row.dataset.endpoint === subscribed.endpoint);
  const tag = /** @type {HTMLElement | null | undefined} */ (mine?.querySelector(".tag"));
  if (tag) tag.hidden = false;
  mine?.querySelector("form")?.addEventListener("submit", () => void subscribed?.unsubscribe());
  const isLost = mine?.dataset.isLost !== undefined;
  form.hidden = Boolean(mine) && !isLost;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // What its maker has ended the browser may still believe in, and would give again.
    const before = isLost ? subscribed?.unsubscribe() : undefined;
    Promise.resolve(before).then(() => subscribe(place)).then(
      (subscription) => {
        const { endpoint, keys } = subscription.toJSON();
        fill("endpoint", endpoint);
        fill("p256dh", keys?.p256dh);
        fill("auth", keys?.auth);
        form.submit();
      },
      (/** @type {Error} */ error) =>
        say(
          Notification.permission === "denied"
            ? place.dataset.denied
            : place.dataset.failed?.replace("{error}", error.name),
        ),
    );
  });
}

/** @param {HTMLElement} place */
async function subscribe(place) {
  // Only this one address: what else is given to the policy is nothing.
  const factory = /** @type {any} */ (globalThis).trustedTypes;
  const address = place.dataset.worker ?? "";
  const script = factory
    ? factory
        .createPolicy("voxpop", {
          createScriptURL: (/** @type {string} */ url) => (url === "/home/push.js" ? url : ""),
        })
        .createScriptURL(address)
    : address;
  const registration = await navigator.serviceWorker.register(script);
  await navigator.serviceWorker.ready;
  if ((await Notification.requestPermission()) !== "granted") throw new DOMException("", "NotAllowedError");
  return registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: place.dataset.key ?? "",
  });
}

/** @param {string} name @param {string | undefined} value */
function fill(name, value) {
  const field = form?.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value ?? "";
}

/** @param {string | undefined} words */
function say(words) {
  const place = document.getElementById("push-said");
  if (place) place.textContent = words ?? "";
}

export {};
