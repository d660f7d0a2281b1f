import type { EventFault, RequestFailure } from '../../../sandbox/marathon/faults.js'
import { at } from '../random.js'
import { anyApp, anyTask, int, type Act, type Acts, type Stage } from './act.js'

const PATHS = ['/v2/apps*', '/v2/apps', '/v2/info', '/v2/events', '/v2/eventSubscriptions', '*']
const EVENTS = ['*', 'status_update_event', 'health_status_changed_event', 'deployment_*', 'instance_*', 'subscribe_event']

const failing = (name: string, failureOf: (draw: number) => RequestFailure): Act => (stage, [a, b, c]) => {
  const path = at(PATHS, a) ?? '*'
  const times = int(b, 1, 4)
  stage.cluster.requestFaults.add({ on: 'request', path, times, failure: failureOf(c) })
  return `${name} ${times} times at ${path}`
}

const befalling = (failureOf: (draw: number) => EventFault['failure']): Act => (stage, [a, b, c]) => {
  const eventType = at(EVENTS, a) ?? '*'
  const times = int(b, 1, 12)
  const failure = failureOf(c)
  stage.cluster.marathon.faults.add({ on: 'event', eventType, times, failure })
  stage.trace.fault(`events: ${typeof failure === 'string' ? failure : 'late'}`, times)
  return `${times} of ${eventType}`
}

const streams = (failure: 'silence' | 'close', mostMs: number): Act => (stage, [a]) => {
  const end = stage.cluster.marathon.faults.add({ on: 'streams', failure })
  stage.clock.after(int(a, 1_000, mostMs), end)
  stage.trace.fault(`streams: ${failure}`)
  return `for ${int(a, 1_000, mostMs)} ms`
}

/** A list that says less than the truth, once. */
const lying = (failure: RequestFailure): Act => (stage) => {
  stage.cluster.requestFaults.add({ on: 'request', path: '/v2/apps', times: 1, failure })
  return 'once'
}

/** Everything that can go wrong between Marathon and the connector. */
export const marathonFaultActs: Acts = {
  'marathon refuses': [3, failing('HTTP error', (draw) => draw < 0.7
    ? { status: at([500, 502, 503, 504], draw / 0.7) ?? 500 }
    : draw < 0.85 ? { status: 404, html: '<html><body>does not exist</body></html>' } : { status: 401, html: '<html/>' })],
  'marathon cuts': [2, failing('drop', (draw) => ({ drop: draw < 0.5 ? 'before' : 'after' }))],
  'marathon is slow': [2, failing('delay', (draw) => ({ delayMs: int(draw, 500, 70_000) }))],
  'marathon answers half': [2, failing('cut', (draw) => ({ cut: draw < 0.5 ? true : int(draw, 0, 300) }))],
  'no apps listed': [1, lying({ emptyApps: true })],
  'half the tasks listed': [1, lying({ halfTasks: true })],
  'events lost': [4, befalling(() => 'drop')],
  'events twice': [2, befalling(() => 'duplicate')],
  'events out of order': [2, befalling(() => 'reorder')],
  'events late': [2, befalling((draw) => ({ delayMs: int(draw, 100, 60_000) }))],
  'forged events': [3, (stage, [a, b, c]) => {
    const { id: appId } = anyApp(stage, a)
    const taskId = anyTask(stage, b) ?? 'nobody.1'
    const forged = at([
      { eventType: 'status_update_event', appId, taskId, taskStatus: 'TASK_KILLED', host: 'agent-1', ports: [31_000] },
      { eventType: 'status_update_event', appId, taskId: 'sim.forged', taskStatus: 'TASK_RUNNING', host: 'agent-1', ports: [31_001] },
      { eventType: 'health_status_changed_event', appId, taskId, instanceId: taskId, alive: false },
      { eventType: 'app_terminated_event', appId },
      { eventType: 'group_change_success', groupId: '/' }
    ], c)
    if (forged === undefined) return undefined
    stage.cluster.marathon.emit(forged)
    stage.trace.fault('events: forged')
    return `${forged.eventType} of ${appId}`
  }],
  'garbage posted': [1, (stage, [a]) => {
    const body = at(['', '{', '[]', '{"eventType":5}', '{"eventType":"status_update_event","appId":7}', 'null'], a) ?? ''
    stage.trace.fault('events: garbage')
    return `${body} answered ${String(stage.process.post(body))}`
  }],
  'stream silent': [2, streams('silence', 120_000)],
  'streams closed at once': [1, streams('close', 30_000)],
  'callbacks removed': [2, async (stage: Stage) => {
    const urls = stage.cluster.marathon.subscriptions()
    for (const url of urls) await stage.cluster.ask('DELETE', `/v2/eventSubscriptions?callbackUrl=${encodeURIComponent(url)}`)
    if (urls.length > 0) stage.trace.fault('callback removed')
    return urls.length > 0 ? urls.length.toString() : undefined
  }],
  'standby without leader': [1, (stage, [a]) => {
    if (!stage.setting.standby) return undefined
    stage.network.loseStandby(true)
    stage.clock.after(int(a, 1_000, 90_000), () => { stage.network.loseStandby(false) })
    stage.trace.fault('standby without leader')
    return `for ${int(a, 1_000, 90_000)} ms`
  }]
}
