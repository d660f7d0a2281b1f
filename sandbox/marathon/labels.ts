import { refuse } from './refusal.js'

/** A test of an app's labels, read from the `label` query of GET /v2/apps. Refuses what it cannot read with 422. */
export function readSelector (text: string): (labels: Record<string, string>) => boolean {
  const terms = splitTerms(text).map((term) => readTerm(term, text))
  return (labels) => terms.every((matches) => matches(labels))
}

const word = String.raw`((?:[A-Za-z0-9._-]|\\.)+)`

function readTerm (term: string, whole: string): (labels: Record<string, string>) => boolean {
  const equality = new RegExp(`^${word}\\s*(==|!=)\\s*${word}$`).exec(term)
  if (equality !== null) {
    const [key, value] = [plain(equality[1]), plain(equality[3])]
    return equality[2] === '==' ? (labels) => labels[key] === value : (labels) => labels[key] !== value
  }
  const set = new RegExp(`^${word}\\s+(in|notin)\\s*\\(([^)]*)\\)$`).exec(term)
  if (set !== null) {
    const key = plain(set[1])
    const values = (set[3] ?? '').split(',').map((value) => plain(value.trim()))
    const isIn = (labels: Record<string, string>): boolean => labels[key] !== undefined && values.includes(labels[key])
    return set[2] === 'in' ? isIn : (labels) => !isIn(labels)
  }
  const existence = new RegExp(`^${word}$`).exec(term)
  if (existence === null) refuse(422, { message: `Can not parse label selector: ${whole}` })
  const key = plain(existence[1])
  return (labels) => key in labels
}

/** Commas part terms, except inside parentheses. */
function splitTerms (text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((term) => term.trim())
}

function plain (text = ''): string {
  return text.replaceAll(/\\(.)/g, '$1')
}
