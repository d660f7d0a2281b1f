import type { Action } from '../world.js'
import { accountActions } from './account.js'
import { backendActions } from './backends.js'
import { balancerActions } from './balancers.js'
import { instanceActions } from './instances.js'
import { jobActions } from './jobs.js'
import { listenerActions } from './listeners.js'
import { networkActions } from './networks.js'
import { policyActions } from './policies.js'

/** Every action by its exact name; names are case-sensitive. */
export const actions: ReadonlyMap<string, Action> = new Map(Object.entries({
  ...balancerActions,
  ...listenerActions,
  ...backendActions,
  ...policyActions,
  ...instanceActions,
  ...networkActions,
  ...jobActions,
  ...accountActions
}))

/** The one action that needs no `zone`. */
export const isZonal = (action: string): boolean => action !== 'DescribeZones'
