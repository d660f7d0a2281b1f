import type { RequestFailure } from '../../../sandbox/marathon/faults.js'
import { at } from '../random.js'
import { anyApp, int, type Acts, type Stage } from './act.js'

/** What others than Marathon say under 404, or Marathon of something else. */
const NOT_ABOUT_IT = [
  'Host \'marathon.test\' does not exist', 'App \'/other\' does not exist', 'Group \'/sim\' does not exist',
  'Task \'sim_app-1.1\' does not exist', 'the requested resource does not exist'
]

/** Answers about a single app that a proxy got wrong, at any time. */
export const marathonMixUpActs: Acts = {
  'another app answered': [1, (stage, [a, b, c]) => {
    const [{ id }, { id: other }] = [anyApp(stage, a), anyApp(stage, b)]
    if (id === other) return undefined
    return lie(stage, id, { mixedUpWith: `/v2/apps${other}` }, int(c, 1, 3))
  }],
  'something else does not exist': [1, (stage, [a, b, c]) => {
    const message = at(NOT_ABOUT_IT, b) ?? ''
    return lie(stage, anyApp(stage, a).id, { status: 404, json: { message } }, int(c, 1, 3))
  }]
}

function lie (stage: Stage, id: string, failure: RequestFailure, times: number): string {
  stage.cluster.requestFaults.add({ on: 'request', path: `/v2/apps${id}`, times, failure })
  return `${times} times of ${id}: ${JSON.stringify(failure)}`
}
