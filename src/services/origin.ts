import { isIPv6 } from 'node:net'

const IPV6_GROUPS = 8
/** Whoever has one IPv6 address has the other 2^64 of its /64, too. */
const NETWORK_GROUPS = 4
/** IPv4 in the clothes of IPv6, as a socket for both shows it: `::ffff:10.0.0.1`. */
const MAPPED = ['0', '0', '0', '0', '0', 'ffff']

/** Whom an address stands for when somebody is counted: an IPv4 address for itself, an IPv6 address for its /64. */
export function originOf (address: string): string {
  const [bare = ''] = address.split('%') // the zone of a link-local address
  if (!isIPv6(bare)) return bare
  const groups = groupsOf(bare)
  if (MAPPED.every((group, n) => groups[n] === group)) return groups.slice(MAPPED.length).flatMap(bytesOf).join('.')
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`
}

/** All eight groups, without leading zeros. */
function groupsOf (address: string): string[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = [], tail = []] = canonical.split('::').map(side => side.split(':').filter(group => group !== ''))
  return [...head, ...Array<string>(IPV6_GROUPS - head.length - tail.length).fill('0'), ...tail]
}

function bytesOf (group: string): number[] {
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 255]
}
