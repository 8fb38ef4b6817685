import { globSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { TestServer } from './server.ts'

/**
 * Hands the demo report to the department head, without the checks of a submission, while the server is away, which then
 * starts again on its port.
 */
export async function endFillersTurn(server: TestServer): Promise<void> {
  await server.stop()
  const [file] = globSync(`${server.dataDir}/*.{db,sqlite}`)
  const database = new DatabaseSync(file!)
  database.exec("update report set state = 'department_review', epoch = epoch + 1 where id = 'demo'")
  database.close()
  await server.restart({ samePort: true })
}
