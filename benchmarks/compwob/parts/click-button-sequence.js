// ONE, then TWO. Strict: any other press loses the part. With the option `toggle`, ONE
// switches on and off, and TWO takes over whether it is on.
import { make, on } from "./shared/dom.js";

const BLOCK = { left: [0, 117], top: [0, 40] }; // px, both ends included

export function build(part) {
  const { size = [40, 30] } = part.options;
  const block = part.own || part.open ? make("div", { "data-sequence": "" }) : null;
  if (block) {
    block.style.height = `${2 * size[1] + 14}px`;
    part.into.append(block);
  }
  const one = make("button", { id: part.id("subbtn1") }, "ONE");
  const two = make("button", { id: part.id("subbtn2") }, "TWO");
  const rows = core.shuffle([0, size[1] + 4]);
  [one, two].forEach((button, index) => {
    const [left, top] = place(part, rows[index]);
    button.style.cssText =
      `position:absolute; left:${left}px; top:${top}px; width:${size[0]}px; height:${size[1]}px`;
    (block ?? part.into).append(button);
  });
  if (part.options.toggle) toggling(part, one, two);
  else strict(part, one, two);
  return { values: {} };
}

function place(part, row) {
  const { left, top } = part.own || part.open ? BLOCK : part.options;
  const x = core.randi(left[0], left[1] + 1);
  return part.open ? [x, row] : [x, core.randi(top[0], top[1] + 1)];
}

function strict(part, one, two) {
  let since = null;
  on(one, "click", () => {
    if (since === null && part.isReady()) since = part.time();
    else part.kill();
  });
  let pressed = false;
  on(two, "click", () => {
    if (since === null || pressed) part.kill();
    pressed = true;
    part.mark(true, { since, unchecked: true });
  });
}

function toggling(part, one, two) {
  let since = null;
  on(one, "click", () => {
    since = since === null ? part.time() : null;
  });
  on(two, "click", () => part.mark(since !== null, { since }));
}

export function phrase() {
  return {
    imperative: "click button ONE, then click button TWO",
    gerund: "clicking button ONE, then clicking button TWO",
  };
}
