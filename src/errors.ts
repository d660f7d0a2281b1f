import createError from '@fastify/error'

/** What the connector's own routes can answer beside success. Each message says what to do. */
export const AppNotFound = createError<[string]>(
  'QMC_APP_NOT_FOUND', 'No definition is named "%s": GET /apps lists those that exist', 404)
export const TaskNotFound = createError<[string]>(
  'QMC_TASK_NOT_FOUND', 'No app that a definition names has a task "%s": GET /apps lists the apps', 404)
export const ListenerNotFound = createError<[string]>(
  'QMC_LISTENER_NOT_FOUND', 'No definition feeds a listener "%s": GET /plan lists those that exist', 404)
export const AdminLocked = createError(
  'QMC_ADMIN_LOCKED', 'Changing routes are locked: set ADMIN_PASSWORD to open them', 403)
export const AdminUnknown = createError(
  'QMC_ADMIN_UNKNOWN', 'The name or the password is wrong: they are ADMIN_USERNAME and ADMIN_PASSWORD', 401)
export const NotAnEvent = createError<[string]>(
  'QMC_NOT_AN_EVENT', 'This is no Marathon event: %s', 400)
export const Internal = createError(
  'QMC_INTERNAL', 'The connector failed at this request: its log says why', 500)
export const CallbackForbidden = createError(
  'QMC_CALLBACK_FORBIDDEN', 'Events come in under /events/<CALLBACK_TOKEN> here: this request does not carry the token', 403)
