import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { eachStateOfAMember, eachStateOfAVisitor } from '../../support/states.ts';
import { expect, test } from '../../support/test.ts';

/** What axe finds on the page as it is now: by every rule, and once more by those that the theme decides. */
async function violations(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await new AxeBuilder({ page }).setLegacyMode().analyze();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await new AxeBuilder({ page }).setLegacyMode().withTags('cat.color').analyze();
  return [...light.violations, ...dark.violations].flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`),
  );
}

for (const locale of ['en-US', 'ja-JP']) {
  test.describe(`in ${locale}`, () => {
    // Each walks through every state of the site, and how long that takes says nothing.
    test.slow();
    // Without motion a colour is what it is at once.
    test.use({ locale, contextOptions: { reducedMotion: 'reduce' } });

    test('axe finds nothing on any page of a visitor, light or dark', async ({ page, site, mailbox, troubles }) => {
      await eachStateOfAVisitor({ site, mailbox, troubles }, async (state) => {
        expect.soft(await violations(page), state).toEqual([]);
      });
    });

    test('axe finds nothing on any page of a member, light or dark', async ({
      page,
      site,
      mailbox,
      signedIn,
    }) => {
      await eachStateOfAMember({ site, mailbox }, signedIn, async (state) => {
        expect.soft(await violations(page), state).toEqual([]);
      });
    });
  });
}
