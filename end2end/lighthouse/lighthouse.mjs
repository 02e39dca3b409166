// Lighthouse on a phone, for three pages of the site that BASE_URL names: `cargo xtask lighthouse`. Prints the scores,
// and below them the audits that cost points.
import lighthouse from 'lighthouse';
import { launch } from 'puppeteer-core';

const { BASE_URL, CHROMIUM_PATH, EMAIL, PASSWORD } = process.env;

// As in support/chromium.ts: without a sandbox for root, and with nothing that contacts other sites.
const browser = await launch({
  executablePath: CHROMIUM_PATH,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
try {
  const page = await browser.newPage();
  await score(page, '/');
  await score(page, '/login');
  await logIn(page);
  // Kept from search engines on purpose.
  await score(page, '/profile', ['is-crawlable']);
} finally {
  await browser.close();
}

async function score(page, path, skipAudits = []) {
  // Cookies stay, so that the page of a member can be shown.
  const flags = { disableStorageReset: true, logLevel: 'error', skipAudits };
  const { lhr } = await lighthouse(BASE_URL + path, flags, undefined, page);
  if (lhr.runtimeError || new URL(lhr.finalDisplayedUrl).pathname !== path) {
    throw new Error(`${path}: ${lhr.runtimeError?.message ?? `led to ${lhr.finalDisplayedUrl}`}`);
  }
  const categories = Object.values(lhr.categories);
  const scores = categories.map(({ title, score }) => `${title} ${Math.round(score * 100)}`);
  console.log(`${path.padEnd(10)}${scores.join('  ')}`);
  for (const { id, weight } of categories.flatMap(({ auditRefs }) => auditRefs)) {
    const { score, title, displayValue = '' } = lhr.audits[id];
    if (weight > 0 && score !== null && score < 1) {
      console.log(`          ${Math.round(score * 100)} ${title} ${displayValue}`);
    }
  }
}

async function logIn(page) {
  await page.goto(`${BASE_URL}/login`);
  const status = await page.evaluate(async (form) => {
    const body = new URLSearchParams(form);
    return (await fetch('/api/login', { method: 'POST', body, headers: { accept: 'application/json' } })).status;
  }, { email: EMAIL, password: PASSWORD });
  if (status !== 200) throw new Error(`the log-in was answered with ${status}`);
}
