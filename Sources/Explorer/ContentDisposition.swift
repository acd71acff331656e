/// The header of that name, by which a browser knows what a picture is called (RFC 6266 and RFC 8187).
enum ContentDisposition {
    /// A file that is shown, not saved.
    static func inline(_ name: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        let encoded = name.utf8.flatMap { byte in
            plain.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return "inline; filename*=UTF-8''" + String(decoding: encoded, as: UTF8.self)
    }
}
