import { Type } from 'typebox'

/** The one shape of failure. */
export const ProblemSchema = Type.Object({
  statusCode: Type.Integer(),
  code: Type.String(),
  error: Type.String(),
  message: Type.String({ description: 'what happened and what to do' })
})
