// The site as a person sees it, with fields, buttons and pages by their words.
import { expect, type Locator, type Page, type Response } from '@playwright/test';

import type { Person } from './member.ts';
import type { Words } from './words.ts';

export class Site {
  readonly header: Locator;
  readonly main: Locator;
  readonly footer: Locator;
  readonly heading: Locator;
  readonly notice: Locator;
  readonly alert: Locator;
  private readonly logOutButton: Locator;

  constructor(
    readonly page: Page,
    readonly words: Words,
    private readonly hasScripts: boolean,
  ) {
    this.header = page.getByRole('banner');
    this.main = page.getByRole('main');
    this.footer = page.getByRole('contentinfo');
    this.heading = page.getByRole('heading', { level: 1 });
    this.notice = this.main.getByRole('status');
    this.alert = this.main.getByRole('alert');
    this.logOutButton = this.header.getByRole('button', { name: words('nav.log_out'), exact: true });
  }

  /** Loads a page and waits until it can be used. */
  async visit(path: string): Promise<Response | null> {
    const response = await this.page.goto(path);
    await this.ready();
    return response;
  }

  /** Waits until the page's scripts run. Without scripts a page is ready once loaded. */
  async ready(): Promise<void> {
    if (this.hasScripts) {
      await this.page.waitForFunction(() => {
        const hasScripts = document.querySelector('head script') !== null;
        return document.readyState === 'complete' && (!hasScripts || 'isHydrated' in window);
      });
    }
  }

  /** Asserts that this page is shown, with this heading (a key and its values). */
  async isAt(path: string, ...heading: Parameters<Words>): Promise<void> {
    await expect(this.page).toHaveURL(path);
    await expect(this.heading).toHaveText(this.words(...heading));
    await this.ready();
  }

  field(name: string): Locator {
    return this.main.locator(`[name="${name}"]:not([type="hidden"])`);
  }

  problem(name: string): Locator {
    return this.main.locator(`#${name}-problem`);
  }

  button(key: string): Locator {
    return this.main.getByRole('button', { name: this.words(key), exact: true });
  }

  link(key: string): Locator {
    return this.main.getByRole('link', { name: this.words(key), exact: true });
  }

  headerLink(key: string): Locator {
    return this.header.getByRole('link', { name: this.words(key), exact: true });
  }

  async fill(values: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      await this.field(name).fill(value);
    }
  }

  /** Asserts that a field's problem is shown beside it and associated with it. */
  async hasProblem(name: string, ...words: Parameters<Words>): Promise<void> {
    await expect(this.problem(name)).toBeVisible();
    await expect(this.problem(name)).toHaveText(this.words(...words));
    await expect(this.field(name)).toHaveAttribute('aria-invalid', 'true');
    await expect(this.field(name)).toHaveAttribute('aria-describedby', new RegExp(`\\b${name}-problem$`));
  }

  async signUp(person: Person): Promise<void> {
    await this.fill({ email: person.email, display_name: person.name, password: person.password });
    await this.button('signup.submit').click();
  }

  async logIn(person: Person): Promise<void> {
    await this.fill({ email: person.email, password: person.password });
    await this.button('login.submit').click();
  }

  async showsMember(): Promise<void> {
    await expect(this.logOutButton).toBeVisible();
    await this.ready();
  }

  async logOut(): Promise<void> {
    await this.logOutButton.click();
    await expect(this.notice).toHaveText(this.words('notices.logged_out'));
    await this.ready();
  }

  async greets(person: Person): Promise<void> {
    await this.isAt('/', 'welcome.heading', { name: person.name });
  }
}
