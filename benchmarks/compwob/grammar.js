// The instruction of a composition, from the clauses of its parts.

// forward: "I1, I2, ..., and then In."
// reverse: imperatives of the last parts first, "..., after " and the gerunds of the rest.
export function instruction(clauses, spec, { order, text }) {
  const count = spec.imperatives ?? imperativesOf(clauses.length);
  const reverse = order === "reverse" && clauses.length > count;
  const official = text === "official" ? spec.official ?? {} : {};
  const body = reverse
    ? afterwards(clauses, count, official.reverse_joint)
    : inTurn(clauses.map(({ imperative }) => imperative));
  const last = reverse ? official.reverse_end ?? "." : ".";
  const end = !reverse && clauses.at(-1).raw ? "" : last;
  const first = reverse ? clauses.at(-count) : clauses[0];
  return (first.raw ? body : capitalised(body)) + end;
}

// How many parts, counted from the last, a reverse instruction names first.
export function imperativesOf(count) {
  return [0, 1, 1, 2, 2, 3, 3, 3, 4][count] ?? Math.ceil(count / 2);
}

function inTurn(clauses) {
  if (clauses.length === 1) return clauses[0];
  return `${clauses.slice(0, -1).join(", ")}, and then ${clauses.at(-1)}`;
}

function afterwards(clauses, count, joint) {
  const commands = listed(clauses.slice(-count).map(({ imperative }) => imperative));
  const gerunds = clauses.slice(0, -count).map(({ gerund }) => gerund);
  return `${commands}, after ${joint ? gerunds.join(joint) : listed(gerunds)}`;
}

function listed(items) {
  if (items.length === 1) return items[0];
  return `${items.slice(0, -1).join(", ")}, and ${items.at(-1)}`;
}

function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
