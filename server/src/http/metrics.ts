import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

export interface HttpMetrics {
  observe(method: string, status: number, ms: number): void
}

/** Between two looks at the delay of the event loop: each wakes a process that has nothing to do. */
const LOOP_DELAY_STEP_MS = 100

/** One registry per server, so that several can live in one process (tests). */
export function createRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_DELAY_STEP_MS })
  return registry
}

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const requests = new Counter({
    name: 'gongping_http_requests_total',
    help: 'HTTP requests answered',
    labelNames: ['method', 'status'],
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'gongping_http_request_seconds',
    help: 'Time to answer an HTTP request',
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers: [registry],
  })
  return {
    observe(method, status, ms) {
      requests.inc({ method, status })
      duration.observe(ms / 1000)
    },
  }
}
