import type { Log } from '../src/services/log.js'

export interface Line {
  level: 'debug' | 'info' | 'warn' | 'error'
  fields: Record<string, unknown>
  text: string
}

export interface CapturedLog extends Log {
  lines: Line[]
  /** The lines of a level, as texts. */
  texts: (level: Line['level']) => string[]
}

/** A log that keeps what it is told. */
export function capturedLog (): CapturedLog {
  const lines: Line[] = []
  const keep = (level: Line['level']) => (fields: unknown, text?: string): void => {
    lines.push({ level, fields: (fields ?? {}) as Line['fields'], text: text ?? String(fields) })
  }
  return {
    lines,
    texts: level => lines.filter(line => line.level === level).map(({ text }) => text),
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error')
  }
}
