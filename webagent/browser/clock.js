// A clock for task pages that moves only when an action moves it.
//
// Timers, animation frames and dates then depend on the actions alone, never on how fast
// the machine or the policy is, and nobody waits for an animation.
(() => {
  const EPOCH = Date.UTC(2026, 0, 5, 12, 0, 0);
  const FRAME = 16;
  const MAX_CALLBACKS = 20000; // a page that schedules more in one step is looping
  const RealDate = Date;
  let now = 0;
  let nextId = 1;
  let timers = new Map(); // id -> {due, every, run}
  let atLoad = null; // timers that the page made while loading, restored at each reset

  function schedule(run, delay, every, args) {
    const wait = Math.max(1, Number(delay) || 0);
    const call = typeof run === "function" ? () => run.apply(window, args) : () => (0, eval)(run);
    timers.set(nextId, { due: now + wait, every: every ? Math.max(4, wait) : 0, run: call });
    return nextId++;
  }

  function earliest(until) {
    let best = null;
    for (const [id, timer] of timers) {
      if (timer.due <= until && (best === null || timer.due < best[1].due)) best = [id, timer];
    }
    return best;
  }

  function advance(ms) {
    const until = now + ms;
    for (let calls = 0; calls < MAX_CALLBACKS; calls++) {
      const next = earliest(until);
      if (next === null) break;
      const [id, timer] = next;
      now = Math.max(now, timer.due);
      if (timer.every) timer.due += timer.every;
      else timers.delete(id);
      try {
        timer.run();
      } catch (error) {
        console.error(error);
      }
    }
    now = until;
  }

  function restart() {
    if (atLoad === null) {
      advance(100);
      atLoad = [...timers].map(([id, timer]) => [id, { ...timer, due: timer.due - now }]);
    }
    now = 0;
    timers = new Map(atLoad.map(([id, timer]) => [id, { ...timer }]));
  }

  window.setTimeout = (run, delay, ...args) => schedule(run, delay, false, args);
  window.setInterval = (run, delay, ...args) => schedule(run, delay, true, args);
  window.clearTimeout = window.clearInterval = (id) => void timers.delete(Number(id));
  window.requestAnimationFrame = (run) =>
    schedule(() => run(now), FRAME - (now % FRAME), false, []);
  window.cancelAnimationFrame = window.clearTimeout;
  window.requestIdleCallback = (run) =>
    schedule(() => run({ didTimeout: false, timeRemaining: () => 50 }), 1, false, []);
  window.cancelIdleCallback = window.clearTimeout;
  performance.now = () => now;

  window.Date = new Proxy(RealDate, {
    construct: (target, args, made) =>
      Reflect.construct(target, args.length ? args : [EPOCH + now], made),
    apply: () => new RealDate(EPOCH + now).toString(),
    get: (target, name) => (name === "now" ? () => EPOCH + now : Reflect.get(target, name)),
  });

  return { advance, restart };
})()
