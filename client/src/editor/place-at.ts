export interface PlaceInText {
  readonly node: Node
  readonly offset: number
}

/** Between which letters a point of the window lies; null where there are none. */
export function placeAt(x: number, y: number): PlaceInText | null {
  if ('caretPositionFromPoint' in document) {
    const place = document.caretPositionFromPoint(x, y)
    return place && { node: place.offsetNode, offset: place.offset }
  }
  // Before Chromium 128.
  const range = (document as Document).caretRangeFromPoint(x, y)
  return range && { node: range.startContainer, offset: range.startOffset }
}
