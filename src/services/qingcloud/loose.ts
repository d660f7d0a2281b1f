/**
 * A whole number as QingCloud may say it: members have been retyped over the years, so it may come as text, and a flag
 * as a boolean. Anything else is none.
 */
export function wholeOf (value: unknown): number | null {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return Number(value)
  return Number.isSafeInteger(value) ? value as number : null
}
