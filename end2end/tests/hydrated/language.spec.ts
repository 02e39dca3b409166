// What was typed and not posted yet goes along into another language.
import { expect, test } from '../../support/test.ts';

test('choosing another language keeps what was typed, but never a password', async ({ page, site }) => {
  await site.visit('/signup');
  const before = await page.locator('html').getAttribute('lang');
  await site.fill({ email: 'hana@example.com', display_name: 'Typed', password: 'a tree by the gate' });
  await site.footer.locator('button:not([aria-current])').click();
  await expect(page.locator('html')).not.toHaveAttribute('lang', before!);
  await expect(page).toHaveURL('/signup');
  await site.ready();
  await expect(site.field('email')).toHaveValue('hana@example.com');
  await expect(site.field('display_name')).toHaveValue('Typed');
  await expect(site.field('password')).toHaveValue('');
  await expect(site.alert).toHaveCount(0);
});
