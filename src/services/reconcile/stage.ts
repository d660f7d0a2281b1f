import type { Log } from '../log.js'
import { isRefusal } from '../qingcloud/errors.js'
import { splitForCall, type BackendChange, type LoadBalancers, type NewBackend } from '../qingcloud/load-balancers.js'
import type { Backend } from '../qingcloud/rows.js'
import type { Step } from './plan.js'

/** A refused batch is cut in half to find the backend that is wrong; no more refusals than this for one listener. */
const MOST_REFUSALS = 12
const REMOVALS_A_CALL = 100

export interface Staged {
  added: NewBackend[]
  modified: { backend: Backend, change: BackendChange }[]
  removed: Backend[]
  /** What QingCloud said no to; everything else went through. */
  refused: { step: Step, error: Error }[]
}

/**
 * Carries out a listener's steps one call after the other: adds, modifications, removals. Fills `staged` as it goes, so
 * that what was done is known even when it rejects: with the first error that is not a plain no to one backend.
 */
export async function stage (
  listenerId: string, steps: readonly Step[], staged: Staged, api: LoadBalancers, log: Log
): Promise<void> {
  const adds = steps.filter(step => step.do === 'add')
  for (const backends of splitForCall(adds.map(step => step.backend))) {
    await add(listenerId, adds.filter(step => backends.includes(step.backend)), staged, api)
  }
  if (staged.added.length > 0) log.info({ listenerId, backends: staged.added.map(place) }, 'backends added')
  for (const step of steps) {
    if (step.do !== 'modify') continue
    await unlessRefused(step, staged, async () => {
      await api.modify(step.backend.id, step.change)
      staged.modified.push(step)
      log.info({ listenerId, backend: step.backend.name, change: step.change }, 'backend modified')
    })
  }
  // What was to replace them is not there: only what Marathon explains goes all the same.
  const isShort = staged.refused.some(({ step }) => step.do === 'add')
  const removals = steps.filter(step => step.do === 'remove').filter(({ explained }) => explained || !isShort)
    .map(step => step.backend)
  for (let from = 0; from < removals.length; from += REMOVALS_A_CALL) {
    const some = removals.slice(from, from + REMOVALS_A_CALL)
    await api.remove(some.map(({ id }) => id))
    staged.removed.push(...some)
    log.info({ listenerId, backends: some.map(place) }, 'backends removed')
  }
}

type Add = Extract<Step, { do: 'add' }>

/** All in one call; when QingCloud refuses that, half by half, so that one bad backend does not hold up the others. */
async function add (listenerId: string, steps: Add[], staged: Staged, api: LoadBalancers): Promise<void> {
  try {
    await api.add(listenerId, steps.map(({ backend }) => backend))
    staged.added.push(...steps.map(({ backend }) => backend))
  } catch (error) {
    if (!isRefusal(error)) throw error
    const half = Math.ceil(steps.length / 2)
    if (steps.length === 1 || staged.refused.length >= MOST_REFUSALS) {
      staged.refused.push(...steps.map(step => ({ step, error })))
      return
    }
    await add(listenerId, steps.slice(0, half), staged, api)
    await add(listenerId, steps.slice(half), staged, api)
  }
}

async function unlessRefused (step: Step, staged: Staged, edit: () => Promise<void>): Promise<void> {
  try {
    await edit()
  } catch (error) {
    if (!isRefusal(error)) throw error
    staged.refused.push({ step, error })
  }
}

function place ({ name, resourceId, port }: NewBackend | Backend): string {
  return `${name} at ${resourceId}:${port}`
}
