import fp from 'fastify-plugin'
import { createBudget, type Budget } from '../services/qingcloud/budget.js'
import { createQingCloudClient, type QingCloudClient } from '../services/qingcloud/client.js'
import { createInventory, type Inventory } from '../services/qingcloud/inventory.js'
import { createJobs, type Jobs } from '../services/qingcloud/jobs.js'
import { createLoadBalancers, type LoadBalancers } from '../services/qingcloud/load-balancers.js'

export interface QingCloud {
  budget: Budget
  client: QingCloudClient
  loadBalancers: LoadBalancers
  inventory: Inventory
  jobs: Jobs
}

declare module 'fastify' {
  interface FastifyInstance { qingcloud: QingCloud }
}

/** Decorates the app with QingCloud's API in the configured zone. */
export default fp(async (app) => {
  const { http, clock, random, resolve } = app.outside
  const budget = createBudget(app.config.QY_CALLS_PER_HOUR, clock)
  const client = createQingCloudClient({
    endpoint: app.config.QY_API_URL,
    zone: app.config.QY_ZONE_ID,
    accessKeyId: app.config.QY_ACCESS_KEY_ID,
    secretAccessKey: app.config.QY_SECRET_ACCESS_KEY,
    http,
    budget,
    clock,
    random,
    log: app.log
  })
  app.decorate('qingcloud', {
    budget,
    client,
    loadBalancers: createLoadBalancers(client),
    inventory: createInventory({ client, budget, clock, random, resolve }),
    jobs: createJobs(client, budget, clock)
  })
}, { name: 'qingcloud', dependencies: ['config', 'outside'] })
