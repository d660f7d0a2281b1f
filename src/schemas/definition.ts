import { Type, type Static } from 'typebox'

/** A hundred ids have to fit in one query: what is no id must not keep QingCloud from being asked about the others. */
const id = (description: string, pattern = '^[A-Za-z0-9_-]{1,40}$') => Type.String({ pattern, description })
const Vxnet = id('a vxnet, or a router for all of its vxnets')
/** No part is `.` or `..`: in a path that would be another app. */
const APP_ID = '^(/(?!\\.{1,2}(/|$))[a-z0-9.-]+)+$'

/** Which port of which app feeds which listener: what `apps/<name>.json` holds. The 2015 format is valid as it is. */
export const DefinitionSchema = Type.Object({
  app_id: Type.String({ pattern: APP_ID, maxLength: 1_000, description: 'Marathon app id with its leading slash' }),
  listener_id: id('QingCloud listener that gets the app\'s tasks'),
  load_balancer_id: Type.Optional(id('checked against the listener\'s own')),
  vxnet_id: Type.Optional(Type.Union([Vxnet, Type.Array(Vxnet, { minItems: 1, maxItems: 100 })],
    { description: 'where the agents\' instances are looked up; absent: in the whole account' })),
  policy_id: Type.Optional(id('listener policy of the backends; empty: none', '^[A-Za-z0-9_-]{0,40}$')),
  weight: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, default: 1 })),
  port_index: Type.Optional(Type.Integer({ minimum: 0, description: 'which port of the app, by number; absent: its first' })),
  port_name: Type.Optional(Type.String({ minLength: 1, description: 'which port of the app, by name; not with port_index' })),
  in_service: Type.Optional(Type.Enum(['healthy', 'running'], {
    default: 'healthy', description: 'healthy: Marathon\'s health checks decide; running: a task is in while it runs'
  })),
  drain_seconds: Type.Optional(Type.Integer({
    minimum: 0, maximum: 86_400, default: 0, description: 'how long a leaving backend is disabled before it is deleted'
  }))
}, { additionalProperties: false, description: 'one definition: which port of which app feeds which listener' })

export interface DefinitionFields extends Static<typeof DefinitionSchema> {}
