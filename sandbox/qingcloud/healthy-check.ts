/** What `healthy_check_method` and `healthy_check_option` say; times in seconds. */
export interface HealthyCheck {
  method: 'tcp' | 'http' | 'icmp' | 'udp'
  url: string
  host: string
  interval: number
  timeout: number
  fall: number
  rise: number
}

export const defaultOption = '10|5|2|5'

const ranges = [[2, 60], [5, 300], [2, 10], [2, 10]] as const

/** Undefined when one of the two is not of its documented form. */
export function parseHealthyCheck (method: string, option: string): HealthyCheck | undefined {
  const [kind = '', url = '', host = '', ...more] = method.split('|')
  const known = kind === 'http'
    ? url.startsWith('/') && more.length === 0
    : ['tcp', 'icmp', 'udp'].includes(kind) && kind === method
  const numbers = option.split('|').map((text) => /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN)
  const within = numbers.length === ranges.length && ranges.every(([min, max], index) => {
    const value = numbers[index] ?? Number.NaN
    return value >= min && value <= max
  })
  if (!known || !within) return undefined
  const [interval = 0, timeout = 0, fall = 0, rise = 0] = numbers
  return { method: kind as HealthyCheck['method'], url, host, interval, timeout, fall, rise }
}
