import CImageCodecs
import CZlib

/// The libraries that this process has loaded.
package enum LibraryVersions {
    package static var libpng: String { String(cString: vae_png_version()) }
    package static var zlib: String { String(cString: zlibVersion()) }
    /// Its name, too: there are several libraries of one interface.
    package static var jpeg: String { String(cString: vae_jpeg_version()) }
    /// What decides how pictures decode.
    package static var decoders: String { "libpng \(libpng), \(jpeg)" }
}
