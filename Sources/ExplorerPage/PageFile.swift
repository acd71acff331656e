import CExplorerPage
import Formats

/// One file of the explorer's page.
package struct PageFile: Hashable, Sendable {
    /// `map.js`; the page itself is `index.html`.
    package let name: String
    /// Its bytes: UTF-8 text.
    package let bytes: [UInt8]
    /// For the header of that name: the SHA-256 of the bytes, quoted.
    package let etag: String
    /// The bytes in gzip.
    package let compressed: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        etag = "\"\(SHA256.hex(of: bytes))\""
        compressed = Gzip.compress(bytes)
    }

    /// The bytes as text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// For `Content-Type`; of a kind of file that the page has none of, bytes.
    package var mediaType: String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }

    /// The files that are compiled into the program.
    static let embedded: [PageFile] = {
        var files: [PageFile] = []
        while true {
            let file = vae_page_file(files.count)
            guard let name = file.name, let text = file.text else { return files }
            files.append(PageFile(name: String(cString: name), bytes: Array(String(cString: text).utf8)))
        }
    }()
}
