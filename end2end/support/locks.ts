// The Web Lock under which one tab of a browser refreshes.
import type { BrowserContext, Page } from '@playwright/test';

/** How many tabs of this page's browser hold the lock under which one refreshes, and how many wait for it. */
export function locksSeenBy(page: Page): Promise<{ held: number; pending: number }> {
  return page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    return { held: held.length, pending: pending.length };
  });
}

/** Another tab has the lock under which one refreshes, until it is closed by `release`. */
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
