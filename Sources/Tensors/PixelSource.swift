/// Images as bytes that are not in memory: any thread reads one at a time.
package protocol PixelSource: AnyObject, Sendable {
    /// Fills `bytes` with all values of an image.
    ///
    /// A source that cannot leaves zeros, and throws from then on where its owner asks whether all is well: the threads
    /// of a step have nobody to throw to.
    /// - Parameter row: The image's place in the source.
    func read(_ row: Int, into bytes: UnsafeMutablePointer<UInt8>)
}
