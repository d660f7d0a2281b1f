import { Compile } from 'typebox/compile'
import { Type } from 'typebox'
import type { Clock } from '../clock.js'
import type { QingCloudClient, Row } from './client.js'
import { isRefusal } from './errors.js'

/** A host nobody knows is looked for again after this long at the earliest: a look costs a call per 100 instances. */
const LOOK_AGAIN_MS = 60_000

const ROWS = { set: 'instance_set', id: 'instance_id' }

const InstanceRow = Compile(Type.Object({
  instance_id: Type.String(),
  instance_name: Type.Optional(Type.Union([Type.String(), Type.Null()]))
}))

/** Where a host's instances are looked up: vxnet ids, or null for the whole account. */
export type Scope = readonly string[] | null

/** The instance behind a host, or why there is none. */
export type Place = { resourceId: string } | { problem: string }

export interface Inventory {
  /** What is known now, without a call. */
  placeOf: (host: string, scope: Scope) => Place
  /** Looks up what is not known yet: nothing to do costs nothing. Rejects when QingCloud gives no answer. */
  lookUp: (hosts: Iterable<string>, scope: Scope) => Promise<void>
  /** Forgets everything: an instance we knew turned out not to exist. */
  forget: () => void
  /** What is known may be old by now: the next lookup reads it again, and it stands until then. */
  expire: () => void
}

interface Directory {
  /** Instance ids by private IP and by instance name; more than one id means nobody can tell. */
  ids: Map<string, Set<string>>
  readAt: number
  expired: boolean
}

/** Finds the instance a host's name or address belongs to; one lookup serves everybody who waits for it. */
export function createInventory (client: QingCloudClient, clock: Clock): Inventory {
  const directories = new Map<string, Directory>()
  const reading = new Map<string, Promise<void>>()

  async function read (key: string, vxnetId: string | null): Promise<void> {
    const directory: Directory = { ids: new Map(), readAt: clock.now(), expired: false }
    for (const row of await existing(vxnetId)) {
      for (const name of namesOf(row)) {
        directory.ids.set(name, (directory.ids.get(name) ?? new Set()).add(String(row['instance_id'])))
      }
    }
    directories.set(key, directory)
  }

  /** A vxnet that QingCloud refuses to show has no instances for us: its hosts say so, all others go on. */
  async function existing (vxnetId: string | null): Promise<Row[]> {
    try {
      return await rowsOf(client, vxnetId)
    } catch (error) {
      if (isRefusal(error)) return []
      throw error
    }
  }

  /** One lookup at a time for each vxnet, and none soon after the last. */
  async function refresh (vxnetId: string | null): Promise<void> {
    const key = vxnetId ?? ''
    const last = directories.get(key)
    if (last !== undefined && !last.expired && clock.now() - last.readAt < LOOK_AGAIN_MS) return
    const running = reading.get(key) ?? read(key, vxnetId).finally(() => { reading.delete(key) })
    reading.set(key, running)
    await running
  }

  function placeOf (host: string, scope: Scope): Place {
    const ids = new Set<string>()
    for (const vxnetId of scope ?? ['']) {
      for (const id of directories.get(vxnetId)?.ids.get(host) ?? []) ids.add(id)
    }
    const where = scope === null ? 'this zone' : scope.join(', ')
    const [resourceId] = ids
    if (resourceId === undefined) return { problem: `no instance in ${where} has the address or name ${host}` }
    if (ids.size > 1) return { problem: `${[...ids].sort().join(' and ')} in ${where} both have the address or name ${host}` }
    return { resourceId }
  }

  return {
    placeOf,
    async lookUp (hosts, scope) {
      const isOld = (scope ?? ['']).some(vxnetId => directories.get(vxnetId)?.expired === true)
      for (const host of hosts) {
        if (!isOld && 'resourceId' in placeOf(host, scope)) continue
        await Promise.all((scope ?? [null]).map(refresh))
        return
      }
    },
    forget () { directories.clear() },
    expire () { for (const directory of directories.values()) directory.expired = true }
  }
}

async function rowsOf (client: QingCloudClient, vxnetId: string | null): Promise<Row[]> {
  const rows = vxnetId === null
    ? await client.list('DescribeInstances', { status: ['running', 'stopped'] }, ROWS, 'addition')
    : await client.list('DescribeVxnetInstances', { vxnet: vxnetId }, ROWS, 'addition')
  return rows.filter(row => InstanceRow.Check(row))
}

/** DescribeInstances nests addresses in `vxnets`, DescribeVxnetInstances is flat. Booting instances have none yet. */
function namesOf (row: Row): Set<string> {
  const nested = Array.isArray(row['vxnets']) ? row['vxnets'] as { private_ip?: unknown }[] : []
  const names = [row['instance_name'], row['private_ip'], ...nested.map(vxnet => vxnet.private_ip)]
  return new Set(names.filter((name): name is string => typeof name === 'string' && name !== ''))
}
