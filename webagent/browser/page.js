// The agent's half inside the page, installed before any script of the page by
// `webagent.browser.script`. `clock` is the virtual clock, or null on live pages.
function install(clock) {
  if (window !== window.top) return;

  const STEP_MS = 500; // how far an action moves the virtual clock
  const QUIET_MS = 100; // a live page has settled when nothing changed for so long,
  const PATIENCE_MS = 1000; // or after this
  const realTimeout = window.setTimeout.bind(window);

  const view = createView(!clock);
  const { actions, Refusal } = createActions(view);
  let begun = false;
  let probe = () => null;
  let running = null; // the action in progress
  let hidden = false; // whether it types into a password field
  let sheets = 0; // style sheets whose images are loaded
  const images = []; // kept, so that the browser does not drop them from its cache

  if (clock && window.navigation) {
    // A task lives in one document: a stray form submission must not leave it.
    window.navigation.addEventListener("navigate", (event) => {
      if (running && !event.hashChange && event.cancelable) event.preventDefault();
    });
  }

  // ----------------------------------------------------------------- settling

  // A message is the one task the virtual clock leaves alone.
  function macrotask() {
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
  }

  async function settle() {
    if (clock) {
      clock.advance(STEP_MS);
      await macrotask();
      return;
    }
    await new Promise((resolve) => {
      const watcher = new MutationObserver(() => wait());
      const end = () => { watcher.disconnect(); resolve(); };
      let timer = null;
      const wait = () => { clearTimeout(timer); timer = realTimeout(end, QUIET_MS); };
      watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      realTimeout(end, PATIENCE_MS);
      wait();
    });
  }

  // Pictures are taken of decoded images. Where nobody takes any, decode() would keep what it
  // decoded, some 64 KB a load, until a frame is drawn: never.
  function loaded(image, pictures) {
    if (pictures) return image.decode().catch(() => {});
    if (image.complete || image.loading === "lazy") return null;
    return new Promise((resolve) => {
      for (const end of ["load", "error"]) image.addEventListener(end, resolve, { once: true });
    });
  }

  // Images of style sheets give elements their size, so they must be there from the start.
  async function warmImages(pictures) {
    const urls = new Set();
    for (const sheet of document.styleSheets) {
      try {
        for (const rule of sheet.cssRules) {
          for (const [, url] of rule.cssText.matchAll(/url\("([^"]+)"\)/g)) urls.add(new URL(url, sheet.href || location.href).href);
        }
      } catch { /* a style sheet of another origin hides its rules */ }
    }
    await Promise.all([...urls].map((url) => {
      const image = new Image();
      images.push(image);
      image.src = url;
      return loaded(image, pictures);
    }));
  }

  function calm() {
    const style = document.createElement("style");
    style.textContent = "*, *::before, *::after { transition: none !important; animation: none !important; caret-color: transparent !important; }";
    document.head.append(style);
    if (window.jQuery) window.jQuery.fx.off = true;
  }

  // -------------------------------------------------------------------- seams

  function observe(error = null) {
    const { out, boxes } = view.write();
    const state = { html: out.join("").trim(), url: location.href, boxes, error, probe: probe() };
    if (!clock) state.refs = view.given();
    if (view.showsSecret()) state.reveals = true;
    // A page can hold halves of surrogate pairs, which are no Unicode.
    return JSON.stringify(state, (_, value) => (typeof value === "string" ? value.toWellFormed() : value));
  }

  // Compiled once: a page begins thousands of episodes.
  const compiled = new Map();
  function compile(Kind, code, ...parameters) {
    if (!compiled.has(code)) compiled.set(code, new Kind(...parameters, code));
    return compiled.get(code);
  }

  async function begin({ code, options, probe: expression, ignore, pictures }) {
    running = null;
    if (document.activeElement) document.activeElement.blur();
    if (clock) {
      if (!begun) calm();
      clock.restart();
      if (location.hash) history.replaceState(null, "", location.pathname + location.search);
    }
    begun = true;
    probe = expression === "null" ? () => null : compile(Function, `return (${expression});`);
    if (code) await compile((async () => {}).constructor, code, "options")(options);
    if (clock) {
      if (document.styleSheets.length !== sheets) await warmImages(pictures);
      sheets = document.styleSheets.length;
      if (document.images.length) await Promise.all([...document.images].map((image) => loaded(image, pictures)));
      window.scrollTo(0, 0);
    } else await settle();
    view.restart(ignore);
    return observe();
  }

  // The page as it is now, on live pages: each may be a new document, where nothing has begun.
  async function look({ ignore, said, error, refs }, expression) {
    await settle();
    if (!begun) view.restart(ignore);
    view.goOn(refs);
    begun = true;
    probe = () => expression(said);
    return observe(error);
  }

  async function resume() {
    // A live page may have been left by the input that the action asked for.
    if (!running) return clock ? observe("The page changed before the action was complete.") : "{}";
    let error = null;
    try {
      const { value, done } = await running.next();
      if (!done) return JSON.stringify({ events: value });
      error = value || null;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) console.error(refusal);
      error = refusal instanceof Refusal ? refusal.message : `The page failed on this action: ${refusal}`;
    }
    if (clock) await settle();
    running = null;
    if (!clock) return JSON.stringify({ error, hidden }); // `look` follows, perhaps elsewhere
    return observe(error);
  }

  function act(mode, name, ...args) {
    const element = name === "type" && view.element(args[0]);
    hidden = Boolean(element) && view.isSecret(element);
    running = actions[name](mode, ...args);
    return resume();
  }

  // A link that would open another window opens in this one, form data and all.
  function keepHere({ type, target, submitter }) {
    if (type === "submit" && submitter?.hasAttribute("formtarget")) submitter.removeAttribute("formtarget");
    const element = target instanceof Element && target.closest(type === "submit" ? "form" : "a, area");
    const named = element && element.getAttribute("target");
    if (!named || /^_(self|top|parent)$/i.test(named)) return;
    if (!document.querySelector(`iframe[name="${CSS.escape(named)}"]`)) element.removeAttribute("target");
  }
  if (!clock) for (const type of ["click", "submit"]) window.addEventListener(type, keepHere, true);

  Object.defineProperty(window, "__webagent", { value: { begin, act, resume, look, observe } });
}
