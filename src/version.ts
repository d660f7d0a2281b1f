import { readFileSync } from 'node:fs'

/** The connector's own version. The file lies one level up, from `src` as well as from `dist`. */
export const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
