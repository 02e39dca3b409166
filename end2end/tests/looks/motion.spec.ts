import { expect, test } from '../../support/test.ts';

/** Runs in the page: the elements that move, or would on hover. */
function moving(): string[] {
  return [...document.querySelectorAll('*')]
    .filter((it) => {
      const style = getComputedStyle(it);
      return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
    })
    .map((it) => `${it.tagName} ${it.className}`);
}

for (const path of ['/', '/login']) {
  test.describe(`who wants less motion, at ${path},`, () => {
    test.use({ contextOptions: { reducedMotion: 'reduce' } });

    test('sees none', async ({ page, site }) => {
      await site.visit(path);
      expect(await page.evaluate(moving)).toEqual([]);
    });
  });

  test(`others see ${path} move`, async ({ page, site }) => {
    await site.visit(path);
    expect(await page.evaluate(moving)).not.toEqual([]);
  });
}
