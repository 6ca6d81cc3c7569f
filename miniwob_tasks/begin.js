// The body of an async function that starts an episode of the loaded MiniWoB++ page.
// `options` is {seed, episodeTime, clean, renew}.
Math.seedrandom(options.seed);
if (options.episodeTime !== null) core.EPISODE_MAX_TIME = options.episodeTime;
core.setDataMode("train");
if (typeof TEMPLATES !== "undefined" && TEMPLATES.forward) {
  // Five of 134 sentences have their names exchanged, so that no reader can tell who is meant.
  const { forward } = TEMPLATES;
  forward.published ??= forward.train;
  const exchanged = /\bfrom DEST\b|^Forward DEST's email from yesterday/;
  const swap = (text) => text.replace(/NAME|DEST/g, (word) => (word === "NAME" ? "DEST" : "NAME"));
  const repair = (text) => (exchanged.test(text) ? swap(text) : text);
  forward.train = options.clean ? forward.published.map(repair) : forward.published;
}
if (window.jQuery) jQuery.fx.off = true;
const calendar = window.jQuery?.datepicker?._curInst;
if (calendar) { // close it, and let it show the first month again
  jQuery.datepicker._hideDatepicker();
  calendar.lastVal = null;
}
if (options.renew) {
  const area = document.getElementById("area");
  core.first ??= { area: area.cloneNode(true), beside: new Set(document.body.children) };
  for (const child of [...document.body.children]) if (!core.first.beside.has(child)) child.remove();
  area.replaceWith(core.first.area.cloneNode(true));
}
core.startEpisodeReal();
core.cover_div.remove(); // the START cover would hide how the episode ended
// Messages pass while the page's clock stands still, timers do not.
for (let turn = 0; !WOB_TASK_READY; turn++) {
  if (turn > 10000) throw new Error("The page did not become ready.");
  await new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
}
