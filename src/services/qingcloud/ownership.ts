/** A backend's name as this connector gives it, and as the 2015 connector gave it: `<app_id>$<task_id>`. */
export function backendName (appId: string, taskId: string): string {
  return `${appId}$${taskId}`
}

export interface Owner {
  appId: string
  taskId: string
}

const OWNED = /^(\/[a-z0-9./-]+)\$(\S+)$/

/** The app and task a backend was made for, or null: a backend of any other name is foreign and never changed. */
export function ownerOf (name: string): Owner | null {
  const [, appId, taskId] = OWNED.exec(name) ?? []
  return appId === undefined || taskId === undefined ? null : { appId, taskId }
}
