const bare = (() => {
  const find = FINDER;
  const observe = () =>
    JSON.stringify({
      instruction: core.getUtterance(),
      html: document.getElementById("area").innerHTML,
      done: WOB_DONE_GLOBAL,
      reward: WOB_RAW_REWARD_GLOBAL,
    });

  function reset(seed) {
    Math.seedrandom(seed);
    core.setDataMode("train");
    core.startEpisodeReal();
    return observe();
  }

  function step(path, text) {
    const element = find(path);
    if (text === null) element.click();
    else {
      element.focus();
      element.value = text;
      element.dispatchEvent(new Event("input", { bubbles: true }));
      element.dispatchEvent(new Event("change", { bubbles: true }));
    }
    return observe();
  }

  return { reset, step };
})();
