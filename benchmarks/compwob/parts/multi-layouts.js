// A movie search form in one of five layouts; its fields have no ids.
import { make, on } from "./shared/dom.js";

const GENRES = (
  "Action Adventure Comedy Crime Drama Fantasy Historical Horror Mystery Paranoid Political " +
  "Romance Saga Satire Surreal Thriller Urban Western"
).split(" ");

const input = () => make("input", { type: "text" });
const button = (text, press) => on(make("button", { type: "button" }, text), "click", press);
const div = (name, ...children) => make("div", { class: name }, ...children);

// Each layout: the texts of its fields, a row of a field, and the form of the rows.
const LAYOUTS = [
  {
    texts: ["Genre:", "Director:", "Year:"],
    row: (text, box) => make("p", {}, make("span", {}, text), box),
    form: (rows, press) => [...rows, button("Submit", press)],
  },
  {
    texts: ["Genre", "Director Name", "Year"],
    row: (text, box) => div("row", make("div", {}, text), box),
    form: (rows, press) => [...rows, div("submit-row", button("Search", press))],
  },
  {
    texts: ["Genre", "Director", "Year"],
    row: (text, box) => make("tr", {}, make("th", {}, text), make("td", {}, box)),
    form: (rows, press) => [
      div("title-div", "Movie Search"),
      make("table", {}, ...rows),
      on(div("final", "Submit"), "click", press),
    ],
  },
  {
    texts: ["Movie Genre", "Director Name", "Released Date"],
    row: (text, box) => div("field", div("label", text), div("input", box)),
    form: (rows, press) => [...rows, div("submit-row", button("Go!", press))],
  },
  {
    texts: ["Genre", "Director", "Year"],
    row: (text, box) => div("ui-entry", box, div("ui-label", text)),
    form: (rows, press) => [
      div("ui-entry-wrap", ...rows),
      div("ui-footer", on(div("ui-submit", "Search"), "click", press)),
    ],
  },
];

export function build(part) {
  const genre = core.sample(GENRES).toLowerCase();
  const director = core.sample(ui_utils.LAST_NAMES);
  const year = String(core.randi(1970, 2018));
  const layout = core.sample(LAYOUTS);
  const boxes = [input(), input(), input()];
  const rows = core.shuffle(layout.texts.map((text, index) => layout.row(text, boxes[index])));
  const form = make("div", { "data-movie": LAYOUTS.indexOf(layout) + 1 });
  form.append(...layout.form(rows, part.press));
  part.into.append(form);
  const read = () => {
    const [first, second] = boxes.map((box) => box.value.toLowerCase().trim());
    return first === genre && second === director.toLowerCase() && boxes[2].value === year;
  };
  return { values: { genre, director, year }, read };
}

export function phrase({ genre, director, year }) {
  const text =
    `for <b>${genre}</b> movies directed by <b>${director}</b> from year <b>${year}</b>`;
  return { imperative: `search ${text}`, gerund: `searching ${text}` };
}
