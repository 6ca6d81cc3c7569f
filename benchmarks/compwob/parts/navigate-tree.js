import { make } from "./shared/dom.js";

const MOST = 8;

export function build(part) {
  const tree = make("ul", { id: part.id("tree"), class: "filetree" });
  part.into.append(make("div", {}, tree));
  grow(tree, MOST, 0, 0);
  const spans = [...tree.querySelectorAll("span")];
  const target = core.randi(0, spans.length - 1); // never the last one
  for (const span of spans) span.textContent = core.sample(ui_utils.FIFTY_NAMES);
  const name = spans[target].textContent;
  $(tree).treeview({ collapsed: true });
  bind(part, tree, name);
  return { values: { name } };
}

function grow(list, needed, count, level) {
  for (let made = 0; made < needed && count < MOST && level < 2; made++) {
    count++;
    const type = core.sample(["file", "folder"]);
    const item = make("li", {}, make("span", { class: type }));
    list.append(item);
    if (type === "file") continue;
    item.append(make("ul"));
    const inside = core.randi(0, MOST - made - 1);
    grow(item.lastChild, inside, count, level + 1);
    count += inside;
  }
}

// A click on a folder that is not the target goes on to the folder around it (D17).
function bind(part, tree, name) {
  $(tree).find("li").off().on("click", function () {
    const text = $(this).children("span").text();
    const isFolder = $(this).children(".folder").length === 1;
    if (text !== name && isFolder) return true;
    part.mark(text === name);
    return false;
  });
}

export function phrase({ name }) {
  const target = `the folder or file named "${name}"`;
  return {
    imperative: `navigate through the file tree. Find and click on ${target}`,
    gerund: `navigating through the file tree to find and clicking on ${target}`,
  };
}
