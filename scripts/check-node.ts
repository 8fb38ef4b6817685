/** Stops with a plain sentence when no platform package of Node fits and the user's own Node is too old. */
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `需要 Node.js 24 或更新版本，当前为 ${process.version}，请安装后重试。\n` +
      `Node.js 24 or newer is needed; this is ${process.version}. Install it and run the command again.`,
  )
  process.exit(1)
}
