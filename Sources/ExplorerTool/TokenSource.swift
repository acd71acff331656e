import Explorer
import Formats

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where the server's token comes from: an option, a file, or the environment, the first of them that is there.
enum TokenSource {
    static let variable = "VAE_TOKEN"

    /// The token, without the line break that an editor leaves; nil where none is given.
    /// - Throws: `FileError` or `FormatError` for a file that cannot be read, `ServerSettingsError.emptyToken`.
    static func token(option: String?, file: String?) throws -> String? {
        if let option { return option }
        if let file { return try checked(try String(decoding: bytes(of: file), as: UTF8.self), source: file) }
        return try getenv(variable).map { try checked(String(cString: $0), source: variable) }
    }

    private static func bytes(of file: String) throws -> [UInt8] {
        var status = stat()
        if stat(file, &status) == 0, status.st_mode & (S_IRGRP | S_IROTH) != 0 {
            say(
                "warning: \(printable(file)) can be read by other users of this machine; `chmod 600` keeps it from them"
            )
        }
        return try FileBytes.read(file, limit: 1 << 12)
    }

    private static func checked(_ text: String, source: String) throws(ServerSettingsError) -> String {
        let blanks: Set<Character> = [" ", "\t", "\n", "\r", "\r\n"]
        let token = String(text.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed())
        if token.isEmpty { throw .emptyToken(source: printable(source)) }
        return token
    }
}
