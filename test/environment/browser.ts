import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** That of Debian's package; null where there is none: then the one that playwright has fetched, if it has. */
const packaged = '/usr/bin/chromium-headless-shell'

/** Real Chromium, which draws letters alike on every machine and asks nobody for anything by itself. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(existsSync(packaged) ? { executablePath: packaged } : {}),
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })

export const browserAvailable = async (): Promise<boolean> => {
  const browser = await launchBrowser().catch(() => null)
  await browser?.close()
  return browser !== null
}
