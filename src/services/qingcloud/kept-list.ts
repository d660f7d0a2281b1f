import type { Purpose } from './budget.js'
import { isRefusal } from './errors.js'

/** Where a host's instances are looked up: vxnet and router ids, or null for the whole account. */
export type Scope = readonly string[] | null

/**
 * One of QingCloud's lists as it was last read, by the vxnet or router it was read of. Where QingCloud refuses to show
 * a part, what was known of it stands; where nothing was, nobody is known there.
 */
export interface KeptList<T> {
  /** What the scope's parts say of a name or address, as last read. */
  of: (name: string, scope: Scope) => T[]
  /** The parts of a scope that nobody has read, or that may be old. */
  due: (scope: Scope) => string[]
  /** Every part of the scope was read once. One alone may show one of two that have the same address. */
  isRead: (scope: Scope) => boolean
  /** Why QingCloud did not show some part of the scope when that was last read, or null. */
  refusalOf: (scope: Scope) => string | null
  /** Some part of the scope was read, and may be old. */
  isOld: (scope: Scope) => boolean
  /** Reads these parts anew, each once for everybody who asks meanwhile. Rejects when QingCloud gives no answer. */
  read: (parts: readonly string[], purpose: Purpose) => Promise<void>
  /** What is known may be old by now; it stands until it is read again. */
  expire: () => void
  /** Nothing is known any more, and what is being read now will not be: whoever asked for it asks again. */
  forget: () => void
}

export function createKeptList<T> (
  ask: (where: string | null, purpose: Purpose) => Promise<Map<string, T>>
): KeptList<T> {
  const kept = new Map<string, { found: Map<string, T>, refusal: string | null, expired: boolean, nth: number }>()
  const reading = new Map<string, Promise<void>>()
  /** How many readings were begun; those up to `forgotten` count no more. */
  let begun = 0
  let forgotten = 0

  /** What was begun before something that is known already, or before everything was forgotten, says nothing new. */
  async function readPart (part: string, purpose: Purpose): Promise<void> {
    const nth = ++begun
    const answer = await ask(part === '' ? null : part, purpose).catch((error: unknown) => {
      if (isRefusal(error)) return error
      throw error
    })
    const before = kept.get(part)
    if (nth <= Math.max(forgotten, before?.nth ?? 0)) return
    const isRefused = answer instanceof Error
    const found = isRefused ? before?.found ?? new Map<string, T>() : answer
    kept.set(part, { found, refusal: isRefused ? answer.message : null, expired: false, nth })
  }

  /** Nobody urgent joins a reading that is not: that may wait for calls. */
  async function once (part: string, purpose: Purpose): Promise<void> {
    const key = `${purpose} ${part}`
    const running = reading.get(`addition ${part}`) ?? reading.get(key)
    if (running !== undefined) {
      await running
      return
    }
    const own = readPart(part, purpose).finally(() => {
      if (reading.get(key) === own) reading.delete(key)
    })
    reading.set(key, own)
    await own
  }

  return {
    of: (name, scope) => partsOf(scope).flatMap(part => kept.get(part)?.found.get(name) ?? []),
    due: scope => partsOf(scope).filter(part => kept.get(part)?.expired !== false),
    isRead: scope => partsOf(scope).every(part => kept.has(part)),
    refusalOf: scope => partsOf(scope).map(part => kept.get(part)?.refusal ?? null).find(why => why !== null) ?? null,
    isOld: scope => partsOf(scope).some(part => kept.get(part)?.expired === true),
    async read (parts, purpose) {
      await Promise.all(parts.map(async (part) => { await once(part, purpose) }))
    },
    expire () {
      for (const one of kept.values()) one.expired = true
    },
    forget () {
      kept.clear()
      reading.clear()
      forgotten = begun
    }
  }
}

/** What has to be read of a scope; the whole account is one part without a name. */
export function partsOf (scope: Scope): readonly string[] {
  return scope ?? ['']
}
