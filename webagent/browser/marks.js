// Runs in a live page's own world, before its scripts: tells the agent's half, which lives in
// a world of its own, what the page listens to. All it uses it takes before the page can.
(() => {
  const { Element, EventTarget, HTMLElement, MouseEvent, Reflect, Set, Object } = window;
  const { apply } = Reflect;
  const { addEventListener, dispatchEvent } = EventTarget.prototype;
  const has = Set.prototype.has;
  const listened = new Set(
    ("click dblclick mousedown mouseup pointerdown pointerup touchstart change input keydown " +
      "keyup keypress mouseenter mouseover dragstart").split(" "),
  );
  const isElement = (node) => node instanceof Element;

  function mark(node) {
    if (node !== document && isElement(node)) {
      apply(dispatchEvent, window, [new MouseEvent("webagent-mark", { relatedTarget: node })]);
    }
  }

  EventTarget.prototype.addEventListener = {
    addEventListener(type, ...rest) {
      if (apply(has, listened, [type])) mark(this);
      return apply(addEventListener, this, [type, ...rest]);
    },
  }.addEventListener;

  for (const name of ["onclick", "onmousedown", "onmouseup", "onpointerdown"]) {
    const own = Object.getOwnPropertyDescriptor(HTMLElement.prototype, name);
    if (!own || !own.set) continue;
    Object.defineProperty(HTMLElement.prototype, name, {
      ...own,
      set(value) {
        if (value) mark(this);
        return apply(own.set, this, [value]);
      },
    });
  }
})();
