"""What a page must look like wherever it is opened, measured on the real page: contrast, sizes, targets, width.

Colours are the computed ones of the browser, behind each text down to the first opaque ground; on a hatched ground the
worse of its two colours counts.
"""

from playwright.sync_api import Page

CONTRAST_MIN = 6.0
TEXT_PX_MIN = 13
TARGET_PX_MIN = 48

STILL = """
() => Promise.all([document.fonts.ready, ...document.getAnimations().map((one) => one.finished.catch(() => null))])
"""
LOOKS = """
([contrastMin, textMin, targetMin]) => {
  const rgba = (text) => [...text.matchAll(/(?:rgba?\\(|color\\(srgb )([^)]+)\\)/g)].map(([whole, inner]) => {
    const n = inner.split(/[ ,/]+/).filter(Boolean).map(Number);
    const scale = whole.startsWith("color") ? 255 : 1;
    return [n[0] * scale, n[1] * scale, n[2] * scale, n[3] ?? 1];
  });
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const light = (c) => {
    const [r, g, b] = c.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const grounds = (node) => {
    const veils = [];
    for (let at = node; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const hatch = style.backgroundImage === "none" ? [] : rgba(style.backgroundImage).filter((c) => c[3] > 0);
      const plain = rgba(style.backgroundColor)[0] ?? [0, 0, 0, 0];
      const full = hatch.length > 1 && hatch.every((c) => c[3] === 1);
      const found = plain[3] === 1 ? [plain, ...hatch] : full ? hatch : [];
      const veiled = (c) => veils.reduceRight((under, veil) => over(veil, under), c.slice(0, 3));
      if (found.length) return found.map(veiled);
      if (plain[3] > 0) veils.push(plain);
    }
    return [[255, 255, 255]];
  };
  const shown = { checkOpacity: true, checkVisibilityCSS: true };
  const seen = (node) => node.checkVisibility(shown) && !node.closest(".said");
  const name = (node) => `${node.tagName.toLowerCase()}.${[...node.classList].join(".")}`;
  const wrong = [];
  const judge = (node, text, style) => {
    const size = parseFloat(style.fontSize);
    if (size < textMin) wrong.push(`text of ${size} px: ${name(node)} “${text}”`);
    let veil = 1;
    for (let at = node; at; at = at.parentElement) veil *= Number(getComputedStyle(at).opacity);
    const ink = rgba(style.color)[0];
    for (const ground of grounds(node)) {
      const found = ratio(over([ink[0], ink[1], ink[2], ink[3] * veil], ground), ground);
      if (found < contrastMin) wrong.push(`contrast ${found.toFixed(1)}: ${name(node)} “${text}”`);
    }
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    const text = walk.currentNode.data.trim().slice(0, 30);
    if (text && seen(node) && !node.closest("svg, option, script")) judge(node, text, getComputedStyle(node));
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!seen(field)) continue;
    judge(field, field.value || field.name, getComputedStyle(field));
    if (field.placeholder && !field.value) judge(field, field.placeholder, getComputedStyle(field, "::placeholder"));
  }
  for (const target of document.querySelectorAll("a, button, select, input:not([type=hidden])")) {
    const box = target.getBoundingClientRect();
    if (!seen(target) || target.closest(".strip") || !box.width) continue;
    if (box.width < targetMin - 0.5 || box.height < targetMin - 0.5)
      wrong.push(`target of ${box.width | 0}×${box.height | 0}: ${name(target)} “${target.textContent.trim()}”`);
  }
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) wrong.push(`scrolls sideways by ${wide} px`);
  return [...new Set(wrong)];
}
"""


def complaints(page: Page) -> list[str]:
    """What is wrong with the page as it stands now; empty when it looks as it must."""
    page.evaluate(STILL)
    found: list[str] = page.evaluate(LOOKS, [CONTRAST_MIN, TEXT_PX_MIN, TARGET_PX_MIN])
    return found
