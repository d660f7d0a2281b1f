import type { Action } from './acts/all.js'
import type { Outcome } from './history.js'
import { timeOf } from './trace.js'

const LAST_LINES = 40

/** A failed history for people: what broke, how it came about, and how to see it again. */
export function failureText (failed: Outcome & { kept: number[] }): string {
  const { seed, violation, tail, actions, kept } = failed
  return [
    '',
    `seed ${seed} breaks law ${violation?.law ?? '?'} at ${violation?.at ?? '?'}: ${violation?.what ?? ''}`,
    '',
    `the last lines of its trace (digest ${failed.digest.slice(0, 16)}):`,
    ...tail.slice(-LAST_LINES).map((line) => `  ${line}`),
    '',
    `${kept.length} of ${actions.length} actions are enough:`,
    ...actions.filter(({ index }) => kept.includes(index)).map((action) => `  ${actionText(action)}`),
    '',
    `replay: npm run simulate -- --seed ${seed}${kept.length === actions.length ? '' : ` --keep ${kept.length === 0 ? 'none' : kept.join(',')}`}`,
    ''
  ].join('\n')
}

function actionText ({ index, phase, at, kind, draws }: Action): string {
  return `#${index} phase ${phase + 1} at ${timeOf(at)}: ${kind} (${draws.map((draw) => draw.toFixed(3)).join(' ')})`
}

/** Counts by kind, most frequent first. */
export function tableText (counts: Record<string, number>): string {
  const rows = Object.entries(counts).sort(([, a], [, b]) => b - a)
  const width = Math.max(0, ...rows.map(([kind]) => kind.length))
  return rows.map(([kind, count]) => `  ${kind.padEnd(width)} ${String(count).padStart(9)}`).join('\n')
}

export function addCounts (into: Record<string, number>, counts: Record<string, number>): void {
  for (const [kind, count] of Object.entries(counts)) into[kind] = (into[kind] ?? 0) + count
}
