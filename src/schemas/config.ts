import { Type, type Static } from 'typebox'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** The connector's environment, as README's table has it. Secrets may also come as `<NAME>_FILE`. */
export const ConfigSchema = Type.Object({
  LISTEN_HOST: Type.String({ default: '0.0.0.0' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 5_000 }),
  MARATHON_URL: Type.String({ default: 'http://localhost:8080' }),
  MARATHON_USERNAME: Type.Optional(Type.String()),
  MARATHON_PASSWORD: Type.Optional(Type.String()),
  MARATHON_TOKEN: Type.Optional(Type.String()),
  EVENT_SOURCE: Type.Enum(['auto', 'callback', 'sse'], { default: 'auto' }),
  CALLBACK_URL: Type.Optional(Type.String()),
  CALLBACK_TOKEN: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._~-]+$' })),
  QY_ZONE_ID: Type.String(),
  QY_ACCESS_KEY_ID: Type.String(),
  QY_SECRET_ACCESS_KEY: Type.String(),
  QY_API_URL: Type.String({ default: 'https://api.qingcloud.com/iaas/' }),
  QY_CALLS_PER_HOUR: Type.Integer({ minimum: 1, default: 2_000 }),
  APPS_DIR: Type.String({ default: './apps' }),
  LABELS_ALLOWED_LISTENERS: Type.Optional(Type.String()),
  RESYNC_SECONDS: Type.Integer({ minimum: 1, maximum: 86_400, default: 60 }),
  DRIFT_SECONDS: Type.Integer({ minimum: 1, maximum: 86_400, default: 600 }),
  ADMIN_USERNAME: Type.String({ default: 'admin' }),
  ADMIN_PASSWORD: Type.Optional(Type.String()),
  DRY_RUN: Type.Boolean({ default: false }),
  LOG_LEVEL: Type.Enum(LOG_LEVELS, { default: 'info' }),
  /** Mesos's name for the agent we run on, and the first port Marathon gave us there: the default callback URL. */
  HOST: Type.Optional(Type.String()),
  PORT0: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 }))
})

export interface Config extends Static<typeof ConfigSchema> {}

/** Variables that hold a secret: none of them is ever shown, each may be given as a file. */
export const SECRETS = [
  'MARATHON_PASSWORD', 'MARATHON_TOKEN', 'CALLBACK_TOKEN', 'QY_ACCESS_KEY_ID', 'QY_SECRET_ACCESS_KEY', 'ADMIN_PASSWORD'
] as const
