// A browser that wrongly reports being offline, as some do behind a VPN or a virtual adapter.
import type { Page } from '@playwright/test';

/** Reports being offline until the page is left. */
export async function pretendOffline(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'onLine', { get: () => false });
    window.dispatchEvent(new Event('offline'));
  });
}
