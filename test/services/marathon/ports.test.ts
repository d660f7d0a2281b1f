import assert from 'node:assert/strict'
import { test } from 'node:test'
import { portsOf } from '../../../src/services/marathon/ports.js'

const onAgent = (name: string | null): object => ({ name, containerPort: null })
const inside = (name: string | null, containerPort: number): object => ({ name, containerPort })

/** What an app says of its ports, by what it is; as Marathon up to 1.4 and from 1.5 on shows it. */
const APPS: Record<string, [unknown, object[]]> = {
  'an app of 0.11 that names no port': [{ ports: [10_000, 10_001], container: null, ipAddress: null }, []],
  'host ports with names, up to 1.4': [
    { ports: [10_000], ipAddress: null, container: null, portDefinitions: [{ port: 10_000, protocol: 'tcp', name: 'http' }, { port: 0 }] },
    [onAgent('http'), onAgent(null)]
  ],
  'host ports with names, from 1.5': [
    { networks: [{ mode: 'host' }], portDefinitions: [{ port: 10_000, name: 'http' }] }, [onAgent('http')]
  ],
  'a Docker container in host mode, up to 1.4': [
    {
      container: { type: 'DOCKER', docker: { image: 'i', network: 'HOST', portMappings: null } },
      portDefinitions: [{ port: 0, name: 'http' }]
    },
    [onAgent('http')]
  ],
  'bridge mode, up to 1.4': [
    { container: { docker: { network: 'BRIDGE', portMappings: [{ containerPort: 80, hostPort: 0, name: 'http' }, { containerPort: 81 }] } } },
    [onAgent('http'), onAgent(null)]
  ],
  'bridge mode, from 1.5': [
    {
      networks: [{ mode: 'container/bridge' }],
      container: { docker: { image: 'i' }, portMappings: [{ containerPort: 80, hostPort: 0, name: 'http' }, { containerPort: 81 }] }
    },
    [onAgent('http'), onAgent(null)]
  ],
  'a user network, up to 1.4: what has no host port is reached inside': [
    {
      ipAddress: { networkName: 'dcos', discovery: { ports: [] } },
      container: {
        docker: { network: 'USER', portMappings: [{ containerPort: 80, hostPort: null, name: 'http' }, { containerPort: 81, hostPort: 0 }] }
      }
    },
    [inside('http', 80), onAgent(null)]
  ],
  'a container network, from 1.5': [
    {
      networks: [{ mode: 'container', name: 'dcos' }],
      container: { portMappings: [{ containerPort: 80, name: 'http' }, { containerPort: 81, hostPort: 31_000 }] }
    },
    [inside('http', 80), onAgent(null)]
  ],
  'a task with an address of its own and no container, up to 1.4': [
    { ipAddress: { groups: [], discovery: { ports: [{ number: 80, name: 'http', protocol: 'tcp' }, { number: 81 }] } }, container: null },
    [inside('http', 80), inside(null, 81)]
  ],
  'an address of its own and nothing to discover': [{ ipAddress: { groups: [] }, container: null }, []],
  'a container port that is left to Marathon': [
    { networks: [{ mode: 'container' }], container: { portMappings: [{ containerPort: 0 }] } }, [inside(null, 0)]
  ],
  'something else altogether': ['app', []],
  'a mapping whose port is text': [{ container: { portMappings: [{ containerPort: '80' }] } }, []]
}

for (const [what, [json, expected]] of Object.entries(APPS)) {
  test(`the ports of ${what}`, () => {
    assert.deepEqual(portsOf(json), expected)
  })
}
