// Tabs in the background, which the browser hides and after a while freezes.
import type { CDPSession, Page } from '@playwright/test';

/** Hides the page, as if another tab were in front of it. */
export async function hide(page: Page): Promise<{ show: () => Promise<void> }> {
  const { thaw, browser } = await freeze(page);
  await browser.send('Page.setWebLifecycleState', { state: 'active' });
  return { show: thaw };
}

/** Hides and freezes the page, including its timers and events. `thaw` brings it to the front. */
export async function freeze(page: Page): Promise<{ thaw: () => Promise<void>; browser: CDPSession }> {
  const browser = await page.context().newCDPSession(page);
  await setAlwaysInFront(page, false);
  await browser.send('Page.setWebLifecycleState', { state: 'frozen' });
  const thaw = async () => {
    await browser.send('Page.setWebLifecycleState', { state: 'active' });
    await setAlwaysInFront(page, true);
  };
  return { thaw, browser };
}

/**
 * Playwright emulates focus for each page, and such a page is never frozen. Only Playwright's own session with the
 * page, an internal, can turn that off.
 */
async function setAlwaysInFront(page: Page, enabled: boolean): Promise<void> {
  const own = (page as any)._connection.toImpl(page).delegate._mainFrameSession._client;
  await own.send('Emulation.setFocusEmulationEnabled', { enabled });
}
