import type { Action } from './acts/all.js'
import type { Outcome } from './outcome.js'
import type { Total } from './share.js'
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
    `replay: npm run simulate -- --seed ${seed} --keep ${kept.length === 0 ? 'none' : kept.join(',')}`,
    ''
  ].join('\n')
}

function actionText ({ index, phase, at, kind, draws }: Action): string {
  return `#${index} phase ${phase + 1} at ${timeOf(at)}: ${kind} (${draws.map((draw) => draw.toFixed(3)).join(' ')})`
}

/** All of a run, and how long it took, in lines that can be quoted. */
export function summaryText (from: number, asked: number, total: Total, tookMs: number): string {
  const { done, failed, calls, livedMs, cpuMs, slowest, acts, faults } = total
  const hours = livedMs / 3_600_000
  const secondsAnHour = (ms: number): string => (ms / 1_000 / Math.max(hours, 1e-9)).toFixed(2)
  const cut = done < asked ? ` of the ${asked} asked for` : ''
  return [
    `${whole(done)} histories${cut}, seeds ${from} to ${from + done - 1}: ${whole(hours)} hours of cluster life, ` +
      `an hour in ${secondsAnHour(tookMs)} s, with ${secondsAnHour(cpuMs)} s of CPU`,
    `${failed.size} broke a law${failed.size === 0 ? '' : `: ${lawsText(failed)}`}`,
    `${whole(calls)} calls of QingCloud; slowest convergence ${Math.round(slowest.ms / 1_000)} s (seed ${slowest.seed})`,
    '',
    `${whole(sum(acts))} acts:`,
    tableText(acts),
    '',
    `${whole(sum(faults))} faults took effect:`,
    tableText(faults)
  ].join('\n')
}

function lawsText (failed: Map<number, number>): string {
  const laws = [...new Set(failed.values())].sort((a, b) => a - b)
  return laws.map((law) => {
    const seeds = [...failed].filter(([, broken]) => broken === law).map(([seed]) => seed).sort((a, b) => a - b)
    return `law ${law} by ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`
  }).join('; ')
}

/** Counts by kind, most frequent first. */
function tableText (counts: Record<string, number>): string {
  const rows = Object.entries(counts).sort(([, a], [, b]) => b - a)
  const width = Math.max(0, ...rows.map(([kind]) => kind.length))
  return rows.map(([kind, count]) => `  ${kind.padEnd(width)} ${whole(count).padStart(11)}`).join('\n')
}

function sum (counts: Record<string, number>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0)
}

function whole (count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

export function addCounts (into: Record<string, number>, counts: Record<string, number>): void {
  for (const [kind, count] of Object.entries(counts)) into[kind] = (into[kind] ?? 0) + count
}
