import { readdirSync } from 'node:fs'

/**
 * Runs the test files below a folder in this process, one part of so many: most end sooner than a process of their own
 * would start. Each runs by itself as well.
 */
export async function together (folder: URL, part: number, parts: number): Promise<void> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => /\.test\.[jt]s$/.test(name)).sort()
  for (const [nth, file] of files.entries()) {
    if (nth % parts === part - 1) await import(new URL(file, folder).href)
  }
}
