import { Type, type Static } from 'typebox'

const Count = Type.Integer({ minimum: 0 })

/** A definition as /apps shows it: as it was written, and how it fares. */
export const AppSchema = Type.Object({
  name: Type.String(),
  source: Type.Enum(['file', 'label', 'admin'], { description: 'where it is written: in APPS_DIR, in the app\'s labels, by PUT' }),
  state: Type.Enum(['ok', 'waiting', 'error', 'overruled', 'leaving'], {
    description: 'waiting: Marathon or QingCloud was not read yet; overruled: another definition stands instead; ' +
      'leaving: it is gone and its backends are being taken out'
  }),
  error: nullable('what is wrong, with file, field and reason'),
  note: nullable('what overrules it or is overruled by it, and what it waits for, in words'),
  definition: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
    description: 'as it is written; null where that cannot be read'
  }),
  tasks: Type.Object({ in: Count, out: Count, unknown: Count }),
  backends: Type.Object({ staged: Count, live: Count })
})

export interface AppReport extends Static<typeof AppSchema> {}

function nullable (description: string) {
  return Type.Union([Type.String(), Type.Null()], { description })
}
