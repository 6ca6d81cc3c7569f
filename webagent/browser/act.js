// What a policy does on a page. Each action is a generator: it yields the input events that
// the browser must send, and returns a message if something was wrong.
function createActions(view) {
  const NOT_TYPED = new Set("checkbox radio button submit reset image file hidden".split(" "));
  const SET_BY_VALUE = new Set("date time month week datetime-local color range".split(" "));
  const FORMATS = {
    date: "YYYY-MM-DD", time: "HH:MM", month: "YYYY-MM", week: "YYYY-Www",
    "datetime-local": "YYYY-MM-DDTHH:MM", color: "#rrggbb", range: "a number",
  };

  // Typing more key by key takes many seconds, so a person pastes it.
  const KEYED = 2000; // characters
  const LINES = 300;

  class Refusal extends Error {}

  function find(ref) {
    const element = view.element(ref);
    if (!element) throw new Refusal(`There is no element ${ref}. Use a ref of the current page.`);
    if (!element.isConnected) throw new Refusal(`Element ${ref} is no longer on the page. Use a ref of the current page.`);
    if (view.isHidden(element) || !element.getClientRects().length) {
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
    // Also out of the boxes that scroll around it; nothing moves if it is in view.
    element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    return middle(element);
  }

  function middle(element) {
    const { x, y, width, height } = element.getClientRects()[0];
    return [x + width / 2, y + height / 2];
  }

  // A few pixels past the middle, seen from where the drag begins: lists that sort by
  // dragging count a move only when it has passed the middle.
  function beyond([x, y], target) {
    const [left, top] = middle(target);
    const { width, height } = target.getClientRects()[0];
    const past = (way, size) => Math.sign(way) * Math.min(size / 4, 6);
    return [left + past(left - x, width), top + past(top - y, height)];
  }

  // Where a person would click: the middle, or else another part that nothing covers.
  function freePoint(element) {
    const best = center(element);
    const { x, y, width, height } = element.getClientRects()[0];
    const parts = [0.15, 0.5, 0.85];
    const others = parts.flatMap((down) => parts.map((along) => [x + width * along, y + height * down]));
    return [best, ...others].find((point) => !coverOf(element, point)) || best;
  }

  const mouse = (kind, [x, y]) => ({ kind, x, y });
  const clickEvents = (point) => [mouse("move", point), mouse("down", point), mouse("up", point)];

  function* dragged(from, to) {
    const between = (part) => [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
    yield [mouse("move", from), mouse("down", from)];
    yield [0.25, 0.5, 0.75, 1].map((part) => mouse("move", between(part)));
    yield [mouse("move", to), mouse("up", to)];
  }

  function point(x, y) {
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) {
      throw new Refusal(`The point ${x}, ${y} is outside of the page, which is ${innerWidth} x ${innerHeight}.`);
    }
    return [x, y];
  }

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
    const point = freePoint(element);
    const cover = coverOf(element, point);
    yield clickEvents(point);
    if (!cover) return null;
    return `Element ${nameOf(cover)} covers element ${ref} and received the click. Move or close it first.`;
  }

  function nameOf(element) {
    let known = element;
    while (known && view.ref(known) === undefined) known = known.parentElement;
    return known ? String(view.ref(known)) : `<${element.tagName.toLowerCase()}>`;
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

  // Real keys cost more than all else of a step, and are needed only where they are heard:
  // elsewhere the page cannot tell them from one edit with all of the text.
  function isUnheard(element, text) {
    // What is secret must not go key by key to where the page may move the focus meanwhile.
    if (view.isSecret(element)) return !/[\x00-\x1f]/.test(text);
    const plain = element.maxLength === -1 && ["text", "password", "textarea", "search"].includes(element.type);
    return plain && !/[\x00-\x1f]/.test(text) && !view.isHeard(element);
  }

  function setValue(ref, element, text) {
    const before = element.value;
    writeValue(element, text);
    if (text && !element.value) {
      element.value = before;
      throw new Refusal(`Element ${ref} takes a ${element.type} as ${FORMATS[element.type]}.`);
    }
    announce(element);
  }

  // A field that takes only numbers, or so many characters, drops the rest silently.
  function rejected(ref, element, text) {
    const limited = element.type === "number" || (element.maxLength >= 0 && text.length > element.maxLength);
    if (!limited || element.value === text) return null;
    const held = view.isSecret(element) ? `the first ${element.value.length} characters` : JSON.stringify(element.value);
    return `Element ${ref} did not take all of the text; it holds ${held}.`;
  }

  function selectContents(element) {
    if (element.select) element.select();
    else getSelection().selectAllChildren(element);
  }

  // Inserts all but the last character of a long text at once; returns what is left to type.
  function pasteMost(ref, element, text) {
    const characters = [...text];
    const lines = text.split(/[\r\n]/).length;
    if (characters.length <= KEYED && lines <= LINES) return text;
    if (element.isContentEditable && lines > LINES) {
      throw new Refusal(`Element ${ref} takes at most ${LINES} lines at once; the text has ${lines}.`);
    }
    const last = characters.pop();
    const most = characters.join("");
    if (element.isContentEditable) document.execCommand("insertText", false, most);
    else writeValue(element, element.maxLength < 0 ? most : most.slice(0, element.maxLength));
    return last;
  }

  // With the setter of the prototype: frameworks put their own in front of it.
  function writeValue(element, value) {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value").set.call(element, value);
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
      if (text && isUnheard(element, text)) document.execCommand("insertText", false, text);
      else if (text) yield [{ text: pasteMost(ref, element, text) }];
      else if (element.value || element.textContent) yield [{ key: "Delete" }];
      return rejected(ref, element, text);
    },

    async *select(mode, ref, wanted) {
      const element = enabled(ref);
      if (element.tagName !== "SELECT") throw new Refusal(`Element ${ref} is not a list with options. Use click(${ref}).`);
      const name = (option) => view.collapse(option.text).trim();
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
      target.scrollBy({ top: dy, behavior: "instant" }); // now, also where the page scrolls smoothly
      if (target.scrollTop === before) return `Nothing scrolled: the box around element ${ref} is at its end.`;
      target.dispatchEvent(new Event("scroll"));
      return null;
    },

    async *hover(mode, ref) {
      yield [mouse("move", center(find(ref)))];
      return null;
    },

    async *drag(mode, source, target) {
      for (const ref of [source, target]) center(find(ref)); // both scrolled into view
      const from = middle(find(source));
      const to = beyond(from, find(target));
      yield* dragged(from, to);
      return null;
    },

    async *drag_at(mode, x, y, toX, toY) {
      yield* dragged(point(x, y), point(toX, toY));
      return null;
    },

    async *hover_at(mode, x, y) {
      yield [mouse("move", point(x, y))];
      return null;
    },

    async *click_at(mode, x, y) {
      yield clickEvents(point(x, y));
      return null;
    },
  };

  return { actions, Refusal };
}
