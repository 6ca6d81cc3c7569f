// The agent's half inside the page: what it shows (observe) and what it does (act).
// Installed before any script of the page by `webagent.browser.script`, as
// `install(clock)`, where `clock` is the virtual clock or null on live pages.
function install(clock) {
  if (window !== window.top) return;

  const STEP_MS = 500; // how far an action moves the virtual clock
  const MAX_REFS = 2000; // a longer page is pruned, and says so
  const MAX_TEXT = 4000; // characters of one text node
  const QUIET_MS = 150; // a live page has settled when nothing changed for so long,
  const PATIENCE_MS = 3000; // or after this
  const realTimeout = window.setTimeout.bind(window);

  const SKIP = new Set("SCRIPT STYLE NOSCRIPT TEMPLATE HEAD META LINK TITLE BR WBR HR".split(" "));
  const STRUCTURE = new Set(
    "TABLE TR TD TH UL OL LI DL DT DD FORM FIELDSET LABEL SELECT svg NAV MAIN HEADER FOOTER".split(" "),
  );
  const CONTROLS = new Set("A BUTTON INPUT SELECT TEXTAREA SUMMARY OPTION".split(" "));
  const PLAIN = ["placeholder", "title", "alt", "role", "aria-label", "for"];
  const GEOMETRY =
    "cx cy r x y x1 y1 x2 y2 rx ry width height points transform fill stroke font-size".split(" ");
  const NOISE = /^(ui-id-\d+|ui-(corner|widget|helper|front|state-default|sortable-handle)\S*)$/;
  const LISTENED = new Set(
    ("click dblclick mousedown mouseup pointerdown pointerup touchstart change input keydown " +
      "keyup keypress mouseenter mouseover dragstart").split(" "),
  );
  const NOT_TYPED = new Set("checkbox radio button submit reset image file hidden".split(" "));
  const SET_BY_VALUE = new Set("date time month week datetime-local color range".split(" "));
  const FORMATS = {
    date: "YYYY-MM-DD", time: "HH:MM", month: "YYYY-MM", week: "YYYY-Www",
    "datetime-local": "YYYY-MM-DDTHH:MM", color: "#rrggbb", range: "a number",
  };

  class Refusal extends Error {}

  let task = { probe: "null", ignore: "", mask: !clock };
  let probe = () => null;
  let refs = new WeakMap();
  let elements = new Map();
  let running = null; // the action in progress, a generator of input events
  const listening = new WeakSet();
  let sheets = 0; // style sheets whose images are loaded
  const images = []; // kept, so that the browser does not drop them from its cache

  const addEventListener = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (LISTENED.has(type) && this instanceof Element) listening.add(this);
    return addEventListener.call(this, type, ...rest);
  };
  if (clock && window.navigation) {
    // A task lives in one document: a stray form submission must not leave it.
    window.navigation.addEventListener("navigate", (event) => {
      if (running && !event.hashChange && event.cancelable) event.preventDefault();
    });
  }

  // ---------------------------------------------------------------- observing

  const escapeText = (text) => text.replace(/[&<>]/g, (c) => `&${{ "&": "amp", "<": "lt", ">": "gt" }[c]};`);
  const escapeValue = (text) => escapeText(text).replace(/"/g, "&quot;");
  const collapse = (text) => text.replace(/\s+/g, " ");

  function clip(text) {
    if (text.length <= MAX_TEXT) return text;
    return `${text.slice(0, MAX_TEXT)} [${text.length - MAX_TEXT} more characters]`;
  }

  function refOf(element) {
    let ref = refs.get(element);
    if (ref === undefined) {
      ref = elements.size + 1;
      refs.set(element, ref);
      elements.set(ref, element);
    }
    return ref;
  }

  function isInteractive(element) {
    if (CONTROLS.has(element.tagName) || element.isContentEditable) return true;
    if (element === document.body) return false;
    if (listening.has(element) || element.onclick || element.draggable) return true;
    if (element.hasAttribute("tabindex") && element.tabIndex >= 0) return true;
    const pointed = (node) => node && getComputedStyle(node).cursor === "pointer";
    return pointed(element) && !pointed(element.parentElement);
  }

  function hasText(element) {
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && node.data.trim()) return true;
    }
    return false;
  }

  // A leaf without text that nobody can see or use, such as a spacer or a resize handle.
  function isBlank(element) {
    if (element.tagName === "CANVAS" || element.tagName === "IMG" || element instanceof SVGElement) return false;
    const style = getComputedStyle(element);
    return style.backgroundImage === "none" && style.content === "normal" && style.borderTopWidth === "0px" &&
      style.backgroundColor === "rgba(0, 0, 0, 0)";
  }

  function isHidden(element) {
    return !element.checkVisibility({ visibilityProperty: true });
  }

  function valueOf(element) {
    if (element.type === "password" && task.mask) return "•".repeat(element.value.length);
    return element.value;
  }

  function attributesOf(element) {
    const kept = [];
    const keep = (name, value) => kept.push(` ${name}="${escapeValue(clip(String(value)))}"`);
    const id = element.id;
    if (id && typeof id === "string" && !NOISE.test(id)) keep("id", id);
    const classes = (element.getAttribute("class") || "").split(/\s+/).filter((c) => c && !NOISE.test(c));
    if (classes.length) keep("class", classes.slice(0, 4).join(" "));
    if (CONTROLS.has(element.tagName)) kept.push(...stateOf(element, keep));
    if (element === document.activeElement && element !== document.body) kept.push(" focused");
    for (const name of PLAIN) {
      const value = element.getAttribute(name);
      if (value) keep(name, value);
    }
    const href = element.getAttribute("href");
    if (href && href !== "#" && !href.startsWith("javascript:")) keep("href", href);
    if (element.tagName === "IMG" && element.getAttribute("src")) keep("src", element.getAttribute("src").split(/[/\\]/).pop().slice(0, 60));
    const { color, backgroundColor } = element.style || {};
    const colours = [color && `color: ${color}`, backgroundColor && `background-color: ${backgroundColor}`];
    if (color || backgroundColor) keep("style", colours.filter(Boolean).join("; "));
    if (element instanceof SVGElement) {
      for (const name of GEOMETRY) if (element.hasAttribute(name)) keep(name, element.getAttribute(name));
    }
    return kept.join("");
  }

  function stateOf(element, keep) {
    const flags = [];
    if (element.tagName === "INPUT") keep("type", element.type);
    if (element.name) keep("name", element.name);
    const box = element.type === "checkbox" || element.type === "radio";
    if (element.tagName === "INPUT" && !box && element.value) keep("value", valueOf(element));
    if (box && element.checked) flags.push(" checked");
    if (element.tagName === "OPTION" && element.selected) flags.push(" selected");
    if (element.matches(":disabled")) flags.push(" disabled");
    if (element.readOnly) flags.push(" readonly");
    return flags;
  }

  class TooLong extends Error {}

  // One walk writes the HTML and collects the boxes. `within` limits it to elements whose
  // box meets the viewport grown by so many viewports (Infinity: the whole page).
  class Writer {
    constructor(within, strict) {
      this.out = [];
      this.boxes = [];
      this.margin = within * window.innerHeight;
      this.strict = strict;
      this.left = 0;
    }

    visit(node) {
      if (node.nodeType === Node.TEXT_NODE) {
        const text = collapse(node.data);
        if (text.trim()) this.out.push(escapeText(clip(text)));
      } else if (node.nodeType === Node.ELEMENT_NODE) this.element(node);
    }

    element(element) {
      if (SKIP.has(element.tagName)) return;
      if (element.tagName !== "OPTION" && isHidden(element)) return;
      if (task.ignore && element.matches(task.ignore)) return;
      const box = element.getBoundingClientRect();
      if (box.width <= 1 && box.height <= 1 && getComputedStyle(element).overflow !== "visible") return;
      if (this.margin !== Infinity && box.height > 0 &&
          (box.bottom < -this.margin || box.top > window.innerHeight + this.margin)) {
        this.left++;
        return;
      }
      const drawn = box.width > 0 && box.height > 0;
      const leaf = element.childElementCount === 0 && !element.shadowRoot;
      if (leaf && !drawn && element.tagName !== "OPTION") return;
      this.write(element, box, drawn, leaf);
    }

    write(element, box, drawn, leaf) {
      const tag = element.tagName;
      const listed = tag !== "OPTION" || isListBox(element.parentElement);
      const acts = drawn && listed &&
        (hasText(element) || isInteractive(element) || (leaf && !isBlank(element)));
      if (leaf && !acts && listed && tag !== "TD" && tag !== "TH") return;
      if (acts && this.boxes.length >= MAX_REFS) {
        if (!this.strict) throw new TooLong();
        this.left++;
        return;
      }
      const attributes = attributesOf(element);
      const wrap = acts || attributes || STRUCTURE.has(tag) || tag === "OPTION";
      const name = tag.toLowerCase();
      if (wrap) this.out.push(`<${name}${acts ? ` ref="${this.box(element, box)}"` : ""}${attributes}>`);
      if (tag === "TEXTAREA") this.out.push(escapeText(clip(element.value)));
      else for (const child of (element.shadowRoot || element).childNodes) this.visit(child);
      if (wrap && tag !== "INPUT" && tag !== "IMG") this.out.push(`</${name}>`);
    }

    box(element, { x, y, width, height }) {
      const ref = refOf(element);
      this.boxes.push([ref, ...[x, y, width, height].map((value) => Math.round(value * 10) / 10)]);
      return ref;
    }
  }

  const isListBox = (select) => select && select.tagName === "SELECT" && (select.multiple || select.size > 1);

  // A page of more than MAX_REFS elements is cut to one viewport around the visible part,
  // then to the visible part, then to its first MAX_REFS elements.
  function write() {
    for (const [within, strict] of [[Infinity, false], [1, false], [0, true]]) {
      const writer = new Writer(within, strict);
      try {
        if (document.body) writer.element(document.body);
      } catch (error) {
        if (error instanceof TooLong) continue;
        throw error;
      }
      if (writer.left) writer.out.push(`<!-- ${writer.left} parts of this long page are left out; scroll to see them -->`);
      return writer;
    }
  }

  function observe(error = null) {
    const { out, boxes } = write();
    return JSON.stringify({
      html: out.join("").trim(), url: location.href, boxes, error, probe: probe(),
    });
  }

  // ------------------------------------------------------------------- acting

  function find(ref) {
    const element = elements.get(ref);
    if (!element) throw new Refusal(`There is no element ${ref}. Use a ref of the current page.`);
    if (!element.isConnected) throw new Refusal(`Element ${ref} is no longer on the page. Use a ref of the current page.`);
    if (isHidden(element) || !element.getClientRects().length) {
      throw new Refusal(`Element ${ref} is hidden and cannot be used now.`);
    }
    return element;
  }

  function enabled(ref) {
    const element = find(ref);
    if (element.matches(":disabled")) throw new Refusal(`Element ${ref} is disabled. Something else must be done first.`);
    return element;
  }

  function center(element) {
    const inView = ({ x, y, width, height }) =>
      x + width / 2 >= 0 && y + height / 2 >= 0 && x + width / 2 < innerWidth && y + height / 2 < innerHeight;
    if (!inView(element.getBoundingClientRect())) element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const { x, y, width, height } = element.getClientRects()[0];
    return [x + width / 2, y + height / 2];
  }

  const mouse = (kind, [x, y]) => ({ kind, x, y });
  const clickEvents = (point) => [mouse("move", point), mouse("down", point), mouse("up", point)];

  function related(element, other) {
    return element === other || element.contains(other) || [...(element.labels || [])].some((label) => label.contains(other));
  }

  // What a real click at the element's point would hit instead of it, or null.
  function coverOf(element, [x, y]) {
    const hit = document.elementFromPoint(x, y);
    return hit && !related(element, hit) && !hit.contains(element) ? hit : null;
  }

  function dispatchMouse(element, ...types) {
    const { x, y, width, height } = element.getBoundingClientRect();
    const place = { bubbles: true, cancelable: true, view: window, clientX: x + width / 2, clientY: y + height / 2 };
    for (const type of types) element.dispatchEvent(new MouseEvent(type, place));
  }

  // The click of the published MiniWoB numbers: to the element itself, then focus.
  function clickElement(element) {
    dispatchMouse(element, "mousedown", "mouseup");
    if (element instanceof HTMLElement) {
      element.click();
      element.focus({ preventScroll: true });
    } else dispatchMouse(element, "click");
  }

  async function* pressAt(ref, element, mode) {
    if (mode === "element") {
      clickElement(element);
      return null;
    }
    const point = center(element);
    const cover = coverOf(element, point);
    yield clickEvents(point);
    if (!cover) return null;
    return `Element ${nameOf(cover)} covers element ${ref} and received the click. Move or close it first.`;
  }

  function nameOf(element) {
    let known = element;
    while (known && !refs.has(known)) known = known.parentElement;
    return known ? String(refs.get(known)) : `<${element.tagName.toLowerCase()}>`;
  }

  function toggleOption(option) {
    const { parentElement: list } = option;
    option.selected = list.multiple ? !option.selected : true;
    announce(list);
  }

  function announce(element) {
    for (const type of ["input", "change"]) element.dispatchEvent(new Event(type, { bubbles: true }));
  }

  function refuseText(ref, element) {
    const tag = element.tagName;
    if (tag === "SELECT") throw new Refusal(`Element ${ref} is a list: use select(${ref}, "option").`);
    const typed = tag === "TEXTAREA" || element.isContentEditable || (tag === "INPUT" && !NOT_TYPED.has(element.type));
    if (!typed) throw new Refusal(`Element ${ref} takes no text${tag === "INPUT" ? `: it is a ${element.type}` : ""}. Use click(${ref}), or type into a text field.`);
    if (element.readOnly) throw new Refusal(`Element ${ref} is read-only.`);
  }

  function setValue(ref, element, text) {
    const before = element.value;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(element, text);
    if (text && !element.value) {
      element.value = before;
      throw new Refusal(`Element ${ref} takes a ${element.type} as ${FORMATS[element.type]}.`);
    }
    announce(element);
  }

  function selectContents(element) {
    if (element.select) element.select();
    else getSelection().selectAllChildren(element);
  }

  const actions = {
    async *click(mode, ref) {
      const element = enabled(ref);
      if (element.tagName === "OPTION") return toggleOption(element);
      return yield* pressAt(ref, element, mode);
    },

    async *type(mode, ref, text) {
      const element = enabled(ref);
      refuseText(ref, element);
      const missed = yield* pressAt(ref, element, mode);
      if (missed) return missed;
      if (element.matches(":disabled") || !element.isConnected) {
        return `Element ${ref} was disabled when it got the focus; the text was not typed.`;
      }
      if (element !== document.activeElement) element.focus({ preventScroll: true });
      if (SET_BY_VALUE.has(element.type)) return setValue(ref, element, text);
      selectContents(element);
      if (text) yield [{ text }];
      else if (element.value || element.textContent) yield [{ key: "Delete" }];
      return null;
    },

    async *select(mode, ref, wanted) {
      const element = enabled(ref);
      if (element.tagName !== "SELECT") throw new Refusal(`Element ${ref} is not a list with options. Use click(${ref}).`);
      const name = (option) => collapse(option.text).trim();
      const options = [...element.options];
      const plain = wanted.trim().toLowerCase();
      const found = options.find((o) => name(o) === wanted.trim()) ||
        options.find((o) => name(o).toLowerCase() === plain || o.value.toLowerCase() === plain);
      if (!found) {
        const some = options.slice(0, 12).map((o) => JSON.stringify(name(o))).join(", ");
        throw new Refusal(`Element ${ref} has no option ${JSON.stringify(wanted)}. It has ${some}${options.length > 12 ? ", ..." : ""}.`);
      }
      element.focus({ preventScroll: true });
      found.selected = true;
      announce(element);
      return null;
    },

    async *press(mode, key, modifiers) {
      yield [{ key, modifiers }];
      return null;
    },

    async *scroll(mode, ref, dy) {
      let box = find(ref);
      const scrolls = (e) => e.scrollHeight > e.clientHeight && /auto|scroll/.test(getComputedStyle(e).overflowY);
      while (box && !scrolls(box) && box.tagName !== "TEXTAREA") box = box.parentElement;
      const target = box || document.scrollingElement;
      const before = target.scrollTop;
      target.scrollTop += dy;
      if (target.scrollTop === before) return `Nothing scrolled: the box around element ${ref} is at its end.`;
      target.dispatchEvent(new Event("scroll"));
      return null;
    },

    async *hover(mode, ref) {
      yield [mouse("move", center(find(ref)))];
      return null;
    },

    async *drag(mode, source, target) {
      const from = center(find(source));
      const to = center(find(target));
      const between = (part) => [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
      yield [mouse("move", from), mouse("down", from)];
      yield [0.25, 0.5, 0.75, 1].map((part) => mouse("move", between(part)));
      yield [mouse("move", to), mouse("up", to)];
      return null;
    },

    async *click_at(mode, x, y) {
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) {
        throw new Refusal(`The point ${x}, ${y} is outside of the page, which is ${innerWidth} x ${innerHeight}.`);
      }
      yield clickEvents([x, y]);
      return null;
    },
  };

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

  // Images of style sheets give elements their size, so they must be there from the start.
  async function warmImages() {
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
      return image.decode().catch(() => {});
    }));
  }

  function calm() {
    const style = document.createElement("style");
    style.textContent = "*, *::before, *::after { transition: none !important; animation: none !important; caret-color: transparent !important; }";
    document.head.append(style);
    if (window.jQuery) window.jQuery.fx.off = true;
  }

  // -------------------------------------------------------------------- seams

  async function begin(options) {
    const fresh = !task.begun;
    task = { ...task, ...options, begun: true };
    running = null;
    if (document.activeElement) document.activeElement.blur();
    if (clock) {
      if (fresh) calm();
      clock.restart();
    }
    probe = task.probe === "null" ? () => null : new Function(`return (${task.probe});`);
    if (task.code) await new (async () => {}).constructor(task.code)();
    if (clock) {
      if (document.styleSheets.length !== sheets) await warmImages();
      sheets = document.styleSheets.length;
      if (document.images.length) await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
      window.scrollTo(0, 0);
    } else await settle();
    refs = new WeakMap();
    elements = new Map();
    return observe();
  }

  async function resume() {
    if (!running) return observe("The page changed before the action was complete.");
    let error = null;
    try {
      const { value, done } = await running.next();
      if (!done) return JSON.stringify({ events: value });
      error = value || null;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) console.error(refusal);
      error = refusal instanceof Refusal ? refusal.message : `The page failed on this action: ${refusal}`;
    }
    await settle();
    running = null;
    return observe(error);
  }

  function act(mode, name, ...args) {
    running = actions[name](mode, ...args);
    return resume();
  }

  Object.defineProperty(window, "__webagent", { value: { begin, act, resume, observe } });
}
