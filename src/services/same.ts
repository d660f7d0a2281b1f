/** Whether two values made of objects, arrays and plain values say the same. */
export function isSame (a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (a === b) return true
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every(name => Object.hasOwn(b, name) && isSame(memberOf(a, name), memberOf(b, name)))
}

function memberOf (value: object, name: string): unknown {
  return (value as Record<string, unknown>)[name]
}
