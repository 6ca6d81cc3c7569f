// The body of an async function that starts an episode of a published CompWoB page.
// `options` is {seed}.
if (typeof core === "undefined") throw new Error("The page has no MiniWoB++ engine.");
Math.seedrandom(options.seed);
if (window.jQuery) jQuery.fx.off = true;
core.startEpisodeReal();
core.cover_div.remove(); // the START cover would hide how the episode ended
