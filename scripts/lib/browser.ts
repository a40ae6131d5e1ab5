import { type Browser, chromium } from 'playwright-core';
import { findBrowser, SetupError } from './base.mjs';
import { markOwnChildren } from './processes.ts';

/** Starts the installed Chromium without a window. It ends with this process at the latest. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (!executablePath) {
    throw new SetupError('No Chromium was found. Run: npm run setup');
  }
  markOwnChildren();
  return chromium.launch({
    executablePath,
    timeout: 60_000,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}
