import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { originOf } from '../../src/services/origin.js'

for (const [address, origin] of [
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::FFFF:a00:1', '10.0.0.1'],
  ['0:0:0:0:0:ffff:10.0.0.255', '10.0.0.255'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::', '2001:db8:0:0::/64'],
  ['2001:db8:1::2:3:4:5', '2001:db8:1:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::10.0.0.1', '0:0:0:0::/64'],
  ['fe80::1:2:3:4%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
  ['a socket', 'a socket']
] as const) {
  test(`"${address}" counts as ${origin === '' ? 'nobody' : origin}`, () => {
    assert.equal(originOf(address), origin)
  })
}

test('all addresses of a /64 are one, and those of two are two', () => {
  const half = fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 4, maxLength: 4 })
    .map(groups => groups.map(group => group.toString(16)).join(':'))

  fc.assert(fc.property(half, half, half, half, (network, other, host, another) => {
    const [a, b, c] = [`${network}:${host}`, `${network}:${another}`, `${other}:${host}`].map(originOf)
    const isMapped = (address: string): boolean => address.startsWith('0:0:0:0:0:ffff:')
    fc.pre(![`${network}:${host}`, `${network}:${another}`, `${other}:${host}`].some(isMapped))
    assert.equal(a, b)
    assert.equal(a === c, network === other)
  }))
})
