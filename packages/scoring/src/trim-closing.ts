/**
 * A title without the marks and the white space at its end. By hand and not by a pattern: one that is tied to the end is
 * tried anew at every mark, which takes minutes for a title that is full of them.
 *
 * @param marks what goes, each one UTF-16 unit
 */
export function trimClosing(text: string, marks: string): string {
  let end = text.length
  while (end > 0 && isClosing(text[end - 1] as string, marks)) end -= 1
  return text.slice(0, end)
}

const isClosing = (char: string, marks: string) => marks.includes(char) || char.trim() === ''
