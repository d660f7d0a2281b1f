/** Rows as an aligned table; numbers to the right. */
export function table (head: string[], rows: (string | number)[][]): string {
  const lines = [head, ...rows.map(row => row.map(String))]
  const widths = head.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  const print = (line: string[]): string => line
    .map((cell, column) => column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))
    .join('  ')
  return [print(head), widths.map(width => '-'.repeat(width)).join('  '), ...lines.slice(1).map(print)].join('\n')
}

export function median (values: number[]): number {
  return quantile(values, 0.5)
}

export function quantile (values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN
}
