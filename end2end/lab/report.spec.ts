// The published report as a page of its own.
import { overflow, violations } from '../support/looks.ts';
import { expect, test } from './support.ts';

for (const name of ['approaches.html', 'approaches.ja.html']) {
  test(`in ${name} axe finds nothing and nothing scrolls sideways`, async ({ page }) => {
    // Its tables have a thousand cells.
    test.slow();
    await page.goto(new URL(`../../docs/${name}`, import.meta.url).href);
    expect.soft(await violations(page)).toEqual([]);
    expect.soft(await overflow(page, 360, 100)).toBeLessThanOrEqual(0);
    expect.soft(await overflow(page, 390, 200)).toBeLessThanOrEqual(0);
    expect.soft(await overflow(page, 1280, 100)).toBeLessThanOrEqual(0);
  });
}
