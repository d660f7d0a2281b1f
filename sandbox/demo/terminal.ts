const WIDTH = 80
const INDENT = '    '

/** Prints a story that reads well on 80 columns, with a line that moves while something is waited for. */
export interface Terminal {
  title: (text: string) => void
  /** A labelled line, wrapped at the terminal's width. */
  fact: (label: string, text: string) => void
  line: (text: string) => void
  /** Waits until `condition` holds; shows how long for. Rejects, naming `what`, after `withinMs`. */
  wait: (what: string, condition: () => boolean | Promise<boolean>, withinMs?: number) => Promise<void>
}

export function createTerminal (out: NodeJS.WriteStream): Terminal {
  const line = (text: string): void => { out.write(`${text}\n`) }

  function progress (what: string, waitedMs: number, before: number): number {
    const seconds = Math.floor(waitedMs / 1_000)
    const text = `${INDENT}… ${what}, ${seconds} s`.slice(0, WIDTH - 1)
    if (out.isTTY) out.write(`\r${text.padEnd(WIDTH - 1)}`)
    else if (seconds >= before + 5) line(text)
    else return before
    return seconds
  }

  return {
    line,
    title (text) { line(`\n${text}`) },
    fact (label, text) {
      wrap(text, WIDTH - INDENT.length - 10).forEach((part, index) => {
        line(`${INDENT}${(index === 0 ? label : '').padEnd(10)}${part}`)
      })
    },
    async wait (what, condition, withinMs = 120_000) {
      const since = performance.now()
      let shown = 0
      while (!await condition()) {
        const waited = performance.now() - since
        if (waited > withinMs) throw new Error(`${what}: not within ${withinMs / 1_000} s`)
        shown = progress(what, waited, shown)
        await new Promise((resolve) => { setTimeout(resolve, 20) })
      }
      if (out.isTTY) out.write(`\r${' '.repeat(WIDTH - 1)}\r`)
    }
  }
}

function wrap (text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + word.length + 1 > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
