// What is right, wrong or lost in an episode, when it ends, and in which order it was done.
//
// A part is decided by an event of its own (`mark`) or by a submit control that reads the
// fields of the part and of those merged into it (`press`). Only the last decision counts,
// unless the part is dead. A part of which an earlier one is required is decided wrong as
// long as that one is not right.

export class States {
  constructor(spec, enforceOrder, { end, show }) {
    this.enforceOrder = enforceOrder;
    this.end = end;
    this.show = show;
    this.views = (spec.views ?? []).map((view) => Math.max(...view.parts));
    this.now = 0; // counts events
    this.all = spec.parts.map((options) => ({
      options,
      state: "open",
      decided: false,
      rightSince: null, // when the fields became right; 0: they were from the start
      spans: [], // [begin, end] of each right completion since it was last not right
    }));
  }

  // The half of a part's handle that judges.
  part(index) {
    const part = this.all[index];
    return {
      time: () => ++this.now,
      isReady: () => this.isReady(part),
      fail: () => this.end(-1),
      kill: () => { part.state = "dead"; },
      mark: (right, { since, unchecked } = {}) => {
        if (!this.isArmed(part)) return;
        this.now++;
        this.decide(part, right && (unchecked || this.isReady(part)), since ?? this.now);
        this.settle(index, [part]);
      },
      press: () => {
        this.refresh();
        const pressed = this.pressed(index);
        for (const one of pressed) {
          this.decide(one, one.read() && this.isReady(one), one.rightSince || this.now);
        }
        this.settle(index, pressed);
      },
    };
  }

  watch(built) {
    built.forEach(({ read, exact }, index) => {
      Object.assign(this.all[index], { read, exact, rightSince: read?.() ? 0 : null });
    });
  }

  refresh() {
    this.now++;
    for (const part of this.all) {
      if (!part.read) continue;
      if (!part.read()) part.rightSince = null;
      else part.rightSince ??= this.now;
    }
  }

  isArmed({ options }) {
    return options.armed_by === undefined || this.all[options.armed_by].decided;
  }

  isReady({ options }) {
    return (options.requires ?? []).every((index) => this.all[index].state === "right");
  }

  // A control presses its own part and the merged ones right before it.
  pressed(index) {
    let first = index;
    while (first > 0 && this.all[first - 1].options.merged) first--;
    return this.all.slice(first, index + 1);
  }

  decide(part, right, since) {
    part.decided = true;
    part.wasExact = part.exact?.();
    if (part.state === "dead") return;
    if (part.state !== "right" || !right) part.spans = [];
    part.state = right ? "right" : "wrong";
    if (!right) return;
    const vacuous = part.options.merged && part.rightSince === 0;
    if (!vacuous) part.spans.push([since, part.options.merged ? since : this.now]);
  }

  settle(index, decided) {
    const fatal = ({ options, state }) => options.wrong_ends && state !== "right";
    if (decided.some(fatal)) this.end(-1);
    else if (index === this.all.length - 1) this.end(this.isSuccess() ? 1 : -1);
    if (this.views.includes(index) && index < this.all.length - 1) {
      this.show(this.views.indexOf(index) + 1);
    }
  }

  isSuccess() {
    const right = this.all.every(({ state }) => state === "right");
    return right && (!this.enforceOrder || this.isOrdered());
  }

  // Whether the parts were all completed one after the other, as instructed. Of a part
  // that was completed several times, the first completion in time counts. A merged part
  // that was right from the start, such as no ticks at all, has no place in the order.
  isOrdered() {
    let previous = 0;
    return this.all.every((part) => {
      if (part.state !== "right") return false;
      if (part.options.merged && part.spans.length === 0) return true;
      const span = part.spans.find(([begin]) => begin > previous);
      if (span) previous = span[1];
      return Boolean(span);
    });
  }

  report() {
    const parts = this.all.map(({ options, state, wasExact }) => ({
      kind: options.kind,
      right: state === "right",
      ...(wasExact === undefined ? {} : { exact: wasExact }),
    }));
    return { ordered: this.isOrdered(), parts };
  }
}
