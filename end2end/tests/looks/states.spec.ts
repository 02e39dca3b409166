// The look of every page in each of its states.
import type { Page } from '@playwright/test';

import { overflow, PHONE, violations } from '../../support/looks.ts';
import { eachStateOfAMember, eachStateOfAVisitor } from '../../support/states.ts';
import { expect, test } from '../../support/test.ts';

const DESKTOP = { width: 1280, height: 800 };

/** Runs in the page: the Japanese phrases that a line break splits. A phrase ends at the break points of the texts. */
function brokenPhrases(): string[] {
  const broken: string[] = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.parentElement!.checkVisibility() || !text.parentElement!.matches(':lang(ja)')) continue;
    for (const { 0: phrase, index } of text.textContent!.matchAll(/[^、。！？」』）：\u200b\p{ASCII}]+/gu)) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + phrase.length);
      const lines = new Set([...range.getClientRects()].map((it) => Math.round(it.top)));
      if (lines.size > 1) broken.push(phrase);
    }
  }
  return broken;
}

/** Runs in the page: the number of lines of the settings navigation. */
function linesOfLinks(): number {
  return new Set([...document.querySelectorAll('.rooms li')].map((it) => it.getBoundingClientRect().top)).size;
}

for (const locale of ['en-US', 'ja-JP']) {
  test.describe(`in ${locale}`, () => {
    // Each test walks through every state of the site, so its duration does not matter.
    test.slow();
    // Without motion, colours change at once.
    test.use({ locale, contextOptions: { reducedMotion: 'reduce' } });

    const look = (page: Page) => async (state: string) => {
      expect.soft(await violations(page), state).toEqual([]);
      expect.soft(await overflow(page, 360, 100), `${state}, on a narrow phone`).toBeLessThanOrEqual(0);
      expect.soft(await overflow(page, 390, 200), `${state}, with text of twice the size`).toBeLessThanOrEqual(0);
      if (locale === 'ja-JP') {
        await page.setViewportSize(PHONE);
        expect.soft(await page.evaluate(brokenPhrases), `${state}, phrases with a line break`).toEqual([]);
        expect.soft(await page.evaluate(linesOfLinks), `${state}, lines of links`).toBeLessThanOrEqual(1);
      }
      await page.setViewportSize(DESKTOP);
    };

    test('on any page of a visitor axe finds nothing, no phone scrolls sideways and no phrase breaks', async ({
      page,
      site,
      mailbox,
      troubles,
    }) => {
      await eachStateOfAVisitor({ site, mailbox, troubles }, look(page));
    });

    test('on any page of a member axe finds nothing, no phone scrolls sideways and no phrase breaks', async ({
      page,
      site,
      mailbox,
      troubles,
      signedIn,
    }) => {
      await eachStateOfAMember({ site, mailbox, troubles }, signedIn, look(page));
    });
  });
}
