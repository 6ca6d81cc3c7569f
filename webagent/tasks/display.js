// MiniWoB++ shows rewards, a countdown and past clicks beside the task. No observation holds
// them, and keeping them up to date takes longer than most tasks do.
if (typeof core !== "undefined" && core.countdownTimer.name !== "unseen") {
  const unseen = () => {};
  if (document.body) document.body.removeEventListener("click", core.canvasDrawClick);
  for (const name of ["countdownTimer", "clearTimer", "updateDisplay", "reloadDisplay", "canvasClear"]) {
    core[name] = unseen;
  }
}
