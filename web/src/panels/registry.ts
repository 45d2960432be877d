/** The panels of the dock. A panel is a component with an id, a title and an icon; `app.panels.add` makes it one. */
import type { ComponentType } from "react";

export interface Panel {
  id: string;
  title: string;
  icon: ComponentType;
  component: ComponentType;
  /** it needs more room than a list: lines of text */
  wide?: boolean;
  /** a small number on its tab, such as runs that wait; a hook */
  useCount?: () => number;
}

export class PanelRegistry {
  private readonly panels: Panel[] = [];

  add(...panels: Panel[]): void {
    this.panels.push(...panels);
  }

  all(): readonly Panel[] {
    return this.panels;
  }

  find(id: string): Panel | undefined {
    return this.panels.find((one) => one.id === id);
  }
}
