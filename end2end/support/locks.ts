// The Web Lock under which one tab of a browser refreshes.
import type { BrowserContext, Page } from '@playwright/test';

/** The number of tabs in this page's browser that hold the refresh lock, and that wait for it. */
export function locksSeenBy(page: Page): Promise<{ held: number; pending: number }> {
  return page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    return { held: held.length, pending: pending.length };
  });
}

/** Opens another tab that holds the refresh lock until `release` closes it. */
export async function lockElsewhere(context: BrowserContext): Promise<{ release: () => Promise<void> }> {
  const tab = await context.newPage();
  await tab.goto('/');
  await tab.evaluate(
    () =>
      new Promise<void>((held) => {
        const forGood = () => new Promise(() => held());
        void navigator.locks.request('genkan-refresh', forGood);
      }),
  );
  return { release: () => tab.close() };
}
