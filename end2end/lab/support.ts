import { expect, test as base, type Page } from '@playwright/test';

import { addressOf, type Approach } from './approaches.ts';

type Fixtures = {
  /** The name of a new member of this approach's site. */
  newMember: (approach: Approach) => Promise<string>;
  /** Runs a script as one that was injected into the page: inline, without any special rights. */
  inject: (script: string) => Promise<unknown>;
};

export const test = base.extend<Fixtures>({
  newMember: async ({ request }, use) => {
    await use(async (approach) => {
      const member = `m${crypto.randomUUID().replaceAll('-', '').slice(0, 30)}`;
      const form = { member, role: 'member' };
      const added = await request.post(`${addressOf(approach)}/members`, { form });
      expect(added.status()).toBe(204);
      return member;
    });
  },
  inject: async ({ page }, use) => {
    await use(async (script) => {
      await page.addScriptTag({ content: `window.found = (async () => { ${script} })();` });
      return page.evaluate('window.found');
    });
  },
});

/** Signs in by the page of a single-page application. */
export async function signInByPage(page: Page, approach: Approach, member: string): Promise<void> {
  await page.goto(`${addressOf(approach)}/spa`);
  await page.getByLabel('Member').fill(member);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.locator('#name')).toHaveText(member);
}

/** Signs in as a form does; the browser keeps the cookies. */
export async function signInByForm(page: Page, approach: Approach, member: string): Promise<void> {
  await page.goto(`${addressOf(approach)}/health`);
  const status = await page.evaluate(async (member) => {
    const body = new URLSearchParams({ member });
    return (await fetch('/login', { method: 'POST', body })).status;
  }, member);
  expect(status).toBe(204);
}

export { expect };
