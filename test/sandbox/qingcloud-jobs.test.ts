import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adding, openAccount, type Account } from './qingcloud-account.js'

const id = { 'loadbalancers.1': 'lb-00000001' }
const one = adding({ resource_id: 'i-00000001', port: 31_000 })
const two = adding({ resource_id: 'i-00000002', port: 31_000 })
const updating = 'PermissionDenied, resource [lb-00000001] is [updating], please try later'

async function jobStatus ({ call }: Account, job: string): Promise<string> {
  return (await call('DescribeJobs', { 'jobs.1': job })).job_set[0].status
}

test('J1 to J3 an Update is a job that turns staged into applied', async () => {
  const account = openAccount()
  const { cloud, clock, call, balancer, backends } = account
  await call('AddLoadBalancerBackends', one)

  const { job_id: job } = await call('UpdateLoadBalancers', id)

  assert.match(job, /^j-[a-z0-9]{11}$/)
  assert.deepEqual([(await balancer()).transition_status, await jobStatus(account, job)], ['updating', 'pending'])
  clock.advance(600)
  assert.equal(await jobStatus(account, job), 'working')
  assert.deepEqual(cloud.applied('lbl-00000001'), [])
  clock.advance(2_400)
  const [row] = (await call('DescribeJobs', { 'jobs.1': job })).job_set
  assert.deepEqual(
    [row.status, row.resource_ids, row.job_action], ['successful', 'lb-00000001', 'UpdateLoadBalancers']
  )
  const { is_applied: applied, transition_status: transition, status } = await balancer()
  assert.deepEqual([applied, transition, status], [1, '', 'active'])
  assert.equal((await backends()).loadbalancer_backend_set[0].status, 'up')
  assert.equal(cloud.applied('lbl-00000001').length, 1)
})

test('a new job may not be listed yet', async () => {
  const { clock, call } = openAccount({ switches: { jobListedAfterMs: 500 } })
  const { job_id: job } = await call('UpdateLoadBalancers', id)

  const { job_set: before, total_count: count } = await call('DescribeJobs', { 'jobs.1': job })
  clock.advance(500)

  assert.deepEqual([before, count], [[], 0])
  assert.equal((await call('DescribeJobs', { 'jobs.1': job })).job_set.length, 1)
})

test('J3 without a data plane backends are as the test says', async () => {
  const { cloud, backends } = openAccount()
  const backend = cloud.addBackend('lbl-00000001', { resourceId: 'i-00000001', port: 80 })

  for (const status of ['down', 'abnormal', null, 'up'] as const) {
    cloud.setHealth(backend, status)

    assert.equal((await backends()).loadbalancer_backend_set[0].status, status)
  }
})

test('J4 an Update during an Update is refused', async () => {
  const { call } = openAccount()
  await call('UpdateLoadBalancers', id)

  const answer = await call('UpdateLoadBalancers', id)

  assert.deepEqual([answer.ret_code, answer.message], [1400, updating])
})

test('J5 an edit before the job works is part of it, one after that is not', async () => {
  const { cloud, clock, call, balancer } = openAccount()
  await call('UpdateLoadBalancers', id)

  await call('AddLoadBalancerBackends', one)
  clock.advance(600)
  const late = await call('AddLoadBalancerBackends', two)
  clock.advance(2_400)

  assert.equal(late.ret_code, 0)
  assert.equal((await balancer()).is_applied, 0)
  assert.deepEqual(cloud.applied('lbl-00000001').map(({ resourceId }) => resourceId), ['i-00000001'])
})

test('J5 in strict mode edits are refused too', async () => {
  const { cloud, call } = openAccount({ strictTransition: true })
  const backend = cloud.addBackend('lbl-00000001', { resourceId: 'i-00000003', port: 80 })
  await call('UpdateLoadBalancers', id)

  const answers = [
    await call('AddLoadBalancerBackends', one),
    await call('DeleteLoadBalancerBackends', { 'loadbalancer_backends.1': backend }),
    await call('ModifyLoadBalancerBackendAttributes', { loadbalancer_backend: backend, weight: 2 }),
    await call('DeleteLoadBalancerListeners', { 'loadbalancer_listeners.1': 'lbl-00000001' })
  ]

  for (const answer of answers) assert.deepEqual([answer.ret_code, answer.message], [1400, updating])
  assert.equal(cloud.staged('lbl-00000001').length, 1)
})

test('J6 one busy balancer of two keeps both from starting', async () => {
  const { cloud, call } = openAccount()
  cloud.addBalancer({ id: 'lb-00000002' })
  await call('UpdateLoadBalancers', id)

  const answer = await call('UpdateLoadBalancers', { 'loadbalancers.1': 'lb-00000002', 'loadbalancers.2': 'lb-00000001' })

  assert.equal(answer.ret_code, 1400)
  assert.equal(cloud.balancer('lb-00000002')?.transitionStatus, '')
})

test('one Update of two balancers is one job', async () => {
  const { cloud, clock, call } = openAccount()
  cloud.addBalancer({ id: 'lb-00000002' })
  cloud.touchBalancer('lb-00000002')

  const { job_id: job } = await call('UpdateLoadBalancers', {
    'loadbalancers.1': 'lb-00000002', 'loadbalancers.2': 'lb-00000001'
  })
  clock.advance(3_000)

  assert.equal((await call('DescribeJobs', { 'jobs.1': job })).job_set[0].resource_ids, 'lb-00000002 lb-00000001')
  assert.equal(cloud.balancer('lb-00000002')?.isApplied, true)
})

for (const how of ['failed', 'done with failure'] as const) {
  test(`J7 and J8 a job that ends as ${how} applies nothing`, async () => {
    const account = openAccount()
    const { cloud, clock, call, balancer } = account
    cloud.faults.failJobs(how)
    await call('AddLoadBalancerBackends', one)

    const { job_id: job } = await call('UpdateLoadBalancers', id)
    clock.advance(3_000)

    assert.equal(await jobStatus(account, job), how)
    const { is_applied: applied, transition_status: transition } = await balancer()
    assert.deepEqual([applied, transition], [0, ''])
    assert.deepEqual(cloud.applied('lbl-00000001'), [])
  })
}

test('an endless job works until it is released', async () => {
  const account = openAccount()
  const { cloud, clock, call, balancer } = account
  cloud.faults.failJobs('endless')
  await call('AddLoadBalancerBackends', one)

  const { job_id: job } = await call('UpdateLoadBalancers', id)
  clock.advance(3_600_000)

  assert.equal(await jobStatus(account, job), 'working')
  assert.equal((await balancer()).transition_status, 'updating')
  cloud.faults.releaseJobs()
  assert.equal(await jobStatus(account, job), 'successful')
  assert.equal((await balancer()).is_applied, 1)
})

test('J9 an Update with nothing to apply is a job as well', async () => {
  const { call } = openAccount()

  const answer = await call('UpdateLoadBalancers', id)

  assert.deepEqual([answer.ret_code, typeof answer.job_id], [0, 'string'])
})

for (const status of ['stopped', 'deleted', 'pending', 'suspended']) {
  test(`J10 and F13 an Update of a balancer that is ${status} is refused for good`, async () => {
    const { cloud, call } = openAccount()
    cloud.setBalancerStatus('lb-00000001', status)

    const answer = await call('UpdateLoadBalancers', id)

    assert.equal(answer.ret_code, 1400)
    assert.doesNotMatch(answer.message, /try later|is \[/)
  })
}

test('F13 a suspended balancer takes no edits', async () => {
  const { cloud, call } = openAccount()
  cloud.setBalancerStatus('lb-00000001', 'suspended')

  assert.equal((await call('AddLoadBalancerBackends', one)).ret_code, 1400)
})

const refused: Array<[string, Record<string, string>, number]> = [
  ['J11 unknown balancer', { 'loadbalancers.1': 'lb-nope' }, 2100],
  ['J12 a listener instead of a balancer', { 'loadbalancers.1': 'lbl-00000001' }, 2100],
  ['J13 no balancer', {}, 1100]
]

for (const [name, params, code] of refused) {
  test(`Update: ${name} answers ${code}`, async () => {
    assert.equal((await openAccount().call('UpdateLoadBalancers', params)).ret_code, code)
  })
}

test('J17 the duration of jobs is an option', async () => {
  const account = openAccount({ jobMs: 50 })
  const { clock, call } = account
  const { job_id: job } = await call('UpdateLoadBalancers', id)

  clock.advance(49)
  assert.equal(await jobStatus(account, job), 'working')
  clock.advance(1)
  assert.equal(await jobStatus(account, job), 'successful')
})

test('the same random numbers make the same ids, and no id comes twice', async () => {
  const ids = async (): Promise<string[]> => {
    let drawn = 0
    const random = (): number => { drawn += 1; return (drawn >> 4) % 97 / 97 }
    const { cloud, call } = openAccount({ random })
    for (let port = 1; port <= 20; port += 1) await call('AddLoadBalancerBackends', adding({ resource_id: 'i-00000001', port }))
    return cloud.staged('lbl-00000001').map((row) => row.id)
  }

  const first = await ids()

  assert.deepEqual(await ids(), first)
  assert.equal(new Set(first).size, 20)
})
