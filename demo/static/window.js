// Tells the page around this window when its comments could be read.
document.addEventListener("voxpop:ready", () => {
  const milliseconds = Math.round(performance.now());
  window.parent.postMessage({ type: "lantern:ready", milliseconds }, location.origin);
});
