import type { Log } from '../log.js'
import { splitForCall } from '../qingcloud/add-call.js'
import type { Budget } from '../qingcloud/budget.js'
import {
  ChangeIgnored, QingCloudRefused, QingCloudUnreachable, isGone, isRefusal, isTryLater, isWrongParameter
} from '../qingcloud/errors.js'
import type { BackendChange, LoadBalancers, NewBackend } from '../qingcloud/load-balancers.js'
import type { Backend } from '../qingcloud/rows.js'
import { brings, type Step } from './plan.js'

/** A refused batch is cut in half to find the backend that is wrong; no more refusals than this for one listener. */
const MOST_REFUSALS = 12
const REMOVALS_A_CALL = 100

export interface Staged {
  /** With the ids that QingCloud's answers tell without doubt. */
  added: { backend: NewBackend, id: string | null }[]
  modified: { backend: Backend, change: BackendChange }[]
  removed: Backend[]
  /** What QingCloud said no to, and whether to this one by itself; everything else went through. */
  refused: { step: Step, error: Error, isSure: boolean }[]
}

export interface StageOptions {
  api: LoadBalancers
  budget: Pick<Budget, 'allows'>
  log: Log
}

/**
 * Carries out a listener's steps one call after the other: adds, modifications, drains, removals. Fills `staged` as it
 * goes, so that what was done is known even when it rejects: with the first error that is no plain no to one backend.
 * Where that is an answer all the same, what does not need those steps is still done: a backend that QingCloud cannot
 * cope with keeps no dead one in. Ends early where calls run short: a step that has to wait for its call is planned
 * anew instead, as things may change.
 */
export async function stage (
  listenerId: string, steps: readonly Step[], staged: Staged, options: StageOptions
): Promise<void> {
  let trouble: QingCloudRefused | null = null
  for (const some of [addAll, modifyAll, remove]) {
    try {
      await some(listenerId, steps, staged, options)
    } catch (error) {
      if (!(error instanceof QingCloudRefused) || isTryLater(error)) throw error
      trouble ??= error
    }
  }
  if (trouble !== null) throw trouble
}

async function addAll (
  listenerId: string, steps: readonly Step[], staged: Staged, { api, budget, log }: StageOptions
): Promise<void> {
  try {
    for (const some of batchesOf(steps.filter(step => step.do === 'add'))) {
      if (!budget.allows('addition')) break
      const before = staged.added.length
      await add(listenerId, some, staged, api)
      if (some[0]?.backend.disabled !== true || staged.added.length === before) continue
      const id = staged.added.at(-1)?.id ?? null
      if (id === null) throw new QingCloudUnreachable('AddLoadBalancerBackends', 'an answer without the backend\'s id')
      await api.modify(id, { disabled: true })
    }
  } finally {
    const places = staged.added.map(({ backend }) => placeOf(backend))
    if (places.length > 0) log.info({ listenerId, backends: places }, 'backends added')
  }
}

async function modifyAll (
  listenerId: string, steps: readonly Step[], staged: Staged, { api, budget, log }: StageOptions
): Promise<void> {
  for (const step of steps) {
    if (step.do !== 'modify' && step.do !== 'drain') continue
    if (!budget.allows(step.do === 'drain' ? 'removal' : 'addition')) continue
    const change: BackendChange = step.do === 'drain' ? { disabled: true } : step.change
    await unlessRefused(step, staged, async () => {
      await api.modify(step.backend.id, change, step.do === 'drain' ? 'removal' : 'addition')
      staged.modified.push({ backend: step.backend, change })
      log.info({ listenerId, backend: placeOf(step.backend), change }, step.do === 'drain' ? 'backend drains' : 'backend modified')
    })
  }
  await findIgnored(steps, staged, api)
}

/** Nobody documents that an empty policy takes it off. Where it stays, what we hold must not say that it is gone. */
async function findIgnored (steps: readonly Step[], staged: Staged, api: LoadBalancers): Promise<void> {
  const cleared = staged.modified.filter(({ change }) => change.policyId === null)
  if (cleared.length === 0) return
  const kept = new Set(await api.withPolicy(cleared.map(({ backend }) => backend.id)))
  for (const modified of cleared.filter(({ backend }) => kept.has(backend.id))) {
    const { policyId, ...rest } = modified.change
    modified.change = rest
    const error = new ChangeIgnored(`QingCloud does not take policy ${modified.backend.policyId ?? policyId ?? ''} off`)
    const step = steps.find(step => step.backend === modified.backend)
    if (step !== undefined) staged.refused.push({ step, error, isSure: true })
  }
}

type Add = Extract<Step, { do: 'add' }>

/** A backend that is to be disabled needs its id for that, which only an answer about it alone tells for certain. */
function batchesOf (adds: Add[]): Add[][] {
  const together = adds.filter(({ backend }) => !backend.disabled)
  const batches = splitForCall(together.map(({ backend }) => backend))
    .map(backends => together.filter(({ backend }) => backends.includes(backend)))
  return [...batches, ...adds.filter(({ backend }) => backend.disabled).map(step => [step])]
}

async function add (listenerId: string, steps: Add[], staged: Staged, api: LoadBalancers): Promise<void> {
  await inHalves(steps, staged, async (some) => {
    const id = await api.add(listenerId, some.map(({ backend }) => backend))
    staged.added.push(...some.map(({ backend }) => ({ backend, id })))
  })
}

/** All in one call; when QingCloud refuses that, half by half, so that one bad backend does not hold up the others. */
async function inHalves<S extends Step> (
  steps: S[], staged: Staged, call: (steps: S[]) => Promise<void>
): Promise<void> {
  try {
    await call(steps)
  } catch (error) {
    if (!isRefusal(error)) throw error
    const half = Math.ceil(steps.length / 2)
    const isHopeless = isWrongParameter(error) && steps.every(({ backend }) => backend.weight === 0)
    if (steps.length === 1 || isHopeless || staged.refused.length >= MOST_REFUSALS) {
      staged.refused.push(...steps.map(step => ({ step, error, isSure: steps.length === 1 })))
      return
    }
    await inHalves(steps.slice(0, half), staged, call)
    await inHalves(steps.slice(half), staged, call)
  }
}

async function remove (
  listenerId: string, steps: readonly Step[], staged: Staged, { api, budget, log }: StageOptions
): Promise<void> {
  // What was to replace them is not there: only what Marathon explains goes all the same.
  const enabled = staged.modified.filter(({ change }) => change.disabled === false)
  const isShort = staged.added.length + enabled.length < steps.filter(brings).length
  const removals = steps.filter(step => step.do === 'remove').filter(({ explained }) => explained || !isShort)
  for (let from = 0; from < removals.length && budget.allows('removal'); from += REMOVALS_A_CALL) {
    await inHalves(removals.slice(from, from + REMOVALS_A_CALL), staged, async (some) => {
      const backends = some.map(({ backend }) => backend)
      await removeAll(backends, api)
      staged.removed.push(...backends)
      log.info({ listenerId, backends: backends.map(placeOf) }, 'backends removed')
    })
  }
}

/** One that does not exist, as QingCloud says, may have gone by somebody else's hand: what is there is read again. */
async function removeAll (backends: Backend[], api: LoadBalancers): Promise<void> {
  try {
    await api.remove(backends.map(({ id }) => id))
  } catch (error) {
    if (backends.length > 1 || !isGone(error)) throw error
    throw new QingCloudUnreachable('DeleteLoadBalancerBackends', 'a backend that does not exist')
  }
}

async function unlessRefused (step: Step, staged: Staged, edit: () => Promise<void>): Promise<void> {
  try {
    await edit()
  } catch (error) {
    if (!isRefusal(error)) throw error
    staged.refused.push({ step, error, isSure: true })
  }
}

function placeOf ({ name, resourceId, port }: NewBackend | Backend): string {
  return `${name} at ${resourceId}:${port}`
}
