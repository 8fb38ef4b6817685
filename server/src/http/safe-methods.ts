/** Methods of requests that change nothing (RFC 9110, section 9.2.1; TRACE is not served). */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
