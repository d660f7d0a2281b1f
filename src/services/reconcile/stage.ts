import type { Log } from '../log.js'
import { splitForCall } from '../qingcloud/add-call.js'
import type { Budget } from '../qingcloud/budget.js'
import { ChangeIgnored, QingCloudRefused, QingCloudUnreachable, isGone, isTryLater } from '../qingcloud/errors.js'
import type { BackendChange, LoadBalancers, NewBackend } from '../qingcloud/load-balancers.js'
import type { Backend } from '../qingcloud/rows.js'
import { chunksOf, inBatches, inHalves, partsOf, type DoubtOf, type Refused } from './batches.js'
import { brings, type Step } from './plan.js'

const REMOVALS_A_CALL = 100

export interface Staged {
  /** With the ids that QingCloud's answers tell without doubt. */
  added: { backend: NewBackend, id: string | null }[]
  modified: { backend: Backend, change: BackendChange }[]
  removed: Backend[]
  refused: Refused[]
  /** What QingCloud could not cope with, by its own word: it may have been made all the same. */
  doubted: Step[]
}

export function nothingStaged (): Staged {
  return { added: [], modified: [], removed: [], refused: [], doubted: [] }
}

export interface StageOptions {
  api: LoadBalancers
  doubtOf: DoubtOf
  budget: Pick<Budget, 'allows'>
  log: Log
}

/**
 * Carries out a listener's steps one call after the other: adds, modifications, drains, removals. Fills `staged` as it
 * goes, so that what was done is known even when it rejects: with the first error that is no plain no to one backend.
 * Where that is an answer all the same, what does not need those steps is still done: a backend that QingCloud cannot
 * cope with keeps no dead one in, and no other out. Leaves out what there is no call for: it is planned anew instead,
 * as things may change.
 */
export async function stage (
  listenerId: string, steps: readonly Step[], staged: Staged, options: StageOptions
): Promise<void> {
  let trouble: QingCloudRefused | null = null
  for (const some of [addAll, modifyAll, remove]) {
    try {
      await some(listenerId, steps, staged, options)
    } catch (error) {
      if (!(error instanceof QingCloudRefused)) throw error
      trouble ??= error // what may have been made counts for more than that something is busy
      if (isTryLater(error)) break
    }
  }
  if (trouble !== null) throw trouble
}

async function addAll (
  listenerId: string, steps: readonly Step[], staged: Staged, { api, doubtOf, budget, log }: StageOptions
): Promise<void> {
  const batches = partsOf(steps.filter(step => step.do === 'add'), doubtOf).flatMap(batchesOf)
  try {
    await inBatches(batches, async (some) => {
      if (!budget.allows('addition')) return
      const before = staged.added.length
      await inHalves(some, staged, doubtOf, async (half) => {
        const id = await api.add(listenerId, half.map(({ backend }) => backend))
        staged.added.push(...half.map(({ backend }) => ({ backend, id })))
      })
      if (some[0]?.backend.disabled !== true || staged.added.length === before) return
      const id = staged.added.at(-1)?.id ?? null
      if (id === null) throw new QingCloudUnreachable('AddLoadBalancerBackends', 'an answer without the backend\'s id')
      await api.modify(id, { disabled: true })
    })
  } finally {
    const places = staged.added.map(({ backend }) => placeOf(backend))
    if (places.length > 0) log.info({ listenerId, backends: places }, 'backends added')
  }
}

async function modifyAll (
  listenerId: string, steps: readonly Step[], staged: Staged, { api, doubtOf, budget, log }: StageOptions
): Promise<void> {
  const changes = steps.filter(step => step.do === 'modify' || step.do === 'drain')
  const oneByOne = partsOf(changes, doubtOf).flat().map(step => [step])
  await inBatches(oneByOne, async (some) => {
    await inHalves(some, staged, doubtOf, async ([step]) => {
      if (step === undefined || !budget.allows(step.do === 'drain' ? 'removal' : 'addition')) return
      const change: BackendChange = step.do === 'drain' ? { disabled: true } : step.change
      await api.modify(step.backend.id, change, step.do === 'drain' ? 'removal' : 'addition')
      staged.modified.push({ backend: step.backend, change })
      log.info({ listenerId, backend: placeOf(step.backend), change }, step.do === 'drain' ? 'backend drains' : 'backend modified')
    })
  })
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

async function remove (
  listenerId: string, steps: readonly Step[], staged: Staged, { api, doubtOf, budget, log }: StageOptions
): Promise<void> {
  // What was to replace them is not there: only what Marathon explains goes all the same.
  const enabled = staged.modified.filter(({ change }) => change.disabled === false)
  const isShort = staged.added.length + enabled.length < steps.filter(brings).length
  const removals = steps.filter(step => step.do === 'remove').filter(({ explained }) => explained || !isShort)
  const batches = partsOf(removals, doubtOf).flatMap(some => chunksOf(some, REMOVALS_A_CALL))
  await inBatches(batches, async (batch) => {
    if (!budget.allows('removal')) return
    await inHalves(batch, staged, doubtOf, async (some) => {
      const backends = some.map(({ backend }) => backend)
      await removeAll(backends, api)
      staged.removed.push(...backends)
      log.info({ listenerId, backends: backends.map(placeOf) }, 'backends removed')
    })
  })
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

function placeOf ({ name, resourceId, port }: NewBackend | Backend): string {
  return `${name} at ${resourceId}:${port}`
}
