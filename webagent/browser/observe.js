// What a page shows: the simplified HTML, and the box of every element with a ref.
// `live` hides what password fields hold.
function createView(live) {
  const MAX_REFS = 2000; // a longer page is pruned, and says so
  const MAX_TEXT = 4000; // characters of one text node
  const MAX_BELOW = 20000; // elements found below the part that is kept, before the rest is left out
  const MAX_DEPTH = 1000; // a script can nest elements deeper than this one can follow

  const SKIP = new Set("SCRIPT STYLE NOSCRIPT TEMPLATE HEAD META LINK TITLE BR WBR HR".split(" "));
  const STRUCTURE = new Set(
    "TABLE TR TD TH UL OL LI DL DT DD FORM FIELDSET LABEL SELECT svg NAV MAIN HEADER FOOTER".split(" "),
  );
  const CONTROLS = new Set("A BUTTON INPUT SELECT TEXTAREA SUMMARY OPTION".split(" "));
  const PLAIN = ["placeholder", "title", "alt", "role", "aria-label", "for"];
  const GEOMETRY =
    "cx cy r x y x1 y1 x2 y2 rx ry width height points transform fill stroke font-size".split(" ");
  // Looks, and where the mouse happened to be when a frame was last drawn.
  const NOISE = /^(ui-id-\d+|ui-(corner|widget|helper|front|state-(default|hover)|sortable-handle)\S*|ui-\S+-hover)$/;
  const LISTENED = new Set(
    ("click dblclick mousedown mouseup pointerdown pointerup touchstart change input keydown " +
      "keyup keypress mouseenter mouseover dragstart").split(" "),
  );

  let ignore = ""; // a selector of nodes that are not part of the task
  let refs = new WeakMap();
  let elements = new Map();
  let last = 0; // the ref that was given last
  const listening = new WeakSet();

  // A listener with `anyEdit` doesn't mind whether a text comes key by key or at once.
  const TYPED = ["keydown", "keypress", "keyup", "beforeinput", "input"];
  const hearsTyping = new WeakSet();

  const wasPassword = new WeakSet(); // fields whose type a page may have changed since

  if (live) {
    // From the page's own world (see marks.js); a page that forges it gains a ref, no more.
    window.addEventListener("webagent-mark", (event) => {
      if (event.relatedTarget instanceof Element) listening.add(event.relatedTarget);
      event.stopImmediatePropagation();
    }, true);
  } else {
    const addEventListener = EventTarget.prototype.addEventListener;
    EventTarget.prototype.addEventListener = function (type, ...rest) {
      if (LISTENED.has(type) && this instanceof Element) listening.add(this);
      if (TYPED.includes(type) && !rest[0]?.anyEdit) hearsTyping.add(this || window);
      return addEventListener.call(this, type, ...rest);
    };
  }

  function restart(selector) {
    ignore = selector;
    refs = new WeakMap();
    elements = new Map();
    last = 0;
  }

  // Refs go on where another document of the episode ended: none ever means two elements.
  function goOn(after) {
    last = Math.max(last, after);
  }

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
      ref = ++last;
      refs.set(element, ref);
      elements.set(ref, element);
    }
    return ref;
  }

  function isInteractive(element) {
    if (CONTROLS.has(element.tagName) || element.isContentEditable) return true;
    if (element === document.body) return false;
    if (listening.has(element) || element.onclick || element.draggable) return true;
    if (live && element.hasAttribute("onclick")) return true;
    if (element.hasAttribute("tabindex") && element.tabIndex >= 0) return true;
    const pointed = (node) => node && getComputedStyle(node).cursor === "pointer";
    return pointed(element) && !pointed(element.parentElement);
  }

  // Whether the page can tell how a text gets into this field.
  function isHeard(element) {
    if (live) return true; // who listens in the page's own world is not known here
    for (let node = element; node; node = node === window ? null : node.parentNode || node.host || window) {
      if (hearsTyping.has(node) || TYPED.some((type) => node[`on${type}`])) return true;
    }
    return false;
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

  function isSecret(element) {
    if (live && element.type === "password") wasPassword.add(element);
    return wasPassword.has(element);
  }

  // Whether a field shows in clear what was typed while it was a password field.
  function showsSecret() {
    return live && [...document.querySelectorAll("input")].some(
      (element) => isSecret(element) && element.type !== "password" && element.value && !isHidden(element));
  }

  function valueOf(element) {
    return isSecret(element) ? "••••••••" : element.value;
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
    const source = element.tagName === "IMG" && element.getAttribute("src");
    if (source && !source.startsWith("data:")) keep("src", source.split("/").pop().slice(0, 60));
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
    // One that shows what is typed on request stays a password field for whoever acts.
    if (element.tagName === "INPUT") keep("type", isSecret(element) ? "password" : element.type);
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
      this.depth = 0;
      this.below = 0;
    }

    // In running text a space between two nodes counts; between boxes it does not.
    visit(node, prose) {
      if (node.nodeType === Node.TEXT_NODE) {
        const text = collapse(node.data);
        if (text !== " " || prose) this.out.push(escapeText(clip(text)));
      } else if (node.nodeType === Node.ELEMENT_NODE) {
        if (this.depth >= MAX_DEPTH) {
          this.left++;
          return;
        }
        this.depth++;
        this.element(node);
        this.depth--;
      }
    }

    element(element) {
      if (SKIP.has(element.tagName)) return;
      if (this.below > MAX_BELOW) {
        this.left++;
        return;
      }
      if (element.tagName !== "OPTION" && isHidden(element)) return;
      if (ignore && element.matches(ignore)) return;
      const box = element.getBoundingClientRect();
      if (box.width <= 1 && box.height <= 1 && getComputedStyle(element).overflow !== "visible") return;
      if (this.margin !== Infinity && box.height > 0 &&
          (box.bottom < -this.margin || box.top > window.innerHeight + this.margin)) {
        this.left++;
        if (box.top > 0) this.below++;
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
      const prose = hasText(element);
      const acts = drawn && listed &&
        (prose || isInteractive(element) || (leaf && !isBlank(element)));
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
      else for (const child of (element.shadowRoot || element).childNodes) this.visit(child, prose);
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

  return { restart, goOn, given: () => last, write, collapse, isHidden, isHeard, isSecret, showsSecret, element: (ref) => elements.get(ref), ref: (element) => refs.get(element) };
}
