// Builds an episode from a composition: its blocks, its states, its instruction.
//
// `spec` comes from webagent/tasks/compwob.py: `parts` in instructed order, the order of
// their blocks (`page`), views, heights. Each part kind is a module parts/<kind>.js with
//   build(part) -> { values, read?, ready? }   draws the block and wires its events; `read`
//     says whether its fields are right, `ready` runs when all blocks are drawn
//   phrase(values, part) -> { imperative, gerund, raw? }   HTML; raw: has its own full stop
import { instruction } from "./grammar.js";
import { Stage } from "./stage.js";
import { States } from "./states.js";

core.EPISODE_MAX_TIME = 2000000; // ms, as on the published pages

let states = null;

async function begin(spec, seed, options) {
  const modules = await Promise.all(spec.parts.map(({ kind }) => import(`./parts/${kind}.js`)));
  tearDown();
  Math.seedrandom(seed);
  window.genProblem = () => build(spec, modules, options);
  core.startEpisode();
  core.startEpisodeReal(); // at once: nobody has to click the START cover,
  core.cover_div.remove(); // nor does it hide how the episode ended
}

function build(spec, modules, options) {
  const stage = new Stage(spec, options);
  states = new States(spec, options.enforce_order, {
    end: (reward) => core.endEpisode(reward),
    show: (view) => stage.show(view),
  });
  const parts = [];
  const built = [];
  for (const index of spec.page) {
    parts[index] = { ...stage.part(spec.parts[index], index), ...states.part(index) };
    built[index] = modules[index].build(parts[index]);
  }
  for (const index of spec.page) built[index].ready?.();
  states.watch(built);

  const values = built.map((one) => one.values);
  if (options.text === "official" && options.order === "reverse" && spec.swap_passwords) {
    swapPasswords(values);
  }
  const clauses = modules.map((module, index) => module.phrase(values[index], parts[index]));
  stage.query.innerHTML = instruction(clauses, spec, options);
}

function swapPasswords(values) {
  const [one, other] = values.filter((value) => "password" in value);
  [one.password, other.password] = [other.password, one.password];
}

// A reused page must show exactly what a fresh one would.
function tearDown() {
  document.activeElement?.blur();
  $(".ui-dialog-content").dialog("destroy");
  $(".ui-autocomplete-input").autocomplete("destroy");
  $(".ui-tabs").tabs("destroy");
  $("#wrap").remove();
  for (const element of [...document.body.children]) {
    if (!element.matches("#reward-display, #click-canvas, #sync-task-cover")) element.remove();
  }
  document.body.removeAttribute("data-tampered"); // core.js marks what was clicked
  $.resetUniqueId();
}

function state() {
  return {
    done: WOB_DONE_GLOBAL,
    raw: WOB_RAW_REWARD_GLOBAL,
    instruction: core.getUtterance(),
    ...states.report(),
  };
}

const refresh = Object.assign(() => states?.refresh(), { anyEdit: true });
document.addEventListener("input", refresh);
document.addEventListener("change", refresh);
window.compwob = { begin, state };
