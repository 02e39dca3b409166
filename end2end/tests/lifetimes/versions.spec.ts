// A deployment while a page is open and nobody types.
import { ACCESS, expect, REFRESH, test } from '../../support/lifetimes.ts';

test.use({ startsAt: '/profile' });

test('a page without input loads anew after its first refresh by another version', async ({
  page,
  memberSite: site,
  wire,
}) => {
  await page.route('**/auth/refresh', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'genkan-version': 'another' } });
  });
  await page.waitForEvent('load', { timeout: 1000 * (ACCESS + 1) });
  expect(wire.answered(REFRESH)).toHaveLength(1);
  await site.isAt('/profile', 'profile.heading');
});
