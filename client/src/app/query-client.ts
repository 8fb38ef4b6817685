import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api.ts'

/** Asks again after a lost connection or a failing server, never after a refusal. */
export const queryClient = new QueryClient({
  defaultOptions: {
    // Without a network a question fails at once and says so, instead of waiting unseen for one.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 10_000,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
})
