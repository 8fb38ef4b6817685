import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api.ts'

/** Asks again after a lost connection or a failing server, never after a refusal. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
})
