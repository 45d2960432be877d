/** The theme on the root element; "system" follows the system, also when it changes. */
import { useLayoutEffect } from "react";
import { useApp, useUi } from "../app/context";

export function useTheme(): void {
  const app = useApp();
  const theme = useUi((state) => state.theme);
  useLayoutEffect(() => {
    const light = matchMedia("(prefers-color-scheme: light)");
    const apply = (): void => {
      const shade = theme === "system" ? (light.matches ? "light" : "dark") : theme;
      document.documentElement.dataset.theme = shade;
      app.ui.setState({ shade });
    };
    apply();
    light.addEventListener("change", apply);
    return () => light.removeEventListener("change", apply);
  }, [app, theme]);
}
