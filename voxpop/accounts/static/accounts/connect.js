// Hands the one-time code to the frame that opened this popup, and to no other origin.

const connected = document.getElementById("connected");
const code = connected?.dataset.code;
if (window.opener && code) {
  window.opener.postMessage({ type: "voxpop:code", code }, location.origin);
  window.close();
}
