// Takes the site's token out of the address, and hands it to the frame that opened this window: to our
// own origin and no other. Without that frame the server says where to go.

const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const back = document.getElementById("back");
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("on"));
const onward = /** @type {HTMLAnchorElement | null} */ (document.getElementById("onward"));
if (onward) {
  location.replace(onward.href); // the server has found the token genuine, and this address on the site
} else if (!token) {
  if (back) back.textContent = back.dataset.none ?? "";
} else if (window.opener) {
  window.opener.postMessage({ type: "voxpop:sso", token }, location.origin);
  window.close();
} else {
  /** @type {HTMLInputElement | null | undefined} */ (form?.querySelector("[name=token]"))?.setAttribute("value", token);
  form?.submit();
}
