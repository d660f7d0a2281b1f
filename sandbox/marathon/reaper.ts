import { spawn } from 'node:child_process'

export interface Reaper {
  /** A process group to end with us. */
  watch: (group: number) => void
  forget: (group: number) => void
  /** Kills every group still watched, removes the folder, resolves when that is done. */
  close: () => Promise<void>
}

/** Reads `+ pid` and `- pid` until its input ends, which it also does when we are killed without a word. */
const script = `
groups=
while read -r sign group; do
  kept=
  for other in $groups; do [ "$other" = "$group" ] || kept="$kept $other"; done
  groups=$kept
  [ "$sign" = + ] && groups="$groups $group"
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
rm -rf -- "$1"
`

/** A process of its own that cleans up after this one, however this one ends. */
export function createReaper (folder: string): Reaper {
  const child = spawn('/bin/sh', ['-c', script, 'reaper', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  const gone = new Promise<void>((resolve) => { child.once('exit', () => { resolve() }) })
  child.unref()
  child.stdin.on('error', () => {})
  const tell = (text: string): void => { if (child.stdin.writable) child.stdin.write(text) }
  // a socket in all but its type
  const input = child.stdin as typeof child.stdin & { unref?: () => void }
  input.unref?.()
  return {
    watch: (group) => { tell(`+ ${group}\n`) },
    forget: (group) => { tell(`- ${group}\n`) },
    async close () {
      child.ref()
      child.stdin.end()
      await gone
    }
  }
}
