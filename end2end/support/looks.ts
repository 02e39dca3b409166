// What a page looks like to axe, and on small screens.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

export const PHONE = { width: 390, height: 844 };

/** The problems that axe finds on the current page: by every rule, and by the rules that depend on the theme once more. */
export async function violations(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await new AxeBuilder({ page }).setLegacyMode().analyze();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await new AxeBuilder({ page }).setLegacyMode().withTags('cat.color').analyze();
  return [...light.violations, ...dark.violations].flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`),
  );
}

/** The horizontal overflow in pixels at this screen width, with text of this size in percent. */
export async function overflow(page: Page, width: number, textSize: number): Promise<number> {
  await page.setViewportSize({ ...PHONE, width });
  await page.waitForFunction((width) => innerWidth === width, width);
  return page.evaluate((textSize) => {
    const root = document.documentElement;
    root.style.fontSize = `${textSize}%`;
    const width = root.scrollWidth - innerWidth;
    root.style.removeProperty('font-size');
    return width;
  }, textSize);
}
