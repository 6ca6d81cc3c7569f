import { bold, make } from "./shared/dom.js";
import { submit } from "./shared/form.js";

const FIRST = [2010, 0, 1]; // year, month from 0, day
const LAST = [2019, 11, 31];

export function build(part) {
  const form = part.block("form");
  const input = make("input", { type: "date", id: part.id("tt") });
  form.append(input, " ");
  submit(part, form);
  const date = ui_utils.toDateString(ui_utils.randomDate(new Date(...FIRST), new Date(...LAST)));
  const entered = () => input.value.replace(/(\d+)-(\d+)-(\d+)/, "$2/$3/$1");
  return { values: { date }, read: () => entered() === date };
}

export function phrase({ date }, { merged }) {
  const text = `${bold(date)} as the date`;
  return {
    imperative: `enter ${text}${merged ? "" : " and hit submit"}`,
    gerund: `entering ${text}${merged ? "" : " and hitting submit"}`,
  };
}
