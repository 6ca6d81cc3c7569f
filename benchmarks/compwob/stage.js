// The page of an episode: heights, views, containers and ids.
import { make } from "./parts/shared/dom.js";

export class Stage {
  constructor(spec, { layout, text }) {
    this.spec = spec;
    this.open = layout === "open";
    this.text = text;
    this.ids = new Set(["wrap", "query", "area"]);
    this.query = make("div", { id: "query" });
    this.area = make("div", { id: "area", "data-layout": layout });
    const wrap = make("div", { id: "wrap" }, this.query, this.area);
    wrap.style.height = `${spec.wrap}px`;
    this.query.style.height = `${spec.query}px`;
    if (spec.area && !this.open) this.area.style.height = `${spec.area}px`;
    document.body.prepend(wrap);
    this.views = (spec.views ?? []).map(({ id }) => this.div(id ? this.claim(id) : null));
    this.show(0);
  }

  div(id, parent = this.area) {
    return parent.appendChild(make("div", id ? { id } : { "data-block": "" }));
  }

  show(index) {
    this.views.forEach((view, other) => {
      if (other === index) view.removeAttribute("class");
      else view.className = "hide";
    });
  }

  // The half of a part's handle that draws.
  part(options, index) {
    const into = this.container(options, index);
    const id = (name) => this.claim(options.ids?.[name], name + (options.suffix ?? ""));
    return {
      options,
      open: this.open,
      text: this.text,
      area: this.area,
      own: Boolean(this.spec.blocks), // whether the part has a block of its own
      merged: Boolean(options.merged),
      into,
      id,
      // A div with an id, new or shared with an earlier part.
      block: (name) => document.getElementById(options.ids?.[name]) ?? this.div(id(name), into),
    };
  }

  container(options, index) {
    const view = (this.spec.views ?? []).findIndex(({ parts }) => parts.includes(index));
    const parent = this.views[view] ?? this.area;
    if (this.spec.blocks) return this.div(null, parent);
    if (!options.block) return parent;
    return document.getElementById(options.block) ?? this.div(this.claim(options.block), parent);
  }

  // An id that is free on this page: `explicit` as it is, or `name` with a number.
  claim(explicit, name) {
    const base = name?.replace(/\d+$/, "");
    let id = explicit ?? name;
    for (let n = 2; !explicit && this.ids.has(id); n++) id = `${base}${n}`;
    this.ids.add(id);
    return id;
  }
}
