// Installed with the page script, on the pages of tasks that BrowserGym plays.
(() => {
  if (window !== window.top) return;
  let started = false;
  window.addEventListener("load", () => { started = true; });
  // A task lives in one document: a stray form submission must not leave it.
  window.navigation.addEventListener("navigate", (event) => {
    if (started && !event.hashChange && event.cancelable) event.preventDefault();
  });
})();
