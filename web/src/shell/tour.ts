/** The tour's stations: what is pointed at, and what is said. Ten seconds each. */

export interface Station {
  /** what it points at: the first of these that is on the page */
  at: readonly string[];
  title: string;
  text: string;
}

export const STATIONS: readonly Station[] = [
  {
    at: ["[data-testid=canvas]", ".form"],
    title: "A picture, as a graph",
    text: "From left to right: a model, words, noise, the sampling loop, the picture. Every card shows its equation.",
  },
  {
    at: [".run-button"],
    title: "Run",
    text: "Makes the picture. Beside it stands what will run, what is stored already, and how long it takes.",
  },
  {
    at: [".loop", "[data-type='flow.loop']", ".react-flow__node-frame"],
    title: "The loop is open",
    text: "What is in the frame happens at each step; what comes out at the right enters again at the left. Slide along its foot to see every step.",
  },
  {
    at: ["[data-input=scale]", "[data-input=seed]", "[data-input]"],
    title: "Change one thing",
    text: "Only what depends on it runs again. Drag over a number, or click to type; everything can be undone.",
  },
  {
    at: [".rail"],
    title: "What you made",
    text: "Gallery, queue, models, history; Explore makes a grid out of a range that you drag onto a widget.",
  },
  {
    at: ["[aria-label^='Command palette']", ".bar"],
    title: "Everything by name",
    text: "Ctrl K finds every command; Space adds a node; F1 explains one, with its formula and paper. That is all: have fun.",
  },
];
