// How charts share the browser's time: plotly.js loads once, the first drawings wait for each other,
// and an unchanged part is not drawn again.

const turns = []; // charts that are drawn for the first time, one per frame

let loading = null;

// Plotly, which is loaded with the first chart.
export function plotly(address) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      loading = null; // the next drawing tries again
      reject(new Error(`${address} could not be loaded`));
    };
    document.head.append(script);
  });
  return loading;
}

// Calls `call` soon, when the browser has nothing else to do.
export function whenIdle(call) {
  if (window.requestIdleCallback) requestIdleCallback(call, { timeout: 2000 });
  else setTimeout(call, 200);
}

// A first drawing takes long. The reader sees the first chart before the next one is drawn.
export function inTurn(chart) {
  if (turns.includes(chart) || turns.push(chart) > 1) return;
  const next = () => {
    requestAnimationFrame(() => setTimeout(after)); // also if the drawing fails
    if (!turns[0].drawn) turns[0].show();
  };
  const after = () => {
    turns.shift();
    if (turns.length) next();
  };
  next();
}

// `next`, with each part that equals a part of `last` replaced by that part. Plotly compares the
// objects, not what they hold: for an equal list that is another object, it draws the chart anew.
export function shared(next, last) {
  if (Object(next) !== next || Object(last) !== last) return next;
  const places = Object.keys(next);
  let equal = places.length === Object.keys(last).length;
  for (const place of places) {
    next[place] = shared(next[place], last[place]);
    equal &&= next[place] === last[place];
  }
  return equal ? last : next;
}
