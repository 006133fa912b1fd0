// The switches of the More page that stay with this unit: theme, sound, vibration.
import { isOn, play } from "./sound.js";

function choose(theme) {
  localStorage.setItem("theme", theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function look() {
  const theme = localStorage.getItem("theme") ?? "system";
  for (const button of document.querySelectorAll("[data-theme-choice]"))
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  for (const button of document.querySelectorAll("[data-switch]"))
    button.setAttribute("aria-pressed", String(isOn(button.dataset.switch)));
}

export function startSettings() {
  document.addEventListener("click", (event) => {
    const theme = event.target.closest("[data-theme-choice]");
    const own = event.target.closest("[data-switch]");
    if (theme) choose(theme.dataset.themeChoice);
    if (own) localStorage.setItem(own.dataset.switch, isOn(own.dataset.switch) ? "off" : "on");
    if (own) play("scan");
    if (theme || own) look();
  });
  return look;
}
