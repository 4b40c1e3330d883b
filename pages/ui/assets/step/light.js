// Lights the counterparts of a symbol, a wire or a number in all panes, when the pointer is over it
// or when it has the keyboard focus.

const LIGHTS = "[data-node], [data-symbol]";

export class Lights {
  // `tell` is called with the element that is pointed at, or with null.
  constructor(root, signal, tell) {
    Object.assign(this, { root, tell, lit: [] });
    const on = (event, listener) => root.addEventListener(event, listener, { signal });
    on("pointerover", ({ target }) => this.show(target.closest(LIGHTS) ?? this.focused));
    on("pointerleave", () => this.show(this.focused));
    on("focusin", ({ target }) => {
      this.focused = target.closest(LIGHTS);
      this.show(this.focused);
    });
    on("focusout", () => {
      this.focused = null;
      this.show(null);
    });
  }

  show(one) {
    for (const element of this.lit) element.classList.remove("lit");
    this.lit = one ? this.counterparts(one) : [];
    for (const element of this.lit) element.classList.add("lit");
    this.root.dataset.lit = one ? (one.dataset.node ?? one.dataset.symbol) : ""; // for tests
    this.tell(one);
  }

  // A number lights itself wherever it stands, and its symbol. A symbol lights all its numbers.
  counterparts(one) {
    const { node, also, symbol = "" } = one.dataset;
    const symbols = symbol.split(" ").filter(Boolean);
    if (!node) return this.all(symbols.map((name) => `[data-symbol~="${name}"]`));
    const ids = [node, also].filter(Boolean);
    return this.all([
      ...ids.flatMap((id) => [`[data-node="${id}"]`, `[data-also="${id}"]`]),
      ...symbols.map((name) => `[data-symbol~="${name}"]:not([data-node])`),
    ]);
  }

  all(selectors) {
    return selectors.length ? [...this.root.querySelectorAll(selectors.join(","))] : [];
  }
}

// Lets arrow keys, Home and End move the focus among the buttons of a group, so the group has one
// stop for the Tab key. `choose` is called with a button that gets the focus in this way.
export function roving(group, selector, choose = () => {}) {
  const buttons = () => [...group.querySelectorAll(selector)].filter((one) => !one.disabled);
  group.addEventListener("focusin", ({ target }) => {
    const now = target.closest(selector);
    if (now) for (const one of group.querySelectorAll(selector)) one.tabIndex = one === now ? 0 : -1;
  });
  group.addEventListener("keydown", (event) => {
    const all = buttons();
    const to = target(event.key, all.indexOf(event.target.closest(selector)), all.length);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    all[to].focus();
    choose(all[to]);
  });
  const [first] = buttons();
  if (first) first.tabIndex = 0;
}

// Where a key moves to from a place among `count`. Null if it does not move.
export function target(key, at, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  return by === undefined || at < 0 ? null : Math.min(Math.max(at + by, 0), count - 1);
}
