// A form's input survives a change of language.
import type { Page } from '@playwright/test';

import type { Site } from '../../support/site.ts';
import { expect, test } from '../../support/test.ts';
import { wordsIn } from '../../support/words.ts';

async function chooseTheOtherLanguage(page: Page, site: Site): Promise<void> {
  const before = await page.locator('html').getAttribute('lang');
  await site.footer.locator('button:not([aria-current])').click();
  await expect(page.locator('html')).not.toHaveAttribute('lang', before!);
  await site.ready();
}

test('choosing another language keeps the input except passwords', async ({ page, site }) => {
  await site.visit('/signup');
  await site.fill({ email: 'hana@example.com', display_name: 'Typed', password: 'a tree by the gate' });
  await chooseTheOtherLanguage(page, site);
  await expect(page).toHaveURL('/signup');
  await expect(site.field('email')).toHaveValue('hana@example.com');
  await expect(site.field('display_name')).toHaveValue('Typed');
  await expect(site.field('password')).toHaveValue('');
  await expect(site.alert).toHaveCount(0);
});

test('choosing another language keeps a refused form and shows its problems in that language', async ({
  page,
  memberSite: site,
  language,
  troubles,
}) => {
  troubles.expect(/^422 POST \/api\/update_profile$/);
  await site.visit('/profile');
  await site.fill({ display_name: '', bio: 'Typed' });
  await site.button('profile.submit').click();
  await site.hasProblem('display_name', 'fields.display_name.required');
  await chooseTheOtherLanguage(page, site);
  await expect(page).toHaveURL('/profile');
  const words = wordsIn(language === 'en' ? 'ja' : 'en');
  await expect(site.problem('display_name')).toHaveText(words('fields.display_name.required'));
  await expect(site.field('display_name')).toHaveAttribute('aria-invalid', 'true');
  await expect(site.field('display_name')).toHaveValue('');
  await expect(site.field('bio')).toHaveValue('Typed');
});
