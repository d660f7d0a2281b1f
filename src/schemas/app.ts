import { Type, type Static } from 'typebox'

const Count = Type.Integer({ minimum: 0 })

/** A definition as /apps shows it: as it was written, and how it fares. */
export const AppSchema = Type.Object({
  name: Type.String(),
  source: Type.Enum(['file', 'label', 'admin']),
  state: Type.Enum(['ok', 'waiting', 'error'], { description: 'waiting: Marathon or QingCloud was not read yet' }),
  error: Type.Union([Type.String(), Type.Null()]),
  definition: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
  tasks: Type.Object({ in: Count, out: Count, unknown: Count }),
  backends: Type.Object({ staged: Count, live: Count })
})

export interface AppReport extends Static<typeof AppSchema> {}
