import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { account, flat, nested, sought } from './an-account.js'

const lists: [string, string[], string[]][] = [['agents', ['10.0.0.1'], []], ['containers', [], ['10.0.0.50']]]
const nic = { nic_id: 'nic-1', instance_id: 'i-1', vxnet_id: 'vxnet-1', private_ip: '10.0.0.50' }

for (const [what, hosts, addresses] of lists) {
  test(`while calls are short a look at ${what} that are known is put off, and made when they are not`, async () => {
    const here = account({ instances: [flat], nics: [nic] })
    const known = await here.inventory.lookUp(sought(hosts, addresses), null)
    here.inventory.expire()
    here.budget.keepBack('drift')
    const before = here.reads().length

    const short = await here.inventory.lookUp(sought(hosts, addresses), null)
    const read = here.reads().length
    here.budget.keepBack()
    const again = await here.inventory.lookUp(sought(hosts, addresses), null)

    assert.deepEqual([known, short, again], [true, false, true])
    assert.deepEqual([read, here.reads().length], [before, before + 1])
  })
}

test('while calls are short, who was never looked for is', async () => {
  const here = account({ instances: [flat, nested] })
  here.budget.keepBack('drift')

  const isAll = await here.inventory.lookUp(sought(['10.0.0.2']), null)

  assert.equal(isAll, true)
  assert.deepEqual(here.inventory.placeOf('10.0.0.2', null), { resourceId: 'i-2', nicId: null })
})

test('who is looked for now does not wait for a look for drift that waits for its call', async () => {
  const here = account({ instances: [flat] })
  await here.inventory.lookUp(sought(['10.0.0.1']), null)
  here.has.instances = [flat, nested]
  here.inventory.expire()
  let go = (): void => {}
  const take = here.budget.take
  here.budget.take = async (purpose) => {
    await take(purpose)
    if (purpose === 'drift') await new Promise<void>((resolve) => { go = resolve })
  }

  const drift = here.inventory.lookUp(sought(['10.0.0.1']), null)
  await setImmediate()
  await here.inventory.lookUp(sought(['10.0.0.2']), null)
  const found = here.inventory.placeOf('10.0.0.2', null)
  go()
  await drift

  assert.deepEqual(found, { resourceId: 'i-2', nicId: null })
})

test('whom a look finds that everything is forgotten in the midst of is looked for again, and is not missing', async () => {
  const here = account({ vxnets: { 'vxnet-1': [flat], 'vxnet-2': [nested] } })
  const scope = ['vxnet-1', 'vxnet-2']
  await here.inventory.lookUp(sought(['10.0.0.1']), ['vxnet-1'])
  const take = here.budget.take
  here.budget.take = async (purpose) => {
    here.budget.take = take
    here.inventory.forget()
    await take(purpose)
  }

  await here.inventory.lookUp(sought(['10.0.0.1']), scope)

  assert.deepEqual(here.inventory.placeOf('10.0.0.1', scope), { resourceId: 'i-1', nicId: null })
  assert.deepEqual(here.reads().filter(list => list !== 'nodes'), ['vxnet-1', 'vxnet-2', ...scope])
})
