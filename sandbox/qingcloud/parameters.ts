import { illegal, missing } from './problems.js'

/** A call's parameters, or the members of one object of a list such as `backends.n.…`. */
export interface Parameters {
  /** Undefined when absent or empty: an empty filter is no filter. */
  text: (name: string) => string | undefined
  /** As sent, also when empty. */
  raw: (name: string) => string | undefined
  required: (name: string) => string
  integer: (name: string, range?: { min?: number, max?: number }) => number | undefined
  requiredInteger: (name: string, range?: { min?: number, max?: number }) => number
  /** One of the allowed words, or 1100. */
  word: <T extends string>(name: string, allowed: readonly T[]) => T | undefined
  /** `name.1`, `name.2`, … in the order of their numbers, gaps allowed, empty ones left out. */
  list: (name: string) => string[]
  requiredList: (name: string) => string[]
  /** A list inside an object of a list: numbered, as JSON text (Python) or joined with commas (Go). */
  looseList: (name: string) => string[]
  objects: (name: string) => Parameters[]
}

/** `prefix` is what goes before a name in messages: `backends.1.` for a member of a list. */
export function createParameters (values: ReadonlyMap<string, string>, prefix = ''): Parameters {
  const raw = (name: string): string | undefined => values.get(name)

  const text = (name: string): string | undefined => {
    const value = raw(name)
    return value === '' ? undefined : value
  }

  const required = (name: string): string => {
    const value = text(name)
    if (value === undefined) throw missing(prefix + name)
    return value
  }

  const integer = (
    name: string, { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: { min?: number, max?: number } = {}
  ): number | undefined => {
    const value = text(name)
    if (value === undefined) return undefined
    const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN
    if (Number.isNaN(number) || number < min || number > max) throw illegal(prefix + name, value)
    return number
  }

  const numbered = (name: string): Array<{ index: number, rest: string, value: string }> => {
    const entries = []
    for (const [key, value] of values) {
      if (!key.startsWith(`${name}.`)) continue
      const match = /^(\d{1,9})(?:\.(.+))?$/s.exec(key.slice(name.length + 1))
      if (match !== null) entries.push({ index: Number(match[1]), rest: match[2] ?? '', value })
    }
    return entries.sort((a, b) => a.index - b.index)
  }

  const list = (name: string): string[] =>
    numbered(name).filter(({ rest, value }) => rest === '' && value !== '').map(({ value }) => value)

  return {
    text,
    raw,
    required,
    integer,
    requiredInteger (name, range) {
      required(name)
      return integer(name, range) as number
    },
    word (name, allowed) {
      const value = text(name)
      if (value === undefined) return undefined
      const found = allowed.find((word) => word === value)
      if (found === undefined) throw illegal(prefix + name, value)
      return found
    },
    list,
    requiredList (name) {
      const items = list(name)
      if (items.length === 0) throw missing(`${prefix}${name}`)
      return items
    },
    looseList (name) {
      const items = list(name)
      const value = text(name)
      if (items.length > 0 || value === undefined) return items
      return value.replace(/^\[|\]$/g, '').split(',').map((item) => item.trim().replace(/^"|"$/g, '')).filter(Boolean)
    },
    objects (name) {
      const members = new Map<number, Map<string, string>>()
      for (const { index, rest, value } of numbered(name)) {
        if (rest === '') continue
        const object = members.get(index) ?? new Map<string, string>()
        members.set(index, object.set(rest, value))
      }
      return [...members].map(([index, object]) => createParameters(object, `${prefix}${name}.${index}.`))
    }
  }
}
