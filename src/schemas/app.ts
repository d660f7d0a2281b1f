import { Type, type Static } from 'typebox'

const Count = Type.Integer({ minimum: 0 })

/** Whose definition is meant. */
export const NameSchema = Type.Object({
  name: Type.String({ description: 'a definition\'s name: that of its file without `.json`, or the one it was PUT under' })
})

/** A definition as /apps shows it: as it was written, and how it fares. */
export const AppSchema = Type.Object({
  name: Type.String(),
  source: Type.Enum(['file', 'label', 'admin'], { description: 'where it is written: in APPS_DIR, in the app\'s labels, by PUT' }),
  state: Type.Enum(['ok', 'waiting', 'blocked', 'error', 'overruled', 'leaving'], {
    description: 'waiting: Marathon or QingCloud was not read yet; blocked: some of its tasks cannot get where they ' +
      'belong, since QingCloud has no room for them or refuses them, or nobody can tell where they run; overruled: ' +
      'another definition stands instead; leaving: it is gone and its backends are being taken out'
  }),
  error: nullable('what is wrong, with file, field and reason, or what stands in the way'),
  note: nullable('what overrules it or is overruled by it, and what it waits for, in words'),
  definition: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
    description: 'as it is written; null where that cannot be read'
  }),
  tasks: Type.Object({ in: Count, out: Count, unknown: Count }),
  backends: Type.Object({ staged: Count, live: Count })
}, { description: 'a definition and how it fares' })

export interface AppReport extends Static<typeof AppSchema> {}

/** One task as one definition sees it. */
export const TaskReportSchema = Type.Object({
  taskId: Type.String(),
  state: Type.Enum(['in', 'out', 'unknown', 'gone'], {
    description: 'whether it belongs in the listener; unknown keeps what was decided before; gone: Marathon lists it no more'
  }),
  why: Type.String({ description: 'why it is in or out, in words' }),
  backend: Type.Union([Type.Object({ resourceId: Type.String(), port: Type.Integer() }), Type.Null()]),
  staged: Type.Boolean({ description: 'QingCloud has a backend for it' }),
  live: Type.Boolean({ description: 'that backend is applied and gets traffic' }),
  next: Type.String({ description: 'what happens to it now, in words' })
})

export interface TaskReport extends Static<typeof TaskReportSchema> {}

function nullable (description: string) {
  return Type.Union([Type.String(), Type.Null()], { description })
}
