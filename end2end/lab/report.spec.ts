// The published report as a page of its own.
import { existsSync } from 'node:fs';

import { overflow, violations } from '../support/looks.ts';
import { expect, test } from './support.ts';

for (const name of ['approaches.html', 'approaches.ja.html']) {
  test(`in ${name} axe finds nothing, no phone scrolls sideways and every link leads somewhere`, async ({ page }) => {
    // Its tables have a thousand cells.
    test.slow();
    await page.goto(new URL(`../../docs/${name}`, import.meta.url).href);
    expect.soft(await violations(page)).toEqual([]);
    expect.soft(await overflow(page, 360, 100)).toBeLessThanOrEqual(0);
    expect.soft(await overflow(page, 390, 200)).toBeLessThanOrEqual(0);

    const links = await page.locator('a').evaluateAll((links) => links.map((it) => (it as HTMLAnchorElement).href));
    const [here] = page.url().split('#');
    const anchors = links.filter((link) => link.startsWith(`${here}#`)).map((link) => new URL(link).hash);
    expect(anchors.length).toBeGreaterThan(0);
    for (const anchor of new Set(anchors)) {
      await expect.soft(page.locator(anchor), anchor).toHaveCount(1);
    }
    const elsewhere = links.filter((link) => !link.startsWith(`${here}#`));
    expect.soft(elsewhere.filter((link) => !existsSync(new URL(link)))).toEqual([]);
  });
}
