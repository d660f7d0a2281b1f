import { Type } from 'typebox'
import { AppSchema } from './app.js'
import { BalancerPlanSchema } from './plan.js'

const Nullable = Type.Union([Type.String(), Type.Null()])
const Moment = Type.Union([Type.String({ description: 'ISO 8601' }), Type.Null()])

/** Everything an operator may ask, in one answer. */
export const StatusSchema = Type.Object({
  version: Type.String(),
  startedAt: Moment,
  converged: Type.Boolean(),
  dryRun: Type.Boolean(),
  marathon: Type.Object({ url: Type.String(), readAt: Moment, trouble: Nullable }),
  events: Type.Object({
    source: Type.Union([Type.Enum(['callback', 'sse']), Type.Null()]),
    connected: Type.Boolean(),
    lastEventAt: Moment,
    trouble: Nullable
  }),
  qingcloud: Type.Object({
    zone: Type.String(),
    trouble: Nullable,
    budget: Type.Object({ perHour: Type.Integer(), left: Type.Integer(), refilledAt: Moment }),
    driftSeconds: Type.Integer({ description: 'how often all load balancers are looked at' }),
    driftCalls: Type.Integer({ description: 'calls that takes' }),
    calls: Type.Record(Type.String(), Type.Object({ calls: Type.Integer(), failed: Type.Integer() }))
  }),
  apps: Type.Array(AppSchema),
  loadBalancers: Type.Array(BalancerPlanSchema)
}, { description: 'the whole state' })
