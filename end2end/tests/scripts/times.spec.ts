import { expect, test } from '../../support/test.ts';

// At any time, one of the two zones has another date than UTC, in which the server renders.
const timezoneId = new Date().getUTCHours() >= 10 ? 'Pacific/Kiritimati' : 'Pacific/Pago_Pago';

for (const locale of ['en-US', 'ja-JP']) {
  test.describe(`in ${locale}`, () => {
    test.use({ locale, timezoneId, startsAt: '/profile' });

    test("dates are in the browser's time zone, and in UTC for machines", async ({ memberSite: site, language }) => {
      const time = site.main.locator('time');
      const machines = await time.getAttribute('datetime');
      expect(machines).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const day = new Date(machines!).toLocaleDateString(language, { dateStyle: 'long', timeZone: timezoneId });
      expect(day).not.toBe(new Date(machines!).toLocaleDateString(language, { dateStyle: 'long', timeZone: 'UTC' }));
      await expect(time).toHaveText(day);
    });
  });
}
