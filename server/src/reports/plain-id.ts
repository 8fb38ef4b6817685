/** Whether a text could be an id at all: ours are short and plain. Anything else would only tease the database. */
export const isPlainId = (text: string): boolean => /^[\w-]{1,64}$/.test(text)
