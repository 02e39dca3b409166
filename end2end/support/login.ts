// Steps through the log-in page.
import { expect } from '@playwright/test';

import type { Site } from './site.ts';

/** Asserts that the page at `/profile` has navigated to the log-in page, which says why. */
export async function isLedToLogIn(tab: Site, reason: string, withinSeconds = 5): Promise<void> {
  await expect(tab.page).toHaveURL(/\/login\?next=(%2F|\/)profile$/, { timeout: withinSeconds * 1000 });
  await expect(tab.notice).toHaveText(tab.words(reason));
  await tab.ready();
}
