const TOKEN = /\[\w+\.\d+\]/g
const inBytes = new WeakMap<Uint8Array, readonly string[]>()

/** A piece of text that is attempted once and recognised wherever it turns up. */
export const tokenOf = (writer: string, number: number) => `[${writer}.${number}]`

export const tokensInText = (text: string): string[] => text.match(TOKEN) ?? []

/** Tokens inside an update or a frame; they are never split, because nobody edits inside one. */
export function tokensIn(bytes: Uint8Array): readonly string[] {
  let tokens = inBytes.get(bytes)
  if (!tokens) {
    tokens = tokensInText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'))
    inBytes.set(bytes, tokens)
  }
  return tokens
}
