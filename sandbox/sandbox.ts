import { BALANCER, LISTENER, VXNET, startCluster } from './cluster.js'

/** `npm run sandbox`: the two stand-ins alone, on ports that stay the same, until Ctrl-C. */
const cluster = await startCluster({
  marathon: { port: Number(process.env['SANDBOX_MARATHON_PORT'] ?? 8080) },
  cloud: { port: Number(process.env['SANDBOX_QINGCLOUD_PORT'] ?? 8081) }
})
const { marathon, cloud } = cluster

console.log(`Marathon ${marathon.version} stand-in   ${marathon.url}   (SANDBOX_MARATHON_VERSION chooses another)
  agents                  ${marathon.agents.map(({ hostname, address }) => `${hostname} ${address}`).join(', ')}
  faults                  ${marathon.url}/sandbox/faults, calls: ${marathon.url}/sandbox/calls

QingCloud stand-in        ${cloud.url}
  access key              ${cloud.keys.accessKeyId}
  secret key              ${cloud.keys.secretAccessKey}
  zone                    ${cloud.keys.zone}
  vxnet, load balancer    ${VXNET}, ${BALANCER}
  listener                ${LISTENER}, served on http://127.0.0.1:${cloud.listenerPort(LISTENER) ?? '?'}/
  faults                  ${new URL('/sandbox/faults', cloud.url).href}, calls: ${new URL('/sandbox/calls', cloud.url).href}

A connector between them, in another terminal:
  mkdir -p /tmp/sandbox-apps
  echo '{"app_id": "/web", "listener_id": "${LISTENER}"}' > /tmp/sandbox-apps/web.json
  MARATHON_URL=${marathon.url} QY_API_URL=${cloud.url} QY_ZONE_ID=${cloud.keys.zone} \\
    QY_ACCESS_KEY_ID=${cloud.keys.accessKeyId} QY_SECRET_ACCESS_KEY=${cloud.keys.secretAccessKey} \\
    HOST=127.0.0.1 APPS_DIR=/tmp/sandbox-apps npm start

Ctrl-C ends both, with every task.`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => { cluster.close().finally(() => { process.exit(0) }) })
}
