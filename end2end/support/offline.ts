// A browser that says it has no network, though it has: some do behind a VPN or a virtual adapter.
import type { Page } from '@playwright/test';

/** From now on, until the page is left. */
export async function pretendOffline(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'onLine', { get: () => false });
    window.dispatchEvent(new Event('offline'));
  });
}
