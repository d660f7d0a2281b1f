import { mayBegin } from '../gates.js'
import { named, page, verbosity } from '../listing.js'
import { denied, missing, notFound, refusal } from '../problems.js'
import { beginUpdate } from '../transitions.js'
import { born, stamp, type ActionTable, type World } from '../world.js'
import type { Policy, Rule } from '../store.js'

const operators = ['or', 'and']
const ruleTypes = ['domain', 'url', 'src_addr', 'http_header']

export const policyActions: ActionTable = {
  DescribeLoadBalancerPolicies (world, params) {
    const verbose = verbosity(params)
    const rows = named(world, world.store.policies, params.list('loadbalancer_policies'))
    return page(world, params, {
      set: 'loadbalancer_policy_set',
      rows,
      show: (policy) => ({
        loadbalancer_policy_id: policy.id,
        loadbalancer_policy_name: policy.name,
        operator: policy.operator,
        is_applied: policy.isApplied ? 1 : 0,
        ...(verbose > 0 ? { loadbalancer_ids: users(world, policy.id) } : {}),
        create_time: stamp(policy.createdAt)
      })
    })
  },

  CreateLoadBalancerPolicy (world, params) {
    const policy: Policy = {
      id: world.ids.make('lbp-'),
      name: params.required('loadbalancer_policy_name'),
      operator: params.word('operator', operators) ?? 'or',
      balanceMode: params.text('balance_mode') ?? 'roundrobin',
      isApplied: true,
      ...born(world)
    }
    world.store.policies.set(policy.id, policy)
    return { loadbalancer_policy_id: policy.id }
  },

  ModifyLoadBalancerPolicyAttributes (world, params) {
    const policy = policyOf(world, params.required('loadbalancer_policy'))
    const operator = params.word('operator', operators)
    const name = params.raw('loadbalancer_policy_name')
    if (name !== undefined) policy.name = name
    if (operator !== undefined) {
      policy.operator = operator
      policy.isApplied = false
    }
    return { loadbalancer_policy_id: policy.id }
  },

  ApplyLoadBalancerPolicy (world, params) {
    const policy = policyOf(world, params.required('loadbalancer_policy'))
    const balancers = [...world.store.balancers.values()].filter(({ id }) => users(world, policy.id).includes(id))
    mayBegin(balancers, 'updated', ['active'])
    if (balancers.length > 0) {
      return {
        job_id: beginUpdate(world, balancers, 'ApplyLoadBalancerPolicy', () => { policy.isApplied = true })
      }
    }
    return {
      job_id: world.jobs.start('ApplyLoadBalancerPolicy', [policy.id], {
        end: (successful) => { if (successful) policy.isApplied = true }
      })
    }
  },

  DeleteLoadBalancerPolicies (world, params) {
    const policies = [...new Set(params.requiredList('loadbalancer_policies'))].map((id) => policyOf(world, id))
    for (const { id } of policies) {
      if (users(world, id).length > 0) throw denied(`loadbalancer policy [${id}] is still in use`)
    }
    for (const { id } of policies) {
      world.store.policies.delete(id)
      for (const rule of world.store.rules.values()) if (rule.policyId === id) world.store.rules.delete(rule.id)
    }
    return { loadbalancer_policies: policies.map(({ id }) => id) }
  },

  AddLoadBalancerPolicyRules (world, params) {
    const policyId = params.required('loadbalancer_policy')
    const items = params.objects('rules')
    if (items.length === 0) throw missing('rules')
    const wanted = items.map((item) => {
      item.required('rule_type')
      return {
        name: item.raw('loadbalancer_policy_rule_name') ?? '',
        type: item.word('rule_type', ruleTypes) ?? 'url',
        value: item.required('val')
      }
    })
    const policy = policyOf(world, policyId)
    const held = [...world.store.rules.values()].filter((rule) => rule.policyId === policyId).length
    const { rulesPerPolicy, limitCode } = world.switches
    if (held + wanted.length > rulesPerPolicy) {
      throw refusal(limitCode, `policy [${policyId}] can not have more than [${rulesPerPolicy}] rules`)
    }
    const rules = wanted.map((item): Rule => ({ id: world.ids.make('lbpr-'), policyId, ...item, ...born(world) }))
    for (const rule of rules) world.store.rules.set(rule.id, rule)
    policy.isApplied = false
    return { loadbalancer_policy_rules: rules.map(({ id }) => id) }
  },

  DescribeLoadBalancerPolicyRules (world, params) {
    const policy = params.text('loadbalancer_policy')
    const rows = named(world, world.store.rules, params.list('loadbalancer_policy_rules'))
      .filter((rule) => policy === undefined || rule.policyId === policy)
    return page(world, params, {
      set: 'loadbalancer_policy_rule_set',
      rows,
      show: (rule) => ({
        loadbalancer_policy_rule_id: rule.id,
        loadbalancer_policy_rule_name: rule.name,
        rule_type: rule.type,
        val: rule.value,
        loadbalancer_policy_id: rule.policyId
      })
    })
  },

  ModifyLoadBalancerPolicyRuleAttributes (world, params) {
    const rule = ruleOf(world, params.required('loadbalancer_policy_rule'))
    const name = params.raw('loadbalancer_policy_rule_name')
    const value = params.text('val')
    if (name !== undefined) rule.name = name
    if (value !== undefined) {
      rule.value = value
      policyOf(world, rule.policyId).isApplied = false
    }
    return { loadbalancer_policy_rule_id: rule.id }
  },

  DeleteLoadBalancerPolicyRules (world, params) {
    const rules = [...new Set(params.requiredList('loadbalancer_policy_rules'))].map((id) => ruleOf(world, id))
    for (const { id, policyId } of rules) {
      world.store.rules.delete(id)
      policyOf(world, policyId).isApplied = false
    }
    return { loadbalancer_policy_rules: rules.map(({ id }) => id) }
  }
}

/** The balancers on which a backend refers to the policy. */
function users (world: World, policyId: string): string[] {
  const backends = [...world.store.backends.values()].filter((backend) => backend.policyId === policyId)
  return [...new Set(backends.map(({ balancerId }) => balancerId))]
}

function policyOf (world: World, id: string): Policy {
  const policy = world.store.policies.get(id)
  if (policy === undefined) throw notFound(id)
  return policy
}

function ruleOf (world: World, id: string): Rule {
  const rule = world.store.rules.get(id)
  if (rule === undefined) throw notFound(id)
  return rule
}
