import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** True when Debian packages can be installed here without asking anybody. */
export const canInstall = (): boolean => existsSync('/etc/debian_version') && process.getuid?.() === 0

/**
 * Installs Debian packages. A fresh machine has no package lists, so the first try may fail; the update's own exit
 * status says little (a third-party source may be out of reach), the second install decides.
 */
export function install(...packages: string[]): boolean {
  const wanted = ['install', '-y', '--no-install-recommends', ...packages]
  return run(...wanted) || (run('update'), run(...wanted))
}

function run(...args: string[]): boolean {
  const options = ['-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'Acquire::Retries=3']
  const { status } = spawnSync('apt-get', [...options, ...args], {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return status === 0
}
