// The button of a profile knows its viewer: laid over the shared page, which knows nobody. Without
// it the same link leads to a page with the button.

/** @typedef {{me: boolean, follows: boolean, csrf: string}} Standing */

const button = /** @type {HTMLAnchorElement | null} */ (document.querySelector("#follow"));
/** @type {Standing | null} */
let known = null;

/**
 * What is so for whoever is signed in here; null for whoever is not, or when it cannot be known.
 * @param {RequestInit} [more]
 * @returns {Promise<Standing | null>}
 */
async function ask(more) {
  try {
    const answer = await fetch(button?.href ?? "", {
      headers: { Accept: "application/json" },
      redirect: "manual",
      ...more,
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** @param {Standing | null} now */
function show(now) {
  known = now;
  if (!button || !now) return;
  if (now.me) {
    button.textContent = "Change my profile";
    button.href = "/home/profile/";
    return;
  }
  button.setAttribute("role", "button");
  button.setAttribute("aria-pressed", String(now.follows));
  button.textContent = now.follows ? "Following" : "Follow";
}

button?.addEventListener("click", async (event) => {
  if (!known || known.me) return; // the link leads to where it can be done
  event.preventDefault();
  const body = new FormData();
  body.set("act", known.follows ? "unfollow" : "follow");
  body.set("csrfmiddlewaretoken", known.csrf);
  const now = await ask({ method: "POST", body });
  if (now) show(now);
  else location.assign(button.href);
});

button?.addEventListener("keydown", (event) => {
  if (event.key !== " " || !known || known.me) return;
  event.preventDefault();
  button.click();
});

show(await ask());
