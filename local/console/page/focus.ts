// Where the keyboard goes on.

/** What lies out of view is scrolled to. */
export const focusOn = (selector: string): void => document.querySelector<HTMLElement>(selector)?.focus();

/** The button that was pressed goes with what it closes: the keyboard goes on in the fleet. */
export const backToFleet = (close: () => void): void => {
  close();
  focusOn('[role="grid"]');
};
