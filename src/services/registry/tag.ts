import { createHash } from 'node:crypto'
import type { Registry } from './registry.js'

/**
 * The entity tag of what `/apps/<name>` shows as written: another one for each other text, whatever becomes of it. null
 * when nothing of that name is written.
 */
export function tagOf (name: string, registry: Registry): string | null {
  const standing = registry.all().find(one => one.name === name)
  const written = standing === undefined ? undefined : registry.editOf(standing)?.to ?? standing
  const others = [...registry.bad(), ...registry.overruled().map(({ definition }) => definition)]
  const found = written ?? others.find(one => one.name === name)
  if (found === undefined) return null
  const text = JSON.stringify([found.source, 'problem' in found ? found.problem : found.fields])
  return `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`
}

export interface Conditions {
  ifMatch?: string | undefined
  ifNoneMatch?: string | undefined
}

/** Whether a change may be made to what has this tag. */
export function isMet ({ ifMatch, ifNoneMatch }: Conditions, tag: string | null): boolean {
  const names = (list: string): boolean => tag !== null && (list.trim() === '*' || tagsIn(list).includes(tag))
  return (ifMatch === undefined || names(ifMatch)) && (ifNoneMatch === undefined || !names(ifNoneMatch))
}

function tagsIn (list: string): string[] {
  return list.split(',').map(tag => tag.trim().replace(/^W\//, ''))
}
