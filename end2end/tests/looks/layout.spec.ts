import { eachStateOfAMember, eachStateOfAVisitor } from '../../support/states.ts';
import { expect, test } from '../../support/test.ts';

for (const locale of ['en-US', 'ja-JP']) {
  test.describe(`on a phone 360 px wide, in ${locale}`, () => {
    test.use({ locale, viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });

    test('no page of a visitor scrolls sideways', async ({ page, site, mailbox, troubles }) => {
      await eachStateOfAVisitor({ site, mailbox, troubles }, async (state) => {
        expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), state).toBe(360);
      });
    });

    test('no page of a member scrolls sideways', async ({ page, site, mailbox, signedIn }) => {
      await eachStateOfAMember({ site, mailbox }, signedIn, async (state) => {
        expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), state).toBe(360);
      });
    });
  });
}

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
