/** `npm start`: the server with demo mode on unless the environment says otherwise. */
process.env['DEMO'] ||= '1'
// Not a literal: the server is no part of this TypeScript project.
await import(new URL('../server/src/main.ts', import.meta.url).href)
