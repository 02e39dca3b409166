import { expect, test } from '../../support/test.ts';

/** Runs in the page: the elements that move, or would move on hover. */
function moving(): string[] {
  return [...document.querySelectorAll('*')]
    .filter((it) => {
      const style = getComputedStyle(it);
      return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
    })
    .map((it) => `${it.tagName} ${it.className}`);
}

for (const path of ['/', '/login']) {
  test.describe(`with reduced motion, at ${path},`, () => {
    test.use({ contextOptions: { reducedMotion: 'reduce' } });

    test('nothing moves', async ({ page, site }) => {
      await site.visit(path);
      expect(await page.evaluate(moving)).toEqual([]);
    });
  });

  test(`without reduced motion, ${path} moves`, async ({ page, site }) => {
    await site.visit(path);
    expect(await page.evaluate(moving)).not.toEqual([]);
  });
}
