import { Type, type Static } from 'typebox'

const Nullable = Type.Union([Type.String(), Type.Null()])

export const StepSchema = Type.Object({
  do: Type.Enum(['add', 'modify', 'drain', 'remove'], { description: 'drain: disabled, to be removed later' }),
  backend: Type.String({ description: '<app_id>$<task_id>' }),
  resourceId: Type.String(),
  port: Type.Integer(),
  change: Type.Optional(Type.Object({
    name: Type.Optional(Type.String()),
    weight: Type.Optional(Type.Integer()),
    policyId: Type.Optional(Nullable),
    disabled: Type.Optional(Type.Boolean())
  })),
  why: Type.String()
})

export interface PlannedStep extends Static<typeof StepSchema> {}

const ObstacleSchema = Type.Object({
  backend: Type.String(),
  definition: Type.Union([Type.String(), Type.Null()], { description: 'whose task it is; null for a backend that leaves' }),
  why: Type.String()
})

const HeldSchema = Type.Object({
  backend: Type.String(),
  resourceId: Type.String(),
  port: Type.Integer(),
  why: Type.String(),
  since: Type.Union([Type.String({ description: 'ISO 8601' }), Type.Null()])
})

export const ListenerPlanSchema = Type.Object({
  id: Type.String(),
  protocol: Type.String(),
  port: Type.Integer(),
  definitions: Type.Array(Type.String()),
  steps: Type.Array(StepSchema, { description: 'what would be done now, in this order' }),
  waiting: Type.Array(StepSchema, { description: 'removals that wait until what replaces them is live, or until their connections had their time' }),
  held: Type.Array(HeldSchema, { description: 'removals that Marathon does not explain, until a second look agrees' }),
  blocked: Type.Array(ObstacleSchema, { description: 'tasks that belong here and cannot get here' })
})

export interface ListenerPlan extends Static<typeof ListenerPlanSchema> {}

export const BalancerPlanSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  status: Type.String({ description: 'QingCloud\'s word, or unread' }),
  applied: Type.Boolean({ description: 'everything staged is live' }),
  phase: Type.Enum(['idle', 'reading', 'waiting', 'staging', 'applying']),
  trouble: Nullable,
  listeners: Type.Array(ListenerPlanSchema)
})

export interface BalancerPlan extends Static<typeof BalancerPlanSchema> {}

export const PlanSchema = Type.Object({
  converged: Type.Boolean({ description: 'staged is what is wanted on every defined listener, and all of it is live' }),
  dryRun: Type.Boolean(),
  loadBalancers: Type.Array(BalancerPlanSchema)
}, { description: 'the plan; asking for it changes nothing' })
