import type { Store } from './store.js'

/**
 * Which of these policies the head of an HTTP request matches. Looks at `domain` and `url` rules only; the other kinds
 * match nothing.
 */
export function matchPolicies (store: Store, policyIds: Iterable<string>, head: string): Set<string> {
  const url = /^\S+ (\S+)/.exec(head)?.[1] ?? ''
  const domain = /^host:[ \t]*([^\r\n:]+)/im.exec(head)?.[1] ?? ''
  const matched = new Set<string>()
  for (const id of policyIds) {
    const rules = [...store.rules.values()].filter((rule) => rule.policyId === id)
    const hits = rules.map(({ type, value }) => {
      if (type === 'domain') return fits(value, domain)
      return type === 'url' && fits(value, url)
    })
    const all = store.policies.get(id)?.operator === 'and'
    if (hits.length > 0 && (all ? hits.every(Boolean) : hits.some(Boolean))) matched.add(id)
  }
  return matched
}

/** Patterns parted by a space are alternatives; one that is no regular expression matches nothing. */
function fits (patterns: string, text: string): boolean {
  return patterns.split(' ').filter(Boolean).some((pattern) => {
    try {
      return new RegExp(pattern).test(text)
    } catch {
      return false
    }
  })
}
