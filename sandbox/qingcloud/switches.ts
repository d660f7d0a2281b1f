import type { Switches } from './types.js'

export const defaultSwitches: Switches = {
  duplicateCode: 1400,
  acceptZeroWeight: true,
  deleteUnknownBackendCode: 2100,
  unknownFilterCode: 0,
  unknownResourceCode: 2100,
  unknownPolicyCode: 2100,
  policyProtocolCode: 1400,
  foreignNetworkCode: 1400,
  redirectCode: 1400,
  portTakenCode: 1400,
  limitCode: 1400,
  inactiveUpdateCode: 1400,
  zeroLimitCode: 1100,
  versionCode: 1100,
  honourExpires: true,
  futureSeconds: 60,
  removedInstanceRows: 'stay',
  noPolicy: null,
  nicsShown: 'bound',
  order: 'newest',
  listenersPerBalancer: 50,
  backendsPerListener: 100,
  backendsPerBalancer: 200,
  rulesPerPolicy: 120,
  balancersPerAccount: 20
}
